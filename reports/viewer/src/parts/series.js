// What went on by day: promotions, consents and complaints, and where something broke.

import "./series.css";
import { html } from "htm/preact";
import { useCallback, useMemo } from "preact/hooks";
import uPlot from "uplot";
import { Plot, write } from "./plot.js";
import { curves, grouped, marks, says } from "./series-model.js";
import { Twin } from "./table.js";
import { number } from "./words-text.js";
import { day, month, shortDay } from "./words-time.js";

const DISTANCES = [1, 2, 7, 14, 28, 61, 91, 182, 365, 730];
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000];
const LISTED = 20;

// Dashed lines where faults began, with their numbers.
function markFaults(plot, places, paint) {
  const { ctx, bbox } = plot;
  let free = -Infinity;
  for (const { place, text } of places) {
    const x = plot.valToPos(place, "x", true);
    ctx.save();
    ctx.strokeStyle = paint.warn;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
    const wide = (text.length * 7 + 10) * devicePixelRatio;
    if (x < free) continue;
    const fits = x + wide < bbox.left + bbox.width;
    write(plot, text, x + (fits ? 4 : -4) * devicePixelRatio, bbox.top, { paint: paint.warn, bold: true, align: fits ? "left" : "right" });
    free = x + wide;
  }
}

function Curve({ curve, faults }) {
  const data = useMemo(() => [curve.points.map((_, place) => place), curve.points.map(([, value]) => value)], [curve]);
  const build = useCallback((paint) => {
    const places = grouped(faults);
    const long = curve.points.length > 400;
    const label = (place) => (curve.points[place] ? (long ? month : shortDay)(curve.points[place][0]) : "");
    const value = (tick) => `${number(tick, 3)}${curve.top ? " %" : ""}`;
    return {
      scales: { x: { time: false }, y: { range: [Math.min(0, curve.least), curve.top ?? Math.max(curve.most * 1.1, 1)] } },
      axes: [
        { incrs: DISTANCES, space: 80, values: (_, ticks) => ticks.map(label) },
        { size: 56, incrs: curve.digits === 0 ? WHOLE : undefined, values: (_, ticks) => ticks.map(value) },
      ],
      series: [{}, { stroke: paint.accent, width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
      hooks: { draw: [(plot) => markFaults(plot, places, paint)] },
    };
  }, [curve, faults]);
  const say = useCallback((place) => says(curve, place), [curve]);
  return html`<${Plot} label=${`${curve.title}, by day`} height=${200} data=${data} build=${build} say=${say} />`;
}

function columnsOf(curve) {
  return [
    { key: "date", label: "Day", text: (row) => day(row.date), sort: (row) => row.date },
    { key: "value", label: curve.title, number: true, text: (row) => number(row.value, 4) },
  ];
}

function One({ curve, faults }) {
  const columns = useMemo(() => columnsOf(curve), [curve]);
  const rows = useMemo(() => curve.points.map(([date, value]) => ({ date, value })), [curve]);
  return html`<section class="series-one" aria-label=${curve.title}>
    <h3>${curve.title}</h3>
    <p class="series-unit">${curve.unit}</p>
    <p class="series-sentence">${curve.sentence}</p>
    ${!curve.flat && html`<${Curve} curve=${curve} faults=${faults} />`}
    ${rows.length > 0 && html`<${Twin} caption=${`${curve.title} (${curve.unit})`} columns=${columns} rows=${rows} />`}
  </section>`;
}

const Faults = ({ faults }) => html`<section class="series-faults" aria-label="What broke">
  <h3>What broke</h3>
  <p class="series-unit">The dashed lines in the curves bear these numbers.</p>
  <ol>${faults.slice(0, LISTED).map((fault) => html`<li key=${fault.number}>${fault.sentence}</li>`)}</ol>
  ${faults.length > LISTED && html`<p class="series-unit">And ${faults.length - LISTED} more.</p>`}
</section>`;

export function Series({ entry }) {
  const all = useMemo(() => curves(entry), [entry]);
  const faults = useMemo(() => (all.length ? marks(entry, all[0].points) : []), [entry, all]);
  if (!all.length) return html`<p class="series-unit">Nothing was counted by day.</p>`;
  return html`<div class="series">
    ${all.map((curve) => html`<${One} key=${curve.name} curve=${curve} faults=${faults} />`)}
    ${faults.length > 0 && html`<${Faults} faults=${faults} />`}
  </div>`;
}
