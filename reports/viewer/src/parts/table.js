// A table that anybody can read, sort and take along: the twin of every chart.

import "./table.css";
import { html } from "htm/preact";
import { useMemo, useState } from "preact/hooks";
import { column, sorted, toCsv, windowed } from "./table-model.js";
import { clip, number } from "./words-text.js";

const MANY = 200;
const LONG = 25;
const HEIGHT = 37;
const VISIBLE = 480;
const LONGEST = 400;

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// Where the clipboard is closed to the page, the text is laid out to be copied by hand.
function CopyCsv({ columns, rows }) {
  const [told, setTold] = useState("");
  const [byHand, setByHand] = useState("");
  const copy = async () => {
    const text = toCsv(columns, rows);
    const done = await toClipboard(text);
    setTold(done ? `Copied ${number(rows.length)} rows.` : "The browser does not let this page copy. The text stands below: select and copy it.");
    setByHand(done ? "" : text);
  };
  return html`<p class="table-copy">
      <button type="button" class="table-button" onClick=${copy}>Copy as CSV</button>
      <span role="status">${told}</span>
    </p>
    ${byHand && html`<textarea class="table-byhand" readonly rows="6" aria-label="The table as CSV" onFocus=${(event) => event.target.select()} value=${byHand}></textarea>`}`;
}

const MARKS = { ascending: "▲", descending: "▼", none: "↕" };

function Head({ columns, order, onOrder }) {
  return html`<thead><tr aria-rowindex="1">
    ${columns.map((one) => {
      const state = order?.key === one.key ? (order.up ? "ascending" : "descending") : "none";
      return html`<th scope="col" class=${one.number ? "table-number" : ""} aria-sort=${state}>
        <button type="button" class="table-sort" onClick=${() => onOrder(one)} title=${`Sort by ${one.label}`}>
          <span>${one.label}</span><span class="table-mark" aria-hidden="true">${MARKS[state]}</span>
        </button>
      </th>`;
    })}
  </tr></thead>`;
}

function Row({ columns, row, place, chosen, onPick }) {
  return html`<tr aria-rowindex=${place + 2} class=${chosen ? "table-chosen" : ""}>
    ${columns.map((one, nth) => {
      const text = one.text(row);
      const plain = one.cell ? one.cell(row) : html`<bdi>${clip(text, LONGEST)}</bdi>`;
      const shown = nth === 0 && onPick ? html`<button type="button" class="table-pick" onClick=${() => onPick(row)}>${plain}</button>` : plain;
      const kind = one.number ? "table-number" : "";
      return nth === 0 ? html`<th scope="row" class=${kind}>${shown}</th>` : html`<td class=${kind}>${shown}</td>`;
    })}
  </tr>`;
}

const Gap = ({ height, columns }) => height > 0 && html`<tr aria-hidden="true"><td class="table-gap" colspan=${columns}
  style=${{ height: `${height}px` }}></td></tr>`;

// columns: names, or {key, label, number?, text?(row), sort?(row), cell?(row)}; rows: objects or arrays.
// `onPick(row)` makes the first cell a button, and `isChosen(row)` marks rows. Over 200 rows only those in sight are drawn.
export function Table({ caption, columns, rows, onPick, isChosen, empty = "There is nothing to show here." }) {
  const [order, setOrder] = useState(null);
  const [top, setTop] = useState(0);
  const all = useMemo(() => columns.map(column), [columns]);
  const lines = useMemo(() => sorted(rows, order && all.find((one) => one.key === order.key), order?.up), [rows, order, all]);
  const onOrder = (one) => setOrder(order?.key !== one.key ? { key: one.key, up: !one.number } : { key: one.key, up: !order.up });
  if (!rows.length) return html`<p class="table-empty">${caption ? `${caption}: ` : ""}${empty}</p>`;
  const virtual = lines.length > MANY;
  const view = virtual ? windowed(lines.length, HEIGHT, top, VISIBLE) : { first: 0, last: lines.length, above: 0, below: 0 };
  const onScroll = virtual ? (event) => setTop(event.currentTarget.scrollTop) : undefined;
  const shown = lines.slice(view.first, view.last);
  return html`<div class="table">
    <div class=${`table-scroll ${virtual ? "table-virtual" : lines.length > LONG ? "table-long" : ""}`} tabindex="0" role="region" aria-label=${caption} onScroll=${onScroll}>
      <table aria-rowcount=${lines.length + 1}>
        <caption>${caption}</caption>
        <${Head} columns=${all} order=${order} onOrder=${onOrder} />
        <tbody>
          <${Gap} height=${view.above} columns=${all.length} />
          ${shown.map((row, nth) => html`<${Row} key=${view.first + nth} columns=${all} row=${row} place=${view.first + nth} chosen=${isChosen?.(row)} onPick=${onPick} />`)}
          <${Gap} height=${view.below} columns=${all.length} />
        </tbody>
      </table>
    </div>
    <${CopyCsv} columns=${all} rows=${lines} />
  </div>`;
}

// A chart's twin: the same figures as a table, behind a line that opens with a key.
export function Twin({ caption, columns, rows, label = "The same as a table" }) {
  const [open, setOpen] = useState(false);
  return html`<details class="table-twin" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${label}</summary>
    ${open && html`<${Table} caption=${caption} columns=${columns} rows=${rows} />`}
  </details>`;
}
