// The replay: what the scrubber, the links and the play button choose is fetched as the page that they would lead to, and its parts take the
// place of those shown. The page is complete without it.
"use strict";
(() => {
  const scrubber = document.getElementById("scrubber");
  if (!scrubber) return;
  const words = scrubber.dataset;
  const byId = (id) => document.getElementById(id);
  const range = byId("range");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const parts = ["#steps", "#event", "#standings", "#moves", "#marks", "#banner", "nav.pages", ".tools"];
  const days = words.days.split(" ").filter(Boolean).map((text) => {
    const at = text.lastIndexOf(":");
    return { day: text.slice(0, at), time: Date.parse(text.slice(0, at)), seq: Number(text.slice(at + 1)) };
  });
  let shown = Number(words.seq); // the event that the page is as of
  let wanted = 0; // the event to be fetched next, 0 if none
  let busy = false;

  function address(seq) {
    const url = new URL(location.href);
    url.searchParams.set("as_of", seq);
    return url;
  }

  // go shows the standings as of an event. While one is being fetched only the newest wish is kept.
  async function go(seq) {
    wanted = Math.min(Math.max(seq, Number(range.min)), Number(range.max));
    range.value = wanted;
    byId("at").textContent = wanted;
    if (busy) return;
    busy = true;
    try {
      while (wanted && wanted !== shown) {
        const next = wanted;
        const url = address(next);
        const answer = await fetch(url, { headers: { Accept: "text/html" } });
        if (!answer.ok) throw new Error(String(answer.status));
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        shown = next;
        if (wanted === next) wanted = 0;
        history.replaceState(null, "", url);
      }
    } catch {
      pause();
      byId("said").textContent = words.lost;
    } finally {
      wanted = 0;
      busy = false;
    }
  }

  function show(page) {
    const focus = document.activeElement && document.activeElement.id;
    const before = places();
    for (const part of parts) {
      const old = document.querySelector(part), fresh = page.querySelector(part);
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    }
    swapHint(page);
    const from = byId("now"), to = page.getElementById("now");
    if (from && to) {
      from.setAttribute("d", to.getAttribute("d"));
      byId("places").replaceWith(document.adoptNode(page.getElementById("places")));
    }
    byId("day").value = page.getElementById("day").value;
    document.title = page.title;
    if (focus && byId(focus)) byId(focus).focus({ preventScroll: true });
    const moved = [...document.querySelectorAll("#event .changes li")].map((item) => item.textContent);
    byId("said").textContent = moved.join(", ") || document.querySelector("#event .sentence").textContent;
    if (!still.matches) slide(before);
  }

  // swapHint keeps the way back to now where the page has one.
  function swapHint(page) {
    const fresh = page.getElementById("tonow"), old = byId("tonow");
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    else if (old) old.remove();
    else if (fresh) byId("banner").after(document.adoptNode(fresh));
  }

  const rows = () => [...document.querySelectorAll("#standings tbody tr")];
  function places() { return new Map(rows().map((row) => [row.dataset.unit, row.offsetTop])); }

  function slide(before) {
    for (const row of rows()) {
      const way = (before.get(row.dataset.unit) ?? row.offsetTop) - row.offsetTop;
      if (way === 0) continue;
      row.style.transform = `translateY(${way}px)`;
      requestAnimationFrame(() => { row.classList.add("moving"); row.style.transform = ""; });
    }
  }

  // Play: the campaign's days pass at the chosen speed; where motion is not wanted, each press of the button is one day with a change.
  const play = byId("play");
  const dayLength = 24 * 60 * 60 * 1000;
  let timer = 0, clock = 0, ticked = 0;

  function nextDay() { return days.find((d) => d.seq > shown); }

  function pause() {
    clearInterval(timer);
    timer = 0;
    play.textContent = still.matches ? words.step : words.play;
    play.setAttribute("aria-pressed", "false");
  }

  function start() {
    if (shown >= Number(range.max)) return go(Number(range.min)).then(start);
    clock = Date.parse(byId("day").value);
    ticked = performance.now();
    timer = setInterval(tick, 100);
    play.textContent = words.pause;
    play.setAttribute("aria-pressed", "true");
    return undefined;
  }

  function tick() {
    const now = performance.now();
    clock += (now - ticked) / 1000 * Number(byId("speed").value) * dayLength;
    ticked = now;
    const passed = days.filter((d) => d.time <= clock && d.seq > shown);
    if (passed.length > 0) go(passed[passed.length - 1].seq);
    else if (!nextDay()) { go(Number(range.max)); pause(); }
  }

  function press() {
    if (timer) pause();
    else if (still.matches) go((nextDay() || { seq: Number(range.max) }).seq);
    else start();
  }

  byId("player").hidden = false;
  byId("keys").hidden = false;
  byId("scrub").querySelector("button").hidden = true;
  pause();
  play.addEventListener("click", press);
  still.addEventListener("change", pause);
  byId("scrub").addEventListener("submit", (event) => { event.preventDefault(); go(Number(range.value)); });
  range.addEventListener("input", () => { pause(); go(Number(range.value)); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#steps a, #moves a, #marks a");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    pause();
    go(Number(new URL(link.href).searchParams.get("as_of")));
  });
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, select, textarea, .scroll")) return;
    const keys = { ArrowLeft: event.shiftKey ? "move-back" : "back", ArrowRight: event.shiftKey ? "move-on" : "forward" };
    if (!keys[event.key] || !byId(keys[event.key])) return;
    byId(keys[event.key]).click();
    event.preventDefault();
  });
})();
