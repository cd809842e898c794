// What is known of the chosen event: why, the message, the line that said so, and its data.

import { html } from "htm/preact";
import { Inbox } from "../parts/inbox.js";
import { MessageView } from "../parts/message.js";
import { Source } from "../parts/source.js";
import { says, when } from "../parts/words.js";
import { Why } from "../parts/why.js";
import { TabPanel, Tabs } from "./bits.js";
import { violationsAbout } from "./model.js";
import { go } from "./route.js";

function messageOf(exhibit, event) {
  if (!event) return null;
  const id = event.data?.message_id;
  return (exhibit.messages ?? []).find((message) => message.event === event.id || (id && message.message_id === id)) ?? null;
}

function Message({ entry, exhibit, event, onSelect }) {
  const message = messageOf(exhibit, event);
  return html`<div class=${message ? "letterbox" : "letterbox letterbox-list"}>
    <${Inbox} entry=${entry} exhibit=${exhibit} at=${null} selected=${event?.id} onSelect=${onSelect} />
    ${message ? html`<${MessageView} key=${message.message_id} entry=${entry} message=${message} />` : html`<p class="nothing">Choose a message to read it.</p>`}
  </div>`;
}

function Line({ entry, exhibit, event }) {
  const broken = violationsAbout(entry, exhibit.customer, new Set([event.id]));
  return html`${(event.data?.line || !broken.length) && html`<section><h4 class="small">The step of the journey</h4><${Source} entry=${entry} place=${event.data?.line} /></section>`}
    ${broken.map(({ check, index }) => html`<section key=${check.name + index}><h4 class="small">The rule that was broken</h4><${Source} entry=${entry} place=${check.place} /></section>`)}`;
}

const shown = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));

function Data({ event }) {
  const rows = Object.entries(event).flatMap(([key, value]) => (key === "data" ? Object.entries(value ?? {}) : [[key, value]]));
  return html`<dl class="data">${rows.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${shown(value)}</dd></div>`)}</dl>`;
}

export function Detail({ entry, exhibit, event, panel, onSelect }) {
  if (!event) return html`<section class="detail" aria-label="Details"><p class="nothing">Choose something on the time line to see why it happened.</p></section>`;
  const message = messageOf(exhibit, event);
  const tabs = [{ key: "why", label: "Why" }, { key: "message", label: message ? "Message" : "Messages" }, { key: "line", label: "Line" }, { key: "data", label: "Data" }];
  const current = tabs.some((tab) => tab.key === panel) ? panel : "why";
  return html`<section class="detail" aria-labelledby="detail-title">
    <p class="eyebrow">${when(event.time)}</p>
    <h3 id="detail-title">${says(event, exhibit, entry)}</h3>
    <${Tabs} id="detail" label="About this event" tabs=${tabs} current=${current} onPick=${(key) => go({ panel: key === "why" ? null : key, event: event.id, customer: exhibit.customer }, { replace: true })} />
    <${TabPanel} id="detail" current=${current}>
      ${current === "why" && html`<${Why} entry=${entry} exhibit=${exhibit} event=${event} onSelect=${onSelect} />`}
      ${current === "message" && html`<${Message} entry=${entry} exhibit=${exhibit} event=${event} onSelect=${onSelect} />`}
      ${current === "line" && html`<${Line} entry=${entry} exhibit=${exhibit} event=${event} />`}
      ${current === "data" && html`<${Data} event=${event} />`}
    </${TabPanel}>
  </section>`;
}
