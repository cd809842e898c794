// The lanes: what a customer lived through, what each system knew, what the automation did, and what arrived.

import "./lanes.css";
import { html } from "htm/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AXIS, frame, lowerBound, measure } from "./lanes-frame.js";
import { chainOf, clampRange, firstRange, prepare } from "./lanes-layout.js";
import { Bar, Flag, LEGEND, Mark, Path, SHAPES } from "./lanes-marks.js";
import { Overview } from "./lanes-overview.js";
import { clockWords } from "./lanes-time.js";
import { Table } from "./table.js";
import { says, system, when } from "./words.js";

const NAMES = 148;
// Longer names take two lines, and there is no room for what the row shows.
const ONE_LINE = 15;
// What the label of a tick at an edge needs, because it leans inwards there.
const EDGE_TICK = 64;
const NARROW_NAMES = 100;
const LEAST_PLOT = 620;
// Room at both ends, so that what happened at the very beginning is not cut in half.
const GUTTER = 12;

function useWidth() {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

export const zoomed = (story, range, factor, around = (range.from + range.to) / 2) =>
  clampRange(story, { from: around - (around - range.from) * factor, to: around + (range.to - around) * factor });

export const moved = (story, range, share) => {
  const step = (range.to - range.from) * share;
  return clampRange(story, { from: range.from + step, to: range.to + step });
};

function Shade({ shades, look, story }) {
  const quietTop = look.rows.find((row) => row.kind === "automation")?.y ?? look.top;
  return shades.map((shade) => {
    const [y, height] = shade.kind === "quiet" ? [quietTop, look.floor - quietTop] : [look.top, look.floor - look.top];
    const x0 = shade.x0 <= 0 ? -GUTTER : shade.x0;
    const x1 = shade.x1 >= look.width ? look.width + GUTTER : shade.x1;
    return html`<rect key=${shade.kind + shade.from} class=${`shade shade-${shade.kind}`} x=${x0} y=${y} width=${Math.max(x1 - x0, 1)} height=${height}>
      <title>${shade.words}, ${clockWords(story.clock, shade.from)} to ${clockWords(story.clock, shade.to)}</title>
    </rect>`;
  });
}

// A tick at the right edge, or beside the one at the left edge, has less room than the others.
function crowded({ ticks, width }, place) {
  const [before, tick] = [ticks[place - 1], ticks[place]];
  return Boolean(before) && tick.x - before.x < EDGE_TICK && (tick.x > width - 6 || before.x < 6);
}

function Axis({ look }) {
  return html`<g class="axis">
    ${look.spans.map((span) => span.x1 - span.x0 > 30 && html`<g key=${span.from}>
      ${span.x0 > 0 && html`<path d=${`M${span.x0} 2 V44`} class="edge" />`}
      <text x=${span.x0 + 6} y="15" class="span-label">${span.x1 - span.x0 > span.label.length * 6.6 + 10 ? span.label : ""}</text>
    </g>`)}
    ${look.ticks.map((tick, place) => html`<g key=${tick.at}>
      <path d=${`M${tick.x} 40 V${look.floor}`} class=${tick.strong ? "grid strong" : "grid"} />
      <text x=${tick.x} y="35" class=${tick.strong ? "strong" : ""} text-anchor=${tick.x < 6 ? "start" : tick.x > look.width - 6 ? "end" : "middle"}>${crowded(look, place) ? "" : tick.label}</text>
    </g>`)}
    ${look.changes.map((change) => html`<g key=${change.at} class="clock-change">
      <path d=${`M${change.x} 40 V${look.height}`} />
      <text x=${change.textX} y=${look.height - 6}>${change.words}</text>
    </g>`)}
  </g>`;
}

function Bands({ look }) {
  return look.bands.map((band) => html`<g key=${band.key} class="band">
    <rect x=${band.x0} y=${band.y} width=${Math.min(band.x1, look.width) - band.x0} height=${band.height} fill="url(#lanes-hatch)"><title>${band.words}</title></rect>
    <text x=${Math.max(band.x0, 0) + 5} y=${band.y + band.height - 5}>${Math.min(band.x1, look.width) - Math.max(band.x0, 0) > band.words.length * 6 ? band.words : ""}</text>
  </g>`);
}

function Names({ look, narrow }) {
  return html`<ul class="lanes-names" style=${{ height: `${look.height}px` }}>
    ${look.rows.map((row) => html`<li key=${row.key} class=${`name-${row.kind}`} style=${{ top: `${row.y}px`, height: `${row.height}px` }}>
      <strong>${row.title}</strong>${(row.title.length <= ONE_LINE || row.kind === "life") && !narrow && html`<span>${row.note}</span>`}
    </li>`)}
  </ul>`;
}

function Controls({ story, range, onRange, onStep }) {
  const whole = range.from <= story.starts && range.to >= story.ends;
  const button = (label, text, act, disabled) => html`<button type="button" aria-label=${label} title=${label} disabled=${disabled} onClick=${act}>${text}</button>`;
  return html`<div class="lanes-controls" role="group" aria-label="Move and zoom">
    ${button("Previous event (K)", "‹ event", () => onStep(-1))}
    ${button("Next event (J)", "event ›", () => onStep(1))}
    ${button("Earlier (left arrow)", "←", () => onRange(moved(story, range, -0.3)), range.from <= story.starts)}
    ${button("Later (right arrow)", "→", () => onRange(moved(story, range, 0.3)), range.to >= story.ends)}
    ${button("Zoom in (+)", "+", () => onRange(zoomed(story, range, 0.6)))}
    ${button("Zoom out (-)", "−", () => onRange(zoomed(story, range, 1 / 0.6)), whole)}
    ${button("Focus: what went wrong, or all that happened", "Focus", () => onRange(firstRange(story)))}
    ${button("All: the whole run (0)", "All", () => onRange({ from: story.starts, to: story.ends }), whole)}
  </div>`;
}

function Legend() {
  return html`<details class="lanes-legend"><summary>What the signs mean</summary>
    <ul>${LEGEND.map(([kind, words]) => html`<li key=${kind}>
      <svg width="24" height="24" viewBox="-12 -12 24 24" aria-hidden="true"><g class=${`mark mark-${kind}`}><g class="shape">${SHAPES[kind]}</g></g></svg>${words}
    </li>`)}
    <li><i class="swatch shade-night"></i>night</li><li><i class="swatch shade-quiet"></i>quiet hours</li>
    <li><i class="swatch shade-weekend"></i>weekend</li><li><i class="swatch shade-holiday"></i>public holiday</li>
    <li><i class="swatch hatch"></i>a system or link had a fault</li><li><i class="swatch span"></i>late by this much</li><li><i class="swatch unknown"></i>true, but not known to whoever acted</li></ul>
    <p>Drag across the lanes to zoom in, hold Ctrl and turn the wheel, or use the keys + − 0 and the arrows. J and K go to the next and the previous event, Enter opens it. A number on a mark says how many stand there: press it to spread them.</p>
  </details>`;
}

// Dragging with a mouse marks a stretch, which is then looked at; touch scrolls the box instead.
function useDrag(plot, look, range, onRange, story) {
  const [drag, setDrag] = useState(null);
  const place = (event) => event.clientX - plot.current.getBoundingClientRect().left - GUTTER;
  const down = (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const x = place(event);
    setDrag({ from: x, to: x });
  };
  const move = (event) => drag && setDrag({ ...drag, to: place(event), real: drag.real || Math.abs(place(event) - drag.from) > 6 });
  const up = () => {
    if (drag?.real) {
      const at = (x) => range.from + x / look.scale;
      onRange(clampRange(story, { from: at(Math.min(drag.from, drag.to)), to: at(Math.max(drag.from, drag.to)) }));
    }
    setDrag(null);
  };
  return { drag: drag?.real ? drag : null, handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerLeave: () => setDrag(null) } };
}

function useWheel(plot, state) {
  useEffect(() => {
    const node = plot.current;
    const turn = (event) => {
      const { story, range, onRange } = state.current;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const box = node.getBoundingClientRect();
        const around = range.from + ((event.clientX - box.left - GUTTER) / (box.width - 2 * GUTTER)) * (range.to - range.from);
        onRange(zoomed(story, range, event.deltaY > 0 ? 1.25 : 0.8, around));
      } else if (event.shiftKey && event.deltaY) {
        event.preventDefault();
        onRange(moved(story, range, event.deltaY > 0 ? 0.1 : -0.1));
      }
    };
    node?.addEventListener("wheel", turn, { passive: false });
    return () => node?.removeEventListener("wheel", turn);
  }, [plot.current]);
}

// The same events as a table, gathered only while it is open.
function Twin({ story, range, entry, exhibit }) {
  const [open, setOpen] = useState(false);
  const columns = [
    { key: "time", label: "When", text: (event) => when(event.time), sort: (event) => story.times[story.index.get(event.id)] },
    { key: "name", label: "What happened", text: (event) => says(event, exhibit, entry) },
    { key: "system", label: "Where", text: (event) => system(event.system, entry) },
  ];
  const rows = () => story.events.slice(lowerBound(story.times, range.from), lowerBound(story.times, range.to + 1));
  return html`<details class="lanes-twin" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>The same as a table</summary>
    ${open && html`<${Table} caption=${`What happened to ${exhibit.name} in this stretch of time`} columns=${columns} rows=${rows()} />`}
  </details>`;
}

function Plot({ story, look, range, onRange, onSelect, selected, cursor, chain, at, plot, keys, says: tell }) {
  const { drag, handlers } = useDrag(plot, look, range, onRange, story);
  const pick = (event) => {
    if (drag) return;
    const mark = event.target.closest?.("[data-mark]")?.dataset.mark;
    const bar = event.target.closest?.("[data-bar]")?.dataset.bar;
    if (bar) return onSelect(bar);
    const found = mark && look.marks.find((each) => each.key === mark);
    if (!found) return;
    if (found.count > 1 && found.end - found.start > 1000) {
      const room = (found.end - found.start) * 0.6;
      onRange(clampRange(story, { from: found.start - room, to: found.end + room }));
    } else if (found.count > 1 && found.id === selected) {
      onSelect(nextWithin(story, found, selected));
    } else onSelect(found.id);
  };
  const focused = chain.size > 0;
  const holds = (mark, id) => mark.id === id || (id && mark.count > 1 && within(story, mark, id));
  const inChain = (mark) => chain.has(mark.id) || (mark.count > 1 && [...chain].some((id) => within(story, mark, id)));
  const now = at === null || at === undefined ? null : (at - range.from) * look.scale;
  const summary = `${story.exhibit.name}: ${look.marks.length} marks between ${clockWords(story.clock, range.from)} and ${clockWords(story.clock, range.to)}. The table below says the same.`;
  return html`<div class="lanes-plot" tabindex="0" role="group" aria-roledescription="timeline" aria-label=${summary} ref=${plot} onKeyDown=${keys} onClick=${pick} ...${handlers}>
    <svg width=${look.width + 2 * GUTTER} height=${look.height} viewBox=${`${-GUTTER} 0 ${look.width + 2 * GUTTER} ${look.height}`} role="img" aria-label=${summary}>
      <defs><pattern id="lanes-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0 V8" class="hatch-line" /></pattern></defs>
      <${Shade} shades=${look.shades} look=${look} story=${story} />
      ${look.rows.map((row, place) => html`<path key=${row.key} class=${place ? "row-edge" : "row-edge first"} d=${`M${-GUTTER} ${row.y} H${look.width + GUTTER}`} />`)}
      <${Axis} look=${look} />
      <${Bands} look=${look} />
      ${look.tints.map((tint) => html`<g key=${tint.key} class="tint"><rect class=${tint.kind} x=${tint.x0} y=${tint.y} width=${Math.max(tint.x1 - tint.x0, 0)} height=${tint.height} />
        ${tint.words && tint.x1 - tint.x0 > 84 && html`<text x=${Math.max(tint.x0, 0) + 6} y=${tint.y + tint.label}>${tint.x1 - tint.x0 > tint.words.length * 6.6 ? tint.words : "was not told"}</text>`}</g>`)}
      ${look.flags.map((flag) => html`<${Flag} key=${flag.key} flag=${flag} top=${look.top - 6} bottom=${look.floor} width=${look.width} onPick=${(picked) => onSelect(picked.id, picked.flag)} />`)}
      ${look.poles.map((pole) => html`<text key=${pole.x} class="pole-label" x=${pole.x + 4} y=${pole.y}>${pole.words}</text>`)}
      ${look.bars.map((bar) => html`<${Bar} key=${bar.key} bar=${bar} lit=${chain.has(bar.id) || chain.has(bar.last)} dim=${false} />`)}
      ${look.paths.map((path) => html`<${Path} key=${path.key} path=${path} lit=${chain.has(path.id)} dim=${focused && path.kind !== "lost" && !chain.has(path.id)} />`)}
      ${look.marks.map((mark) => {
        const state = holds(mark, selected) ? "selected" : holds(mark, cursor) ? "cursor" : chain.size && inChain(mark) ? "lit" : "";
        return html`<${Mark} key=${mark.key} mark=${{ ...mark, title: tell(mark) }} state=${state} dim=${now !== null && mark.x > now} />`;
      })}
      ${now !== null && now >= 0 && now <= look.width && html`<path class="now" d=${`M${now} 40 V${AXIS} M${now} ${look.top - 6} V${look.height}`} />`}
      ${drag && html`<rect class="drag" x=${Math.min(drag.from, drag.to)} y="0" width=${Math.abs(drag.to - drag.from)} height=${look.height} />`}
    </svg>
  </div>`;
}

function within(story, mark, id) {
  const at = story.index.get(id);
  const { events } = mark.line;
  return at >= events[mark.first] && at <= events[mark.last] && events[lowerBound(events, at)] === at;
}

function nextWithin(story, mark, id) {
  const place = lowerBound(mark.line.events, story.index.get(id));
  return story.events[mark.line.events[place >= mark.last ? mark.first : place + 1]].id;
}

// J and K walk through what is drawn; what a machine does in between is told by the table.
function stepTo(story, id, step) {
  const at = story.index.get(id);
  const from = at ?? (step > 0 ? -1 : story.events.length);
  return story.events[Math.min(Math.max(from + step, 0), story.events.length - 1)]?.id;
}

function useKeys({ story, range, onRange, cursor, setCursor, selected, onSelect }) {
  const step = (by) => {
    const next = stepTo(story, cursor ?? selected, by);
    if (!next) return;
    setCursor(next);
    const at = story.times[story.index.get(next)];
    const span = range.to - range.from;
    if (at < range.from + span * 0.02 || at > range.to - span * 0.02) onRange(clampRange(story, { from: at - span / 2, to: at + span / 2 }));
  };
  const acts = {
    j: () => step(1), k: () => step(-1), "+": () => onRange(zoomed(story, range, 0.6)), "=": () => onRange(zoomed(story, range, 0.6)),
    "-": () => onRange(zoomed(story, range, 1 / 0.6)), 0: () => onRange({ from: story.starts, to: story.ends }),
    ArrowLeft: () => onRange(moved(story, range, -0.15)), ArrowRight: () => onRange(moved(story, range, 0.15)),
    Enter: () => cursor && onSelect(cursor), Escape: () => onSelect(null),
  };
  const keys = (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && (acts[event.key] ?? acts[event.key.toLowerCase()]);
    if (!act) return;
    event.preventDefault();
    act();
  };
  return { step, keys };
}

export function Lanes({ entry, exhibit, at = null, range: asked = null, onRange, selected = null, onSelect }) {
  const [box, wide] = useWidth();
  const plot = useRef(null);
  const story = useMemo(() => prepare(entry, exhibit), [entry, exhibit]);
  const [own, setOwn] = useState(null);
  const [cursor, setCursor] = useState(null);
  useEffect(() => { setOwn(null); setCursor(null); }, [story]);
  useEffect(() => setCursor(selected), [selected]);
  const range = clampRange(story, asked ?? own ?? firstRange(story));
  const setRange = (next) => { setOwn(next); onRange?.(next); };
  const choose = (id, flag) => onSelect?.(id, flag);
  const names = wide < 700 ? NARROW_NAMES : NAMES;
  const outer = Math.max(wide - 2 - names, LEAST_PLOT);
  const width = outer - 2 * GUTTER;
  const plan = useMemo(() => measure(story), [story]);
  const chain = useMemo(() => chainOf(story, selected), [story, selected]);
  const look = useMemo(() => (wide ? frame(story, range, width, plan, chain) : null), [story, range.from, range.to, width, plan, chain, wide > 0]);
  const { step, keys } = useKeys({ story, range, onRange: setRange, cursor, setCursor, selected, onSelect: choose });
  const scroller = useRef(null);
  useEffect(() => {
    const shown = look?.marks.find((mark) => mark.id === selected);
    if (shown && scroller.current && outer > wide - names) scroller.current.scrollLeft = shown.x - (wide - names) / 2;
  }, [selected, wide > 0]);
  const state = useRef({});
  state.current = { story, range, onRange: setRange };
  useWheel(plot, state);
  const tell = (mark) => {
    const event = story.events[story.index.get(mark.id)];
    return `${when(event.time)}: ${says(event, exhibit, entry)}${mark.count > 1 ? ` (and ${mark.count - 1} more here)` : ""}`;
  };
  const current = cursor && story.index.has(cursor) ? story.events[story.index.get(cursor)] : null;
  return html`<section class=${`lanes ${names === NARROW_NAMES ? "lanes-narrow" : ""}`} aria-label=${`Time line of ${exhibit.name}`} ref=${box}>
    <div class="lanes-top">
      <p class="lanes-range">${clockWords(story.clock, range.from)} – ${clockWords(story.clock, range.to)} <span>${exhibit.zone}</span></p>
      <${Controls} story=${story} range=${range} onRange=${setRange} onStep=${step} />
    </div>
    ${look && html`<div class="lanes-scroll" ref=${scroller}>
      <div class="lanes-inner" style=${{ gridTemplateColumns: `${names}px ${outer}px` }}>
        <${Names} look=${look} narrow=${names === NARROW_NAMES} />
        <${Plot} story=${story} look=${look} range=${range} onRange=${setRange} onSelect=${choose} selected=${selected} cursor=${cursor} chain=${chain} at=${at} plot=${plot} keys=${keys} says=${tell} />
        <span class="lanes-corner">whole run</span>
        <${Overview} story=${story} range=${range} width=${outer} onRange=${setRange} />
      </div>
    </div>`}
    <p class="lanes-said" role="status">${current ? `${when(current.time)}: ${says(current, exhibit, entry)}` : ""}</p>
    ${look?.hidden > 0 && html`<p class="lanes-note">${look.hidden} more arrows lie in this stretch; zoom in to see them.</p>`}
    <${Legend} />
    <${Twin} story=${story} range=${range} entry=${entry} exhibit=${exhibit} />
  </section>`;
}
