// What each journey brought, and what it cost in patience.

import "./results.css";
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { cell, currencies, reasons, table } from "./results-model.js";
import { Table } from "./table.js";
import { many, number } from "./words-text.js";

const REASONS = 4;

const Bar = ({ part }) => html`<span class="results-bar" aria-hidden="true"><span style=${{ width: `${Math.round(part * 100)}%` }}></span></span>`;

function Withheld({ withheld }) {
  const all = reasons(withheld);
  if (!all.length) return html`<span class="results-soft">nothing held back</span>`;
  const line = (one) => html`<li key=${one.words}>${one.words}: <b>${number(one.count)}</b></li>`;
  return html`<ul class="results-why">${all.slice(0, REASONS).map(line)}</ul>
    ${all.length > REASONS && html`<details>
      <summary>${many(all.length - REASONS, "more reason")}</summary>
      <ul class="results-why">${all.slice(REASONS).map(line)}</ul>
    </details>`}`;
}

function columnsOf(columns, kinds) {
  const figure = (column) => ({
    key: column.figure,
    label: column.label,
    number: column.figure !== "withheld",
    text: (row) => cell(row, column, kinds).text,
    sort: (row) => cell(row, column, kinds).amount,
    cell: (row) => {
      if (column.figure === "withheld") return html`<${Withheld} withheld=${row.figures.withheld} />`;
      const told = cell(row, column, kinds);
      return html`<span class=${told.amount === 0 ? "results-figure results-soft" : "results-figure"}>${told.text || "0"}</span>
        ${told.part && told.amount > 0 && html`<span class="results-part">${told.part} of ${told.of}</span>`}
        <${Bar} part=${told.bar} />`;
    },
  });
  return [{ key: "title", label: "Journey" }, ...columns.map(figure)];
}

export function Results({ entry }) {
  const figures = useMemo(() => table(entry), [entry]);
  const kinds = useMemo(() => currencies(figures.rows), [figures]);
  const columns = useMemo(() => columnsOf(figures.columns, kinds), [figures, kinds]);
  const sampled = entry?.exhibits?.some((exhibit) => exhibit.sampled);
  return html`<section class="results" aria-label="Results">
    <p class="results-note">One line for each journey. The lines are not added up: one person may walk several journeys, and one message may be held back more than once.
      ${sampled && " They count everybody, also those whose stories are not shown."}</p>
    <${Table} caption="Results by journey" columns=${columns} rows=${figures.rows} empty="No journey did anything." />
    ${figures.left.length > 0 && html`<p class="results-note">Zero for every journey: ${figures.left.join(", ")}.</p>`}
  </section>`;
}
