// One thing that can be changed: its name, its field, what it was, and the finer points of it.

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { ActForm } from "./act.js";
import { Field } from "./field.js";
import { dated, valueOf } from "./phrases.js";

export const idOf = (place, control) => `${place}-${control.replace(/[^A-Za-z0-9]+/g, "-")}`;

function Was({ studio, control }) {
  return html`<p class="whatif-control-was">It was: ${valueOf(control, control.original)}
    <button type="button" class="st-link" onClick=${() => studio.undo(control.control)} aria-label=${`Undo: ${control.label}`}>undo</button></p>`;
}

export function Control({ studio, place, control, trouble }) {
  const id = idOf(place, control.control);
  const wrong = trouble?.where === control.control ? trouble : null;
  const described = [control.hint && `${id}-hint`, wrong && `${id}-trouble`].filter(Boolean).join(" ") || undefined;
  const ids = { id, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined };
  const change = (value) => studio.change(control.control, value);
  if (control.kind === "act") return html`<${ActForm} studio=${studio} control=${control} id=${id} change=${change} />`;
  const parts = control.kind === "toggle" && !control.value ? control.parts.filter((part) => part.changed) : control.parts;
  return html`<div class=${`whatif-control whatif-control-${control.kind} ${control.changed ? "whatif-control-changed" : ""}`}>
    <label for=${id}>${dated(control.short)}</label>
    <${Field} control=${control} change=${change} ids=${ids} fallback=${control.kind === "window" ? studio.dayFromNow() : null} />
    ${control.hint && html`<p class="whatif-control-hint" id=${`${id}-hint`}>${dated(control.hint)}</p>`}
    ${control.changed && html`<${Was} studio=${studio} control=${control} />`}
    ${wrong && html`<p class="whatif-control-trouble" id=${`${id}-trouble`} role="alert">${wrong.sentence}</p>`}
    ${parts.length > 0 && html`<${Parts} studio=${studio} place=${place} control=${control} parts=${parts} trouble=${trouble} />`}
  </div>`;
}

// The finer points of a control, folded away until one of them matters.
function Parts({ studio, place, control, parts, trouble }) {
  const matter = parts.some((part) => part.changed || part.control === trouble?.where);
  const [open, setOpen] = useState(matter);
  useEffect(() => { if (matter) setOpen(true); }, [matter]);
  const label = parts.map((part) => part.short.toLowerCase()).join(", ");
  return html`<div class="whatif-control-parts">
    <button type="button" class="st-link" aria-expanded=${open} aria-label=${`${control.label}: ${label}`} onClick=${() => setOpen(!open)}>${open ? "▾" : "▸"} ${label}</button>
    ${open && parts.map((part) => html`<${Control} key=${part.control} studio=${studio} place=${place} control=${part} trouble=${trouble} />`)}
  </div>`;
}
