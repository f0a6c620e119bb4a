// The projector: arrows go to another cluster.
"use strict";
const clusters = [...document.querySelectorAll(".cluster-link")];
const current = () => Math.max(0, clusters.findIndex((a) => a.hasAttribute("aria-current")));
hall.keys({ ...hall.common, ArrowLeft: () => hall.go(clusters[current() - 1]), ArrowRight: () => hall.go(clusters[current() + 1]) });
