// Something more that the person does: what it is, when, and what it is about.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { wall } from "./clock.js";
import { Field, forField, fromField } from "./field.js";

const read = (event) => event.currentTarget.value;

function About({ event, values, setValues, id }) {
  return event.fields.map((field) => {
    const value = field.field in values ? values[field.field] : field.value;
    const control = { ...field, control: field.field, original: field.value, value, optional: true };
    const ids = { id: `${id}-${field.field}` };
    return html`<div class=${`whatif-control whatif-control-${field.kind}`} key=${`${event.event} ${field.field}`}>
      <label for=${ids.id}>${field.label}</label>
      <${Field} control=${control} ids=${ids} change=${(value) => setValues({ ...values, [field.field]: value })} />
    </div>`;
  });
}

function Time({ event, after, setAfter, moment, setMoment, id }) {
  return html`${event.of_message && html`<label class="st-check"><input type="checkbox" checked=${after !== null} onChange=${(told) => setAfter(told.currentTarget.checked ? "1 h" : null)} /> some time after it has come</label>`}
    ${after !== null && event.of_message
      ? html`<div class="whatif-control whatif-control-duration"><label for=${`${id}-after`}>How long after</label><${Field} control=${{ kind: "duration", label: "How long after", value: after }} ids=${{ id: `${id}-after` }} change=${setAfter} /></div>`
      : html`<div class="whatif-control"><label for=${`${id}-at`}>When</label><input type="datetime-local" id=${`${id}-at`} value=${forField(moment)} onChange=${(told) => read(told) && setMoment(fromField(read(told)))} /></div>`}`;
}

export function ActForm({ studio, control, id, change }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(control.events?.[0]?.event);
  const [values, setValues] = useState({});
  const [moment, setMoment] = useState("");
  const [after, setAfter] = useState(null);
  const event = control.events?.find((one) => one.event === name) ?? control.events?.[0];
  if (!event) return null;
  // It begins at the instant of the clock, because that is where one is looking.
  const now = () => new Date(wall(studio.at.value, studio.zone.value)).toISOString().slice(0, 16).replace("T", " ");
  const toggle = () => {
    setMoment(now());
    setOpen(!open);
  };
  const add = (told) => {
    told.preventDefault();
    const said = Object.entries(values).filter(([, value]) => value !== null && value !== "");
    const when = after !== null && event.of_message ? { after } : { at: moment || now() };
    change({ event: event.event, ...when, ...(said.length ? { with: Object.fromEntries(said) } : {}) });
    setOpen(false);
    setValues({});
  };
  return html`<div class="whatif-control whatif-control-act">
    <button type="button" class="st-button" id=${id} aria-expanded=${open} onClick=${toggle}>${control.label}…</button>
    ${open && html`<form onSubmit=${add}>
      <label class="st-field"><span>What</span><select onChange=${(told) => { setName(read(told)); setValues({}); }}>
        ${control.events.map((one) => html`<option key=${one.event} value=${one.event} selected=${one === event}>${one.label}</option>`)}</select></label>
      <${Time} event=${event} after=${after} setAfter=${setAfter} moment=${moment} setMoment=${setMoment} id=${id} />
      <${About} event=${event} values=${values} setValues=${setValues} id=${id} />
      <button type="submit" class="st-button st-strong">Add</button>
    </form>`}
  </div>`;
}
