// The field that fits the kind of a control.

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { duration, durationText, UNITS, valueOf } from "./phrases.js";

const read = (event) => event.currentTarget.value;
const OTHER = "other";

// "2025-11-14 07:55" as fields for an instant write it, and back.
export const forField = (text) => String(text ?? "").replace(" ", "T").slice(0, 16);
export const fromField = (text) => text.replace("T", " ");

function Choice({ control, change, ids }) {
  const [other, setOther] = useState(false);
  const known = control.choices.some((choice) => choice.value === control.value);
  const choose = (event) => {
    setOther(read(event) === OTHER);
    if (read(event) === "none") change(null);
    else if (read(event) !== OTHER) change(control.choices[Number(read(event))].value);
  };
  const own = other || (!known && control.value !== null);
  return html`<span class="whatif-field-choice"><select ...${ids} title=${valueOf(control, control.value)} onChange=${choose}>
    ${(control.optional || control.value === null) && html`<option value="none" selected=${control.value === null}>not known</option>`}
    ${control.choices.map((choice, index) => html`<option key=${index} value=${index} selected=${!other && choice.value === control.value}>${choice.label}</option>`)}
    ${(control.open || !known) && control.value !== undefined && html`<option value=${OTHER} selected=${own}>${known || control.value === null ? "another…" : valueOf(control, control.value)}</option>`}
  </select>
  ${control.open && own && html`<input type="text" aria-label=${`${control.label}: another`} value=${known ? "" : control.value} onChange=${(event) => read(event).trim() && change(read(event).trim())} />`}</span>`;
}

function Toggle({ control, change, ids }) {
  return html`<input type="checkbox" role="switch" class="whatif-control-switch" ...${ids} checked=${Boolean(control.value)} onChange=${(event) => change(event.currentTarget.checked)} />`;
}

function Percent({ control, change, ids }) {
  const [moving, setMoving] = useState(null);
  useEffect(() => setMoving(null), [control.value]);
  const value = moving ?? control.value ?? 0;
  const move = (event) => {
    setMoving(Number(read(event)));
    change(Number(read(event)));
  };
  return html`<span class="whatif-field-percent">
    <input type="range" ...${ids} min=${control.min ?? 0} max=${control.max ?? 100} step=${Number.isInteger(control.original ?? 0) ? 1 : 0.1} value=${value} aria-valuetext=${`${value} percent`} onInput=${move} />
    <output>${value} %</output></span>`;
}

// Text and numbers wait until one has finished typing: on leaving the field, or with Enter. An empty field means that it
// is not known, where that may be.
function Typed({ type, control, change, ids, ...limits }) {
  const stamp = type === "datetime-local";
  const shown = stamp ? forField(control.value) : String(control.value ?? "");
  const commit = (event) => {
    const text = read(event);
    if (text === shown || !event.currentTarget.checkValidity()) return;
    if (text === "") {
      if (control.optional) change(null);
      else event.currentTarget.value = shown;
    } else change(type === "number" ? Number(text) : stamp ? fromField(text) : text);
  };
  const enter = (event) => { if (event.key === "Enter") commit(event); };
  return html`<span class="whatif-field-typed"><input type=${type} ...${ids} ...${limits} value=${shown} onChange=${commit} onKeyDown=${enter} />
    ${control.unit && html`<span class="whatif-field-unit">${control.unit}</span>`}</span>`;
}

function Duration({ control, change, ids }) {
  const told = duration(control.value);
  if (!told) return html`<${Typed} type="text" control=${control} change=${change} ids=${ids} />`;
  const amount = (event) => {
    const count = Number(read(event));
    if (Number.isInteger(count) && read(event) !== "") change(durationText(count, told.unit));
  };
  return html`<span class="whatif-field-duration">
    <input type="number" step="1" ...${ids} value=${told.amount} onChange=${amount} />
    <select aria-label=${`${control.label}: unit`} onChange=${(event) => change(durationText(told.amount, read(event)))}>
      ${UNITS.map(([unit, label]) => html`<option key=${unit} value=${unit} selected=${unit === told.unit}>${label}</option>`)}
    </select></span>`;
}

// A stretch of time: it counts once both its ends are said. There are many of these, so an empty one is one button.
function Stretch({ control, change, ids, fallback }) {
  const [ends, setEnds] = useState(control.value);
  useEffect(() => setEnds(control.value), [control.value?.from, control.value?.until]);
  if (!ends) return html`<button type="button" class="st-button" ...${ids} aria-label=${`${control.label}: set from when until when`} onClick=${() => setEnds(fallback ?? {})}>Set…</button>`;
  const set = (end) => (event) => setEnds({ ...ends, [end]: fromField(read(event)) });
  const field = (end, more) => html`<label><span>${end}</span><input type="datetime-local" ...${more} value=${forField(ends[end])} onChange=${set(end)} /></label>`;
  const said = ends.from === control.value?.from && ends.until === control.value?.until;
  return html`<span class="whatif-field-window" role="group" aria-label=${control.label}>
    ${field("from", ids)}${field("until")}
    ${!said && html`<button type="button" class="st-button" disabled=${!ends.from || !ends.until} onClick=${() => change(ends)}>Apply</button>`}
  </span>`;
}

const FIELDS = { number: "number", date: "date", instant: "datetime-local", time: "time" };

export function Field({ control, change, ids, fallback }) {
  const given = { control, change, ids };
  if (control.kind === "choice" && control.choices?.length) return html`<${Choice} ...${given} />`;
  if (control.kind === "toggle") return html`<${Toggle} ...${given} />`;
  if (control.kind === "percent") return html`<${Percent} ...${given} />`;
  if (control.kind === "duration") return html`<${Duration} ...${given} />`;
  if (control.kind === "window") return html`<${Stretch} ...${given} fallback=${fallback} />`;
  const step = control.kind === "number" ? { step: "any" } : {};
  return html`<${Typed} type=${FIELDS[control.kind] ?? "text"} min=${control.min} max=${control.max} ...${step} ...${given} />`;
}
