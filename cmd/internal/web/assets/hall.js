// Keys that the projector and the ceremony share. All they do stands as a link or a button on the page too.
"use strict";
const hall = {
  full: document.getElementById("full"),
  toggle() { return document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(); },
  go(link) { if (link) location.assign(link.href); },
  // keys calls what belongs to a key; letters in either case.
  keys(actions) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
  },
};
hall.full.hidden = !document.fullscreenEnabled;
hall.full.addEventListener("click", hall.toggle);
const byName = (id) => document.getElementById(id);
hall.common = { d: () => hall.go(byName("theme")), f: () => { if (!hall.full.hidden) hall.toggle(); }, b: () => hall.go(byName("back")) };
