// What one person had in front of them at an instant, and between the messages those that were never sent, and why.

import "./inbox.css";
import { html } from "htm/preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.js";
import { heading, inbox, itemOf, moved, summary, withoutHead } from "./inbox-model.js";
import { capital, clip, many, spaced } from "./words-text.js";
import { when } from "./words-time.js";

const PAGE = 150;
const MARKS = { unread: "●", opened: "○", clicked: "◎", bounced: "↩", "under way": "⋯", spam: "⚠" };

function Message({ item }) {
  const { message, standing } = item;
  const { called, preview } = heading(message);
  return html`<span class="inbox-line">
      <span class="inbox-kind"><${Icon} name=${item.channel.icon} /> ${capital(item.channel.noun)}</span>
      <span class="inbox-when">${when(item.at)}</span>
    </span>
    <span class="inbox-subject" dir="auto" lang=${message.lang}>${clip(called || "(no subject)", 300)}</span>
    ${preview && html`<span class="inbox-preview" dir="auto" lang=${message.lang}>${preview}</span>`}
    <span class=${`inbox-state inbox-state-${standing.state.replace(" ", "-")}`}>
      <span aria-hidden="true">${MARKS[standing.state]}</span> ${standing.word}${standing.spam && standing.state !== "spam" ? ", in the spam folder" : ""}
    </span>`;
}

const HEADS = { "not entered": "Journey not entered", exited: "Journey left", bounced: "Came back", lost: "Lost", refused: "Refused" };

function Absent({ item }) {
  const told = item.item;
  const called = told.subject ?? told.title ?? (told.message ? spaced(told.message) : "");
  return html`<span class="inbox-line">
      <span class="inbox-kind"><${Icon} name="stop" /> ${HEADS[told.kind] ?? "Not sent"}${told.channel ? `: ${item.channel.noun}` : ""}</span>
      <span class="inbox-when">${when(item.at)}</span>
    </span>
    ${called && html`<span class="inbox-subject" dir="auto">${clip(called, 300)}</span>`}
    <span class="inbox-why" dir="auto">${clip(withoutHead(told.sentence), 500)}</span>`;
}

function Option({ item, id, chosen, onPick }) {
  const spam = item.standing?.spam ? "inbox-spam" : "";
  const kind = item.kind === "message" ? `inbox-message inbox-is-${item.standing.state.replace(" ", "-")}` : "inbox-absent";
  return html`<li id=${id} role="option" aria-selected=${chosen ? "true" : "false"} class=${`inbox-option ${kind} ${spam}`} onClick=${onPick}>
    ${item.kind === "message" ? html`<${Message} item=${item} />` : html`<${Absent} item=${item} />`}
  </li>`;
}

// `at` is an instant in ms, or null for the end of the run; `selected` an event id; `onSelect(id)` is told of a choice.
// `label` tells several inboxes on one page apart.
export function Inbox({ entry, exhibit, at = null, selected, onSelect, label = "Inbox" }) {
  const [absent, setAbsent] = useState(true);
  const [pages, setPages] = useState(1);
  const name = useId();
  const list = useRef(null);
  const all = useMemo(() => inbox(exhibit, at, entry), [exhibit, at, entry]);
  const items = absent ? all : all.filter((item) => item.kind === "message");
  const chosen = items.indexOf(itemOf(items, exhibit, selected));
  const most = Math.max(pages * PAGE, chosen + 1);
  const shown = items.slice(0, most);
  const left = items.length - shown.length;
  const optionId = (place) => `${name}-${place}`;
  useEffect(() => {
    const box = list.current;
    const option = chosen >= 0 && box?.children[chosen];
    if (!option) return;
    if (option.offsetTop < box.scrollTop) box.scrollTop = option.offsetTop;
    else if (option.offsetTop + option.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = option.offsetTop + option.offsetHeight - box.clientHeight;
  }, [chosen, absent]);
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !shown.length) return;
    const place = moved(event.key, chosen, shown.length);
    if (place === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSelect?.(shown[place].event);
  };
  const none = all.length - all.filter((item) => item.kind === "message").length;
  return html`<section class="inbox" aria-label=${label}>
    <p class="inbox-summary" role="status">${all.length ? `${summary(all)}.` : "Nothing has come yet, and nothing was held back."}</p>
    ${none > 0 && html`<label class="inbox-toggle">
      <input type="checkbox" checked=${absent} onChange=${(event) => setAbsent(event.target.checked)} /> Show what was not sent (${none})
    </label>`}
    <ul class="inbox-list" role="listbox" tabindex="0" ref=${list} aria-label=${`${label}: messages, newest first`}
      aria-activedescendant=${chosen >= 0 ? optionId(chosen) : undefined} onKeyDown=${onKey}>
      ${shown.map((item, place) => html`<${Option} key=${item.event} id=${optionId(place)} item=${item} chosen=${place === chosen} onPick=${() => onSelect?.(item.event)} />`)}
    </ul>
    ${left > 0 && html`<button type="button" class="inbox-more" onClick=${() => setPages(pages + 1)}>
      Show ${many(Math.min(PAGE, left), "earlier one")} (${left} left)
    </button>`}
  </section>`;
}
