// The live board: takes standings from the feed and moves the rows. The page is complete without it.
"use strict";
const words = document.body.dataset;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: words.zone || "UTC" }); // YYYY-MM-DD, as the page has it
const byId = (id) => document.getElementById(id);

function cell(row, name) { return row.querySelector("." + name); }

// points are exact decimal text; only their marks are the reader's.
function localPoints(text) {
  if (words.lang !== "vi") return text;
  return text.replace(".", ",");
}

function showMove(row, from, to) {
  const moved = cell(row, "moved");
  if (from === to) return;
  const up = to < from;
  moved.textContent = (up ? "▲" : "▼") + Math.abs(from - to);
  moved.className = "moved " + (up ? "up" : "down");
}

function update(cluster) {
  const body = document.querySelector(`table[data-cluster="${cluster.id}"] tbody`);
  if (!body) { location.reload(); return []; }
  const rows = new Map([...body.rows].map((row) => [row.dataset.unit, row]));
  const before = new Map([...rows].map(([unit, row]) => [unit, row.offsetTop]));
  const moves = [];
  for (const s of cluster.standings) {
    const row = rows.get(s.unit);
    if (!row) { location.reload(); return []; }
    const from = Number(row.dataset.rank);
    showMove(row, from, s.rank);
    if (from !== s.rank) moves.push(`${s.title}: ${from} → ${s.rank}`);
    row.dataset.rank = s.rank;
    cell(row, "rank").textContent = s.rank;
    cell(row, "points").textContent = localPoints(s.points);
    cell(row, "complete").textContent = s.complete ? words.wordsYes : `${words.wordsMissing} ${s.missing.length}`;
    cell(row, "tied").hidden = s.tiedWith.length === 0;
    cell(row, "notes").hidden = s.notes.length === 0;
    cell(row, "notes").textContent = s.notes.join("; ");
    body.append(row);
  }
  if (!still.matches) animate(rows, before);
  return moves;
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

function show(standings) {
  byId("seq").textContent = standings.asOf.seq;
  byId("asof").textContent = day.format(new Date(standings.asOf.time));
  byId("state").textContent = standings.final ? words.wordsFinal : words.wordsLive;
  byId("frozen").hidden = !standings.frozen;
  const moves = standings.clusters.flatMap(update);
  if (moves.length > 0) byId("said").textContent = `${words.wordsMoved}: ${moves.join(", ")}`;
}

const feed = new EventSource(words.feed);
feed.addEventListener("standings", (event) => show(JSON.parse(event.data)));
feed.addEventListener("end", (event) => {
  const end = JSON.parse(event.data);
  if (end.code !== "read-only") return; // the server stops: the browser connects again by itself
  feed.close();
  byId("broken").querySelector("span").textContent = end.error;
  byId("broken").hidden = false;
  byId("state").textContent = words.wordsReadonly;
});
feed.addEventListener("error", () => { byId("state").textContent = words.wordsLost; });
