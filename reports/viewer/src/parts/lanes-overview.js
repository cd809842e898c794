// The whole run in one strip: where things happened, where rules were broken, and the stretch that is looked at.

import { html } from "htm/preact";
import { useMemo, useRef } from "preact/hooks";
import { clampRange } from "./lanes-layout.js";

const HEIGHT = 34;
const EDGE = 7;

function bins(story, width) {
  const count = Math.max(1, Math.floor(width / 4));
  const filled = new Uint32Array(count);
  const scale = count / (story.ends - story.starts);
  for (const at of story.times) filled[Math.min(count - 1, Math.max(0, Math.floor((at - story.starts) * scale)))] += 1;
  let most = 1;
  for (const value of filled) most = Math.max(most, value);
  let path = "";
  filled.forEach((value, place) => {
    if (value) path += `M${(place + 0.5) * (width / count)} ${HEIGHT - 3}v${-(4 + (Math.sqrt(value / most) * (HEIGHT - 12))).toFixed(1)}`;
  });
  return path;
}

export function Overview({ story, range, width, onRange }) {
  const strip = useRef(null);
  const drag = useRef(null);
  const scale = width / (story.ends - story.starts);
  const path = useMemo(() => bins(story, width), [story, width]);
  const wrong = useMemo(() => [...new Set(story.flags.map((flag) => Math.round((flag.to - story.starts) * scale)))], [story, scale]);
  const x0 = (range.from - story.starts) * scale;
  const x1 = Math.max((range.to - story.starts) * scale, x0 + 3);
  const place = (event) => event.clientX - strip.current.getBoundingClientRect().left;
  const down = (event) => {
    const x = place(event);
    const grip = Math.abs(x - x0) < EDGE && x1 - x0 > 20 ? "from" : Math.abs(x - x1) < EDGE && x1 - x0 > 20 ? "to" : "all";
    const within = x >= x0 - EDGE && x <= x1 + EDGE;
    const start = within ? range : clampRange(story, { from: story.starts + x / scale - (range.to - range.from) / 2, to: story.starts + x / scale + (range.to - range.from) / 2 });
    drag.current = { grip, x, start };
    strip.current.setPointerCapture(event.pointerId);
    if (!within) onRange(start);
  };
  const move = (event) => {
    if (!drag.current) return;
    const { grip, x, start } = drag.current;
    const by = (place(event) - x) / scale;
    const next = { from: start.from + (grip === "to" ? 0 : by), to: start.to + (grip === "from" ? 0 : by) };
    if (next.to - next.from > 60_000) onRange(clampRange(story, next));
  };
  const up = () => { drag.current = null; };
  return html`<svg class="lanes-overview" ref=${strip} width=${width} height=${HEIGHT} aria-hidden="true" onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up}>
    <rect class="ground" width=${width} height=${HEIGHT} rx="4" />
    <path class="density" d=${path} />
    ${wrong.map((x) => html`<path key=${x} class="wrong" d=${`M${x} 2 V${HEIGHT - 2} M${x} 3 h6 l-2 2.500 l2 2.500 h-6`} />`)}
    <rect class="outside" x="0" width=${Math.max(x0, 0)} height=${HEIGHT} />
    <rect class="outside" x=${x1} width=${Math.max(width - x1, 0)} height=${HEIGHT} />
    <rect class="window" x=${x0} y="1" width=${x1 - x0} height=${HEIGHT - 2} rx="4" />
  </svg>`;
}
