// The map of a journey with the traffic on it: thick where many went, dashed where nobody ever did.

import "./graph.css";
import { html } from "htm/preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { coverage, drawing, twins } from "./graph-model.js";
import { layout } from "./graph-layout.js";
import { Twin } from "./table.js";
import { capital, inSentence, number, spaced } from "./words-text.js";

const PAD = 12;

// Corners of the shape of a kind of step, around (0, 0) to (width, height).
const SHAPES = {
  wait: (w, h) => `M14 0H${w - 14}L${w} ${h / 2}L${w - 14} ${h}H14L0 ${h / 2}Z`,
  split: (w, h) => `M${w / 2} 0L${w} ${h / 2}L${w / 2} ${h}L0 ${h / 2}Z`,
  command: (w, h) => `M14 0H${w}L${w - 14} ${h}H0Z`,
  exit: (w, h) => `M12 0H${w - 12}L${w} 12V${h - 12}L${w - 12} ${h}H12L0 ${h - 12}V12Z`,
  goal: (w, h) => `M0 0H${w}V${h}H0ZM4 4V${h - 4}H${w - 4}V4Z`,
  send: (w, h) => `M0 0H${w}V${h}H0Z`,
  start: (w, h) => `M${h / 3} 0H${w - h / 3}A${h / 3} ${h / 2} 0 0 1 ${w - h / 3} ${h}H${h / 3}A${h / 3} ${h / 2} 0 0 1 ${h / 3} 0Z`,
  end: (w, h) => `M${h / 2} 0H${w - h / 2}A${h / 2} ${h / 2} 0 0 1 ${w - h / 2} ${h}H${h / 2}A${h / 2} ${h / 2} 0 0 1 ${h / 2} 0Z`,
};

function Box({ placed, onPlace }) {
  const { node, x, top } = placed;
  const shape = (SHAPES[node.shape] ?? SHAPES.send)(node.width, node.height);
  const lines = [[node.verb, "graph-verb"], ...node.lines.map((line) => [line, ""]), ...(node.walked ? [[node.walked, node.never ? "graph-never-told" : "graph-count"]] : [])];
  const first = (node.height - lines.length * 19) / 2 + 14;
  const open = onPlace && node.place ? () => onPlace(node.place) : null;
  const onKey = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open();
  };
  const link = open ? { role: "button", tabindex: "0", onClick: open, onKeyDown: onKey, "aria-label": `${[node.verb, ...node.lines, node.walked].filter(Boolean).join(" ")}. Show its line.` } : {};
  return html`<g class=${`graph-box graph-${node.shape} ${node.never ? "graph-never" : ""} ${open ? "graph-link" : ""}`}
    transform=${`translate(${x - node.width / 2} ${top})`} ...${link}>
    ${node.place && html`<title>${node.place}</title>`}
    <path d=${shape} />
    ${node.shape === "send" && html`<path class="graph-flap" d=${`M0 0L${node.width / 2} 12L${node.width} 0`} />`}
    ${lines.map(([line, kind], nth) => html`<text key=${nth} class=${kind} x=${node.width / 2} y=${first + nth * 19}>${`${line} `}</text>`)}
  </g>`;
}

function Arrow({ drawn, marker }) {
  const { edge, points } = drawn;
  const path = points.map(([x, y], nth) => `${nth ? "L" : "M"}${x} ${nth === points.length - 1 ? y - 7 : y}`).join("");
  return html`<path class=${edge.never ? "graph-arrow graph-arrow-never" : "graph-arrow"} d=${path} stroke-width=${edge.weight}
    marker-end=${`url(#${marker})`} />`;
}

function Label({ drawn }) {
  const { edge, label } = drawn;
  if (!edge.lines.length) return null;
  return html`<g transform=${`translate(${label.x} ${label.top})`} class=${edge.never ? "graph-label graph-label-never" : "graph-label"}>
    <rect x=${-edge.width / 2} y="1" width=${edge.width} height=${edge.height - 2} rx="4" />
    ${edge.lines.map((line, nth) => html`<text key=${nth} class=${edge.taken !== undefined && nth === edge.lines.length - 1 ? "graph-count" : ""} x="0" y=${15 + nth * 17}>${line}</text>`)}
  </g>`;
}

const count = (row) => (row.times === null ? "" : number(row.times));
const STEPS = [{ key: "step", label: "Step" }, { key: "times", label: "Times", number: true, text: count }, { key: "place", label: "Line" }];
const WAYS = [{ key: "from", label: "From" }, { key: "way", label: "If" }, { key: "to", label: "To" }, { key: "times", label: "Times", number: true, text: count }];

// `journey` is one of entry.journeys. `onPlace("file:line")`, where given, is called when a step is chosen.
export function JourneyGraph({ entry, journey, onPlace }) {
  const marker = useId();
  const drawn = useMemo(() => drawing(journey, entry), [journey, entry]);
  const map = useMemo(() => layout(drawn.boxes, drawn.arrows), [drawn]);
  const rows = useMemo(() => twins(drawn), [drawn]);
  const view = useRef(null);
  useEffect(() => {
    const box = view.current;
    const start = map.nodes[0];
    if (start && box) box.scrollLeft = start.x + PAD - box.clientWidth / 2;
  }, [map]);
  const [width, height] = [map.width + 2 * PAD, map.height + 2 * PAD];
  const title = [journey.campaign && capital(spaced(journey.campaign)), inSentence(journey.title ?? journey.journey, 120)].filter(Boolean).join(": ");
  const walked = coverage(journey);
  return html`<section class="graph" aria-label=${`The journey ${title}`}>
    <h3><bdi>${title}</bdi></h3>
    ${walked && html`<p class="graph-coverage">${walked}</p>`}
    <div class="graph-scroll" ref=${view} tabindex="0" role="region" aria-label=${`Map of the journey ${title}`}>
      <svg width=${width} height=${height} viewBox=${`${-PAD} ${-PAD} ${width} ${height}`} role=${onPlace ? "group" : "img"}
        aria-label=${`The steps of ${title} from top to bottom; the table below says the same.`}>
        <defs>
          <marker id=${marker} viewBox="0 0 10 10" refX="5" refY="5" markerWidth="14" markerHeight="12" markerUnits="userSpaceOnUse" orient="auto">
            <path class="graph-head" d="M0 0L10 5L0 10Z" />
          </marker>
        </defs>
        ${map.edges.map((edge, nth) => html`<${Arrow} key=${nth} drawn=${edge} marker=${marker} />`)}
        ${map.edges.map((edge, nth) => html`<${Label} key=${nth} drawn=${edge} />`)}
        ${map.nodes.map((placed) => html`<${Box} key=${placed.node.id} placed=${placed} onPlace=${onPlace} />`)}
      </svg>
    </div>
    <${Twin} label="The steps as a table" caption=${`Steps of ${title}`} columns=${STEPS} rows=${rows.steps} />
    <${Twin} label="The ways between them as a table" caption=${`Ways between the steps of ${title}`} columns=${WAYS} rows=${rows.ways} />
  </section>`;
}
