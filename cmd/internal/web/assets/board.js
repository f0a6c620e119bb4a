// The live board: takes the board from its feed and moves the rows. The page is whole without it.
"use strict";
const board = document.getElementById("board");
const words = board.dataset;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const byId = (id) => document.getElementById(id);
const moment = new Intl.DateTimeFormat(words.lang === "vi" ? "vi-VN" : "en-GB", {
  timeZone: words.zone || "UTC", day: words.lang === "vi" ? "2-digit" : "numeric", month: words.lang === "vi" ? "2-digit" : "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// number writes exact decimal text as the reader's language has it; nothing is computed with it.
function number(text) {
  const [whole, fraction] = String(text).split(".");
  const [group, mark] = words.lang === "vi" ? [".", ","] : [",", "."];
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, group);
  return (fraction === undefined ? grouped : grouped + mark + fraction).replace("-", "−");
}

function isZero(text) { return /^-?0(\.0*)?$/.test(text); }

function set(row, name, text) {
  const cell = row.querySelector("." + name);
  if (cell && cell.textContent !== text) cell.textContent = text;
}

// span makes an element with a class and a text.
function span(name, text, hidden) {
  const e = document.createElement("span");
  e.className = name;
  e.textContent = text;
  if (hidden) e.setAttribute("aria-hidden", "true");
  return e;
}

// move says in a cell how a rank moved: with a sign, a number and words.
function move(row, name, from, to) {
  const cell = row.querySelector("." + name);
  if (!cell) return;
  const way = from === to ? "same" : to < from ? "up" : "down";
  const sign = { same: "–", up: "▲" + (from - to), down: "▼" + (to - from) }[way];
  const outer = span(way, "");
  outer.append(span("", sign, true), span("hidden", way === "same" ? words.same : `${words[way]} ${to}`));
  cell.replaceChildren(outer);
}

function adjustments(row, s) {
  const bonus = isZero(s.bonus) ? "" : number(s.bonus), penalty = isZero(s.penalty) ? "" : number(s.penalty);
  set(row, "bonus", bonus || "–");
  set(row, "penalty", penalty || "–");
  set(row, "sub-adjust", [bonus && `${words.bonus} ${bonus}`, penalty && `${words.penalty} ${penalty}`].filter(Boolean).join(" · "));
}

function fill(row, s) {
  set(row, "rank", String(s.rank));
  set(row, "points", number(s.points));
  set(row, "complete", s.complete ? words.full : `${words.missing} ${s.missing}`);
  set(row, "sub-full", s.complete ? "" : `${words.missing} ${s.missing}`);
  adjustments(row, s);
  move(row, "day", s.day, s.rank);
  move(row, "sub-move", s.day, s.rank);
  move(row, "sub-since", Number(row.dataset.since), s.rank);
  move(row, "move.since", Number(row.dataset.since), s.rank);
  row.querySelector(".tied").hidden = !s.tied;
  row.querySelector(".notes").hidden = s.notes.length === 0;
  set(row, "notes", s.notes.join("; "));
  row.dataset.rank = s.rank;
}

// update brings a cluster's table up to date, and adds what changed to moves and points.
function update(cluster, moves, points) {
  const body = document.querySelector(`table[data-cluster="${CSS.escape(cluster.id)}"] tbody`);
  if (!body) return; // the page shows another cluster
  const rows = new Map([...body.rows].map((row) => [row.dataset.unit, row]));
  const before = new Map([...rows].map(([unit, row]) => [unit, row.offsetTop]));
  for (const s of cluster.standings) {
    const row = rows.get(s.unit);
    if (!row) { location.reload(); return; }
    const unit = row.querySelector(".unit a").textContent, from = Number(row.dataset.rank), had = row.querySelector(".points").textContent;
    fill(row, s);
    const has = row.querySelector(".points").textContent;
    row.classList.toggle("changed", had !== has);
    if (had !== has) points.push([unit, has]);
    if (from !== s.rank) moves.push([unit, from, s.rank]);
    body.append(row);
  }
  if (!still.matches) animate(rows, before);
}

function animate(rows, before) {
  for (const [unit, row] of rows) {
    const way = before.get(unit) - row.offsetTop;
    if (way === 0) continue;
    row.classList.remove("moving");
    row.style.transform = `translateY(${way}px)`;
    requestAnimationFrame(() => { row.classList.add("moving"); row.style.transform = ""; });
  }
}

// say tells who can't see the table what a batch of events did, in one short sentence: to the ranks, or else to the points.
function say(moves, points) {
  if (moves.length === 0) {
    if (points.length === 1) byId("said").textContent = `${points[0].join(": ")} ${words.points}.`;
    if (points.length > 1) byId("said").textContent = `${words.moved}: ${points.length} ${words.units}.`;
    return;
  }
  const up = moves.filter(([, from, to]) => to < from).slice(0, 3);
  const told = up.length > 0 ? up : moves.slice(0, 3);
  byId("said").textContent = told.map(([unit, from, to]) => `${unit} ${to < from ? words.up : words.down} ${to}`).join(", ") + ".";
}

function show(b) {
  if (b.state !== words.state || (b.stage || "") !== words.stage) { // the page around the board says more than the feed
    if (b.state !== "read-only") location.reload();
  }
  byId("seq").textContent = String(b.seq);
  const time = byId("asof");
  time.dateTime = b.time;
  const parts = Object.fromEntries(moment.formatToParts(new Date(b.time)).map((p) => [p.type, p.value]));
  time.textContent = words.lang === "vi" ? `${parts.hour}:${parts.minute} ${parts.day}/${parts.month}/${parts.year}`
    : `${parts.day} ${parts.month} ${parts.year}, ${parts.hour}:${parts.minute}`;
  byId("witnessed").textContent = b.witnessed;
  const moves = [], points = [];
  for (const cluster of b.clusters) update(cluster, moves, points);
  say(moves, points);
  if (b.readOnly) stop(b.readOnly);
}

function stop(why) {
  feed.close();
  byId("broken").querySelector("span").textContent = why;
  byId("broken").hidden = false;
  connected(false, "");
}

function connected(yes, text) {
  const badge = byId("feed");
  badge.hidden = !text;
  badge.textContent = text;
  badge.classList.toggle("lost", !yes);
}

let feed;
if (words.feed) {
  feed = new EventSource(words.feed);
  feed.addEventListener("open", () => connected(true, words.live));
  feed.addEventListener("board", (event) => show(JSON.parse(event.data)));
  feed.addEventListener("end", (event) => {
    const end = JSON.parse(event.data);
    if (end.code === "login") location.reload(); // as the public: the page says so
    if (end.code === "read-only") stop(end.error); // otherwise the server stops: the browser connects again by itself
  });
  feed.addEventListener("error", () => connected(false, words.lost));
}
