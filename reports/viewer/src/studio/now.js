// What the person has in front of them at the instant of the clock: the inbox, the message, and why it came or did not.

import { html } from "htm/preact";
import { withoutHead } from "../parts/inbox-model.js";
import { Inbox } from "../parts/inbox.js";
import { MessageView } from "../parts/message.js";
import { says, time, when } from "../parts/words.js";
import { Why } from "../parts/why.js";
import { Pane, Scroll, Skeleton } from "./bits.js";
import { messageOf, notSentOf } from "./moments.js";
import { capital, given } from "./phrases.js";

// `selected` is a signal, read here, so that moving the clock draws the inbox alone.
export function InboxPane({ studio, id = "inbox", title, label, entry, exhibit, selected, onSelect }) {
  if (!exhibit) return html`<${Pane} id=${id} title=${title ?? "Inbox"} className="st-inbox"><${Skeleton} lines=${6} label="Playing the story" /></${Pane}>`;
  const called = title ?? `${given(exhibit.name)}’s inbox`;
  return html`<${Pane} id=${id} title=${called} className="st-inbox" note=${time(studio.at.value, studio.zone.value)}>
    <${Inbox} entry=${entry} exhibit=${exhibit} at=${studio.at.value} selected=${selected.value} onSelect=${onSelect} label=${label} />
  </${Pane}>`;
}

function NotSent({ told }) {
  return html`<div class="st-absent">
    <p class="st-absent-mark"><span aria-hidden="true">✕</span> ${told.kind === "not entered" ? "Nothing was begun" : "Not sent"}</p>
    ${(told.subject || told.title) && html`<p class="st-absent-subject" dir="auto">${told.subject || told.title}</p>`}
    <p>${withoutHead(told.sentence)}</p>
    <p class="st-absent-when">${when(told.time)}${told.until ? `, and it waits until ${when(told.until)}` : ""}</p>
  </div>`;
}

// A message, the note that something was not sent, or what else happened then.
function Told({ entry, exhibit, list, event }) {
  const message = messageOf(exhibit, event);
  if (message) return html`<h3 class="st-hidden">What it says</h3><${MessageView} entry=${entry} message=${message} />`;
  const told = notSentOf(list, event);
  if (told) return html`<${NotSent} told=${told} />`;
  const other = exhibit.events.find((one) => one.id === event) ?? entry.organisation_events?.find((one) => one.id === event);
  if (other) return html`<div class="st-absent"><p class="st-absent-subject">${says(other, exhibit, entry)}</p><p class="st-absent-when">${when(other.time)}</p><p>This is not a message. “Why” tells what led to it.</p></div>`;
  return html`<div class="st-absent"><p>Nothing has come yet. Move the clock on, or press “Next message”.</p></div>`;
}

// The reasons may lie below the edge of the screen; from the message one button leads there.
function toReasons() {
  const title = document.getElementById("why-title");
  title?.scrollIntoView({ block: "center" });
  title?.focus({ preventScroll: true });
}

export function MessagePane({ id = "message", title = "Message", entry, exhibit, list, event }) {
  const why = event && html`<button type="button" class="st-link" onClick=${toReasons}>Why?</button>`;
  return html`<${Pane} id=${id} title=${title} className="st-message" actions=${title === "Message" ? why : null}>
    <${Scroll} label=${title}>${exhibit ? html`<${Told} entry=${entry} exhibit=${exhibit} list=${list} event=${event} />` : html`<${Skeleton} lines=${8} />`}</${Scroll}>
  </${Pane}>`;
}

function question(exhibit, list, event) {
  const name = given(exhibit?.name);
  if (messageOf(exhibit, event)) return `why did ${name} get this?`;
  if (notSentOf(list, event)) return `why did ${name} not get this?`;
  return event ? "why did this happen?" : "why?";
}

// `side` is the letter of the run that it is about, where two are compared.
export function WhyPane({ entry, exhibit, list, event, onSelect, side = "" }) {
  const asked = question(exhibit, list, event);
  return html`<${Pane} id="why" title=${side ? `In ${side}: ${asked}` : capital(asked)} className="st-why">
    <${Scroll} label="Why">${exhibit && event
      ? html`<h3 class="st-hidden">The reasons</h3><${Why} entry=${entry} exhibit=${exhibit} event=${event} onSelect=${onSelect} />`
      : html`<p class="st-quiet">Choose a message, or a line that was not sent.</p>`}</${Scroll}>
  </${Pane}>`;
}
