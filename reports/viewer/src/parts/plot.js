// A curve that can be read without a mouse: arrow keys walk along it, and the place is told in words.

import "uplot/dist/uPlot.min.css";
import "./plot.css";
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

const NAMES = ["ink", "ink-soft", "line", "accent", "bad", "warn", "good", "hold", "paper-raised"];

// The colours of the theme as a canvas wants them; the page's own tokens may be functions, so an element resolves them.
function colours(box) {
  const probe = document.createElement("span");
  box.appendChild(probe);
  const found = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

// Calls back when the theme turns, by the system or by the page.
function onTheme(tell) {
  const watch = new MutationObserver(tell);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  dark.addEventListener("change", tell);
  return () => {
    watch.disconnect();
    dark.removeEventListener("change", tell);
  };
}

const axis = (paint, font) => ({
  stroke: paint["ink-soft"], font, labelFont: font, grid: { stroke: paint.line, width: 1 }, ticks: { stroke: paint.line, width: 1 },
});

// Lines of text over a canvas, in CSS pixels.
export function write(plot, text, x, y, { paint, align = "left", bold = false, size = 12 }) {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${bold ? "600 " : ""}${size * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = paint;
  ctx.textAlign = align;
  ctx.textBaseline = "top";
  ctx.fillText(text, x, y);
  ctx.restore();
}

// Lines slanting over an area, so that it differs from its surroundings by more than a colour.
export function hatch(plot, left, top, width, height, paint) {
  const { ctx } = plot;
  const step = 8 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.globalAlpha = 0.1;
  ctx.fillStyle = paint;
  ctx.fillRect(left, top, width, height);
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = paint;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - height; x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

function options(width, height, paint, build) {
  const font = "12px system-ui, sans-serif";
  const own = build(paint);
  return {
    width, height, legend: { show: false }, padding: [12, 16, 0, 0],
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 9, fill: paint.accent } },
    ...own,
    axes: own.axes.map((one) => ({ ...axis(paint, font), ...one })),
  };
}

const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

function target(key, place, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!Object.hasOwn(STEPS, key)) return null;
  return place < 0 ? (STEPS[key] > 0 ? 0 : count - 1) : Math.min(Math.max(0, place + STEPS[key]), count - 1);
}

// build(colours) -> options of uPlot without size; data: columns of uPlot; say(place) -> the place in words.
export function Plot({ label, height = 240, data, build, say }) {
  const box = useRef(null);
  const plot = useRef(null);
  const [place, setPlace] = useState(-1);
  const count = data[0].length;
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    let gone = false;
    const draw = () => {
      if (gone) return;
      const width = Math.max(160, Math.floor(node.clientWidth));
      plot.current?.destroy();
      const own = options(width, height, colours(node), build);
      const hooks = { ...own.hooks, setCursor: [({ cursor }) => gone || setPlace(cursor.idx ?? -1)] };
      plot.current = new uPlot({ ...own, hooks }, data, node);
    };
    draw();
    const fits = () => {
      const width = Math.max(160, node.clientWidth);
      if (!gone && plot.current && Math.abs(plot.current.width - width) > 1) plot.current.setSize({ width, height });
    };
    const watch = new ResizeObserver(fits);
    watch.observe(node);
    const quiet = onTheme(draw);
    return () => {
      gone = true;
      watch.disconnect();
      quiet();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [data, build, height]);
  const onKey = (event) => {
    const next = target(event.key, place, count);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setPlace(next);
    const drawn = plot.current;
    drawn?.setCursor({ left: drawn.valToPos(data[0][next], "x"), top: drawn.valToPos(data[1][next], "y") }, false);
  };
  const told = place >= 0 && place < count ? say(place) : "";
  return html`<div class="plot">
    <div class="plot-box" style=${{ minHeight: `${height}px` }} ref=${box} tabindex="0" role="slider" aria-label=${label} aria-valuemin="0"
      aria-valuemax=${count - 1} aria-valuenow=${Math.max(0, place)} aria-valuetext=${told || "use the arrow keys to walk along the curve"}
        onKeyDown=${onKey}></div>
    <p class="plot-told">${told || "Point at the curve, or walk along it with the arrow keys."}</p>
  </div>`;
}
