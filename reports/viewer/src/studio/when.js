// When: the scrubber over one person's time, and the buttons beside it. Nothing here asks the server for anything.

import { html } from "htm/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { says } from "../parts/words.js";
import { addDays, dayOf, onDay, shown, spoken, ticks } from "./clock.js";
import { following, marks, ofKind, preceding, snapped } from "./moments.js";
import "./when.css";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const THUMB = 24;
const ROWS = [["message", "Messages"], ["not-sent", "Not sent"], ["event", "Events"], ["broken", "Went wrong"]];
const ROW_OF = { message: 0, "not-sent": 1, event: 2, fault: 3, broken: 3 };
const ZOOMS = [["All", null], ["Month", 30 * DAY], ["Day", DAY]];

// What an arrow key moves: a quarter of an hour, some hours or a day, by how much time is in view.
export function stepFor([from, to]) {
  if (to - from <= 3 * DAY) return { ms: HOUR / 4, page: 2 * HOUR };
  if (to - from <= 45 * DAY) return { ms: 3 * HOUR, pageDays: 1 };
  return { days: 1, pageDays: 7 };
}

const stepped = (at, zone, sign, { ms, days }) => (days ? addDays(at, sign * days, zone) : at + sign * ms);

function keyed(key, at, zone, range) {
  const { ms, days, page, pageDays } = stepFor(range);
  const sign = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 1, PageDown: -1 }[key];
  if (key === "Home") return range[0];
  if (key === "End") return range[1];
  if (!sign) return null;
  return key.startsWith("Page") ? stepped(at, zone, sign, { ms: page, days: pageDays }) : stepped(at, zone, sign, { ms, days });
}

function labelOf({ kind, item }, entry, exhibit) {
  if (kind === "message") return `Message: ${item.subject || item.title || item.message}`;
  if (kind === "not-sent") return item.sentence;
  if (kind === "broken") return `A rule was broken: ${item.sentence}`;
  return says(item, exhibit, entry);
}

// The marks do not depend on the clock, so moving the clock does not draw them again.
function Marks({ studio }) {
  const [range, list, entry, exhibit, zone] = [studio.range, studio.list, studio.entry, studio.exhibit, studio.zone].map((one) => one.value);
  const shapes = useMemo(() => marks(list, range).map((mark) => ({ ...mark, label: mark.count > 1 ? `${mark.count} together` : labelOf(mark, entry, exhibit) })), [list, range]);
  const pick = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const row = Math.floor(((event.clientY - box.top) / box.height) * ROWS.length);
    const near = snapped(list.filter((item) => ROW_OF[item.kind] === row), range[0] + share * (range[1] - range[0]), (12 / box.width) * (range[1] - range[0]));
    if (near) studio.moveTo(near.at, near.event);
  };
  return html`<div class="when-strip" aria-hidden="true">
    <div class="when-rows">${ROWS.map(([kind, label]) => html`<span key=${kind}>${label}</span>`)}</div>
    <div class="when-marks" onClick=${pick}>
      ${ROWS.map(([kind], row) => !list.some((item) => ROW_OF[item.kind] === row) && html`<em key=${kind} style=${{ insetBlockStart: `${row * 25}%` }}>none</em>`)}
      ${shapes.map((mark) => html`<i key=${`${mark.kind}${mark.share}`} class=${`when-mark when-${mark.kind}`} title=${mark.label}
        style=${{ insetInlineStart: `${mark.share * 100}%`, insetBlockStart: `${(ROW_OF[mark.kind] + 0.5) * (100 / ROWS.length)}%` }}></i>`)}
    </div>
    <div class="when-ticks">${ticks(range, zone, 7).filter(({ at }) => at - range[0] < 0.95 * (range[1] - range[0])).map(({ at, label }) => html`<span key=${at} style=${{ insetInlineStart: `${((at - range[0]) / (range[1] - range[0])) * 100}%` }}>${label}</span>`)}</div>
  </div>`;
}

function Range({ studio }) {
  const input = useRef(null);
  const held = useRef(false);
  const [at, range, zone, list] = [studio.at, studio.range, studio.zone, studio.list].map((one) => one.value);
  const drag = (event) => {
    const raw = Number(event.currentTarget.value);
    const wide = event.currentTarget.clientWidth - THUMB;
    const near = held.current ? snapped(list, raw, (5 / wide) * (range[1] - range[0])) : null;
    studio.moveTo(near?.at ?? raw, near?.kind === "event" ? null : near?.event ?? null);
  };
  const key = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = keyed(event.key, at, zone, range);
    if (to === null) return;
    event.preventDefault();
    studio.moveTo(to);
  };
  return html`<input ref=${input} class="when-range" type="range" min=${range[0]} max=${range[1]} step="60000" value=${at}
    aria-label="Point in time" aria-valuetext=${spoken(at, zone)} aria-describedby="when-keys"
    onPointerDown=${() => { held.current = true; }} onPointerUp=${() => { held.current = false; }} onInput=${drag} onKeyDown=${key} />`;
}

function Clock({ studio }) {
  const { weekday, day, time, place } = shown(studio.at.value, studio.zone.value);
  return html`<p class="when-clock"><span class="when-weekday">${weekday}</span> <span class="when-day">${day}</span> <strong>${time}</strong> <span class="when-place">${place}</span></p>`;
}

// Goes from one moment to the next, about one a second, until the end or until it is stopped. It never starts by itself.
function Play({ studio }) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => {
      const next = following(playable(studio.list.value), studio.at.value, null);
      if (next) studio.moveTo(next.at, next.event);
      else setPlaying(false);
    }, 1200);
    return () => clearInterval(timer);
  }, [playing]);
  const press = () => {
    const atEnd = !following(playable(studio.list.value), studio.at.value, null);
    if (!playing && atEnd) studio.moveTo(studio.whole.value[0]);
    setPlaying(!playing);
  };
  return html`<button type="button" class="st-button when-play" onClick=${press} aria-label=${playing ? "Pause" : "Play"} title=${playing ? "Pause" : "Play: from one moment to the next"}>
    <span aria-hidden="true">${playing ? "❚❚" : "▶"}</span></button>`;
}

const playable = (list) => ofKind(list, "message", "event", "broken");

function Steps({ studio }) {
  const [at, zone, list, chosen] = [studio.at, studio.zone, studio.list, studio.chosen].map((one) => one.value);
  const messages = useMemo(() => ofKind(list, "message"), [list]);
  const back = preceding(messages, at, chosen);
  const on = following(messages, at, chosen);
  const go = (moment) => () => moment && studio.moveTo(moment.at, moment.event);
  // aria-disabled keeps the focus where it is when the last message is reached.
  const step = (name, sign, action, off = false) => html`<button type="button" class="st-button" aria-label=${typeof sign === "string" ? undefined : name} title=${name} aria-disabled=${off} onClick=${action}>${sign}</button>`;
  return html`<div class="when-steps" role="group" aria-label="Steps in time">
    ${step("Previous message", html`<span aria-hidden="true">◂ ✉</span>`, go(back), !back)}
    ${step("One day back", "−1 day", () => studio.moveTo(addDays(at, -1, zone)))}
    <${Play} studio=${studio} />
    ${step("One day on", "+1 day", () => studio.moveTo(addDays(at, 1, zone)))}
    ${step("Next message", html`<span aria-hidden="true">✉ ▸</span>`, go(on), !on)}
  </div>`;
}

function Jump({ studio }) {
  const [at, zone, whole] = [studio.at, studio.zone, studio.whole].map((one) => one.value);
  const jump = (event) => {
    if (event.currentTarget.value) studio.moveTo(onDay(at, event.currentTarget.value, zone));
  };
  return html`<label class="when-jump"><span class="st-hidden">Go to the day</span>
    <input type="date" value=${dayOf(at, zone)} min=${dayOf(whole[0], zone)} max=${dayOf(whole[1], zone)} onChange=${jump} /></label>`;
}

function Zoom({ studio }) {
  const [zoom, at, whole] = [studio.zoom, studio.at, studio.whole].map((one) => one.value);
  const wide = zoom ? zoom[1] - zoom[0] : null;
  const choose = (span) => () => {
    if (!span) return studio.zoomTo(null);
    const start = Math.min(Math.max(at - span / 2, whole[0]), Math.max(whole[0], whole[1] - span));
    return studio.zoomTo([start, start + span]);
  };
  return html`<div class="when-zoom" role="group" aria-label="How much time is in view">
    ${ZOOMS.map(([label, span]) => html`<button key=${label} type="button" class="st-button" aria-pressed=${span === wide} onClick=${choose(span)}>${label}</button>`)}
  </div>`;
}

export function When({ studio }) {
  return html`<section class="when" aria-labelledby="when-title">
    <div class="when-top">
      <h2 id="when-title" class="st-hidden">When</h2>
      <${Clock} studio=${studio} />
      <${Steps} studio=${studio} />
      <div class="when-more"><${Jump} studio=${studio} /><${Zoom} studio=${studio} /></div>
    </div>
    <${Marks} studio=${studio} />
    <${Range} studio=${studio} />
    <p id="when-keys" class="st-hidden">Arrow keys move the clock. J goes to the next thing that happened, K to the one before.</p>
  </section>`;
}

// J and K step through everything that happened. They are letters, so they can be turned off, and they keep out of fields.
export function useSteps(studio, enabled) {
  useEffect(() => {
    const press = (event) => {
      if (!enabled || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (event.target.closest?.("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, dialog, [contenteditable]")) return;
      const find = { j: following, k: preceding }[event.key.toLowerCase()];
      const next = find?.(studio.list.value, studio.at.value, studio.chosen.value);
      if (!next) return;
      event.preventDefault();
      studio.moveTo(next.at, next.event);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [enabled]);
}
