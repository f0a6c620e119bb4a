// The ceremony: keys for its links, and while the standings are frozen a feed that says when they are revealed.
"use strict";
const next = () => hall.go(byName("next"));
hall.keys({ ...hall.common, ArrowRight: next, " ": next, PageDown: next, ArrowLeft: () => hall.go(byName("undo")), PageUp: () => hall.go(byName("undo")),
  Home: () => { const url = new URL(location.href); url.searchParams.delete("step"); location.assign(url); } });
const frozen = document.getElementById("board");
if (frozen) {
  new EventSource(frozen.dataset.feed).addEventListener("board", (event) => {
    if (JSON.parse(event.data).state !== frozen.dataset.state) location.reload();
  });
}
