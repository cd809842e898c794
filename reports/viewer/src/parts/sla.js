// How much time there was to spare, over all cases of a check: who was late, by how much, and how sure one can be.

import "./sla.css";
import { html } from "htm/preact";
import { useCallback, useMemo } from "preact/hooks";
import uPlot from "uplot";
import { hatch, Plot, write } from "./plot.js";
import { drawn, FEW, lateCount, never, quantiles, reading, rows, says, singles, STEPS, strip, threshold, tick } from "./sla-model.js";
import { Twin } from "./table.js";
import { capital, clip, many, number, share, spaced } from "./words-text.js";
import { margin } from "./words-time.js";

const DOT = 18;

// Few cases, one dot each: before the line is late, after it is in time.
function Strip({ curve }) {
  const margins = singles(curve);
  const limit = threshold(curve);
  const { dots, line, low, high, tallest } = strip(margins, limit);
  const height = Math.max(2, tallest) * DOT + 34;
  const isLate = (ms) => ms < limit;
  const label = `${many(margins.length, "case")}: ${margins.map(margin).join(", ")}`;
  const at = (dot) => ({ insetInlineStart: `${dot.x * 100}%`, bottom: `${dot.level * DOT + 6}px` });
  return html`<div class="sla-strip" role="img" aria-label=${label}>
    <div class="sla-field" style=${{ height: `${height}px` }}>
      ${line > 0 && html`<span class="sla-late" style=${{ width: `${line * 100}%` }}>${line > 0.15 && "late"}</span>`}
      <span class="sla-line" style=${{ insetInlineStart: `${line * 100}%` }}></span>
      ${dots.map((dot, place) => html`<span key=${place} class=${isLate(dot.ms) ? "sla-dot sla-dot-late" : "sla-dot"} style=${at(dot)}></span>`)}
    </div>
    <div class="sla-ends"><span>${tick(low)}</span><span>← late | in time →</span><span>${tick(high)}</span></div>
  </div>
  <ul class="sla-cases">
    ${margins.map((ms, place) => html`<li key=${place}><span aria-hidden="true" class=${isLate(ms) ? "sla-key sla-key-late" : "sla-key"}></span>${margin(ms)}</li>`)}
  </ul>`;
}

// Everything before the threshold, hatched and named, and the threshold as a dashed line.
function shade(plot, limit, paint) {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const edge = Math.min(Math.max(Math.round(plot.valToPos(limit, "x", true)), left), left + width);
  if (edge > left + 1) hatch(plot, left, top, edge - left, height, paint.bad);
  ctx.save();
  ctx.strokeStyle = paint.ink;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(edge, top);
  ctx.lineTo(edge, top + height);
  ctx.stroke();
  ctx.restore();
  const pad = 6 * devicePixelRatio;
  const room = (pixels, words) => pixels > (words.length * 7 + 12) * devicePixelRatio;
  if (room(edge - left, "late")) write(plot, "late", edge - pad, top + pad, { paint: paint.bad, align: "right", bold: true });
  if (room(left + width - edge, "in time")) write(plot, "in time", edge + pad, top + pad, { paint: paint.good, bold: true });
}

// The share of those who had so much to spare or less, with the late part hatched and named.
function Curve({ curve, label }) {
  const data = useMemo(() => drawn(curve), [curve]);
  const build = useCallback((paint) => ({
    scales: { x: { time: false, range: [data[0][0], data[0].at(-1)] }, y: { range: [0, 100] } },
    axes: [
      { incrs: STEPS, space: 74, values: (_, marks) => marks.map(tick) },
      { size: 52, values: (_, marks) => marks.map((mark) => `${mark} %`) },
    ],
    series: [{}, { stroke: paint.accent, width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
    hooks: { drawClear: [(plot) => shade(plot, threshold(curve), paint)] },
  }), [data, curve]);
  const say = useCallback((place) => says(curve, place), [curve]);
  return html`<${Plot} label=${label} data=${data} build=${build} say=${say} />
    <p class="sla-axis">Across: time to spare (left of the dashed line: late). Upwards: the share that had so much or less.</p>`;
}

const Quantiles = ({ curve }) => html`<dl class="sla-quantiles">
  <div><dt>Cases</dt><dd>${number(curve.count)}</dd></div>
  <div><dt>Late</dt><dd>${number(lateCount(curve))}${curve.count >= FEW && lateCount(curve) > 0 ? ` (${share(lateCount(curve) / curve.count)})` : ""}</dd></div>
  ${curve.count >= FEW && quantiles(curve).map((one) => html`<div key=${one.label}><dt>${one.label}</dt><dd>${one.text}</dd></div>`)}
</dl>`;

const COLUMNS = [
  { key: "margin", label: "Time to spare or less", sort: (row) => row.ms },
  { key: "count", label: "Cases", number: true },
  { key: "upTo", label: "Share", number: true, text: (row) => share(row.upTo) },
];

// A check with `curve`; without one it says so in a line.
export function Sla({ check }) {
  const curve = check?.curve;
  const title = capital(spaced(check?.name));
  const figures = useMemo(() => (curve ? rows(curve) : []), [curve]);
  if (!curve?.points?.length) return html`<p class="sla-none">${title}: nothing was timed here.</p>`;
  const missing = never(check);
  const label = `${title}: how much time there was to spare`;
  return html`<section class="sla">
    <h3>${title}</h3>
    ${check.rule && html`<p class="sla-rule"><bdi>${clip(check.rule, 400)}</bdi></p>`}
    <p class="sla-reading">${reading(curve)}</p>
    ${missing && html`<p>${missing}</p>`}
    ${curve.count < FEW ? html`<${Strip} curve=${curve} />` : html`<${Curve} curve=${curve} label=${label} />`}
    <${Quantiles} curve=${curve} />
    <${Twin} caption=${label} columns=${COLUMNS} rows=${figures} />
  </section>`;
}
