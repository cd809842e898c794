// One message as it was read: a mail on a phone or a desk, a text message in its bubble, a push on a locked screen.

import "./message.css";
import { html } from "htm/preact";
import { signal } from "@preact/signals";
import { useId, useMemo, useState } from "preact/hooks";
import { Icon } from "./icons.js";
import { LongText } from "./longtext.js";
import { MailFrame } from "./mail-frame.js";
import { compose, headers, LOCK_SCREEN, lockScreen, sender, source } from "./message-model.js";
import { ASSUMED_PRICE, cost, segments } from "./sms-model.js";
import { capital, channel, clip, inSentence, many } from "./words-text.js";
import { clock, day } from "./words-time.js";

const WIDTHS = [["phone", "Phone, 375", 375], ["desktop", "Desktop, 720", 720], ["text", "Text width", null]];
const width = signal("phone");
const price = signal(ASSUMED_PRICE.amount);
const inEnglish = signal(true);
const inDark = signal(false);

function Headers({ entry, message }) {
  return html`<dl class="message-headers">
    ${headers(entry, message).map(([label, text, later]) => html`<div key=${label}>
      <dt>${label}</dt><dd><bdi>${text}</bdi>${later && html` <span class="message-soft">(${later})</span>`}</dd>
    </div>`)}
  </dl>`;
}

// Tabs as the keyboard expects them: one stop for Tab, arrows between them.
function Tabs({ name, tabs, tab, onTab }) {
  const onKey = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(tabs.findIndex(([id]) => id === tab) + step + tabs.length) % tabs.length][0];
    onTab(next);
    event.currentTarget.querySelector(`[data-tab="${next}"]`)?.focus();
  };
  return html`<div class="message-tabs" role="tablist" aria-label="Ways to look at the message" onKeyDown=${onKey}>
    ${tabs.map(([id, label]) => html`<button key=${id} type="button" role="tab" data-tab=${id} id=${`${name}-${id}`}
      aria-controls=${`${name}-panel`} aria-selected=${id === tab} tabindex=${id === tab ? 0 : -1} onClick=${() => onTab(id)}>${label}</button>`)}
  </div>`;
}

const Widths = () => html`<div class="message-widths" role="group" aria-label="Width">
  ${WIDTHS.map(([id, label]) => html`<button key=${id} type="button" aria-pressed=${width.value === id} onClick=${() => (width.value = id)}>${label}</button>`)}
</div>`;

function Mail({ entry, message }) {
  const name = useId();
  const tabs = message.html ? [["html", "As it looks"], ["text", "Text"], ["source", "Source"]] : [["text", "Text"], ["source", "Source"]];
  const [wanted, setTab] = useState("html");
  const tab = tabs.some(([id]) => id === wanted) ? wanted : "text";
  const whole = useMemo(() => (message.html ? compose(entry, message) : ""), [entry, message]);
  const pixels = WIDTHS.find(([id]) => id === width.value)[2];
  const title = `The e-mail as it looks: ${clip(message.subject ?? "no subject", 120)}`;
  const sheet = { maxWidth: pixels ? `${pixels}px` : "65ch" };
  return html`<div class="message-bar">
      <${Tabs} name=${name} tabs=${tabs} tab=${tab} onTab=${setTab} />
      ${tab !== "source" && html`<${Widths} />`}
    </div>
    <div role="tabpanel" id=${`${name}-panel`} aria-labelledby=${`${name}-${tab}`}>
      ${tab === "html" && html`<${MailFrame} key=${message.event} text=${whole} width=${pixels} dark=${inDark.value} title=${title} />`}
      ${tab === "text" && html`<div class="message-sheet" style=${sheet}>
        <${LongText} key=${message.event} text=${message.text} lang=${message.lang} dir=${message.dir} />
      </div>`}
      ${tab === "source" && html`<${LongText} key=${message.event} text=${source(entry, message)} dir="ltr" kind="message-source" />`}
    </div>
    ${tab === "html" && html`<label class="message-toggle message-dark">
      <input type="checkbox" checked=${inDark.value} onChange=${(event) => (inDark.value = event.target.checked)} /> as a dark mail program shows it
    </label>`}
    ${!message.html && html`<p class="message-note">This mail has text alone, no HTML.</p>`}`;
}

function Cost({ text }) {
  const cut = useMemo(() => segments(text), [text]);
  const odd = cut.odd.slice(0, 8).map((letter) => `“${letter}”`).join(" ");
  const others = cut.odd.length > 8 ? " and others" : "";
  const ucs = html`UCS-2, because of <bdi>${odd}</bdi>${others}: 70 characters fit in one message, else 67 in each`;
  const why = cut.encoding === "UCS-2" ? ucs : "GSM-7: 160 characters fit in one message, else 153 in each";
  return html`<dl class="message-headers message-cost">
    <div><dt>Writing</dt><dd>${why}</dd></div>
    <div><dt>Length</dt><dd>${many(cut.units, "character")} in ${many(cut.segments, "segment")}; ${cut.left} left in the last of ${cut.each}</dd></div>
    <div><dt>Price</dt><dd>${cost(cut.segments, { ...ASSUMED_PRICE, amount: price.value })}, assuming
      <label> <input type="number" min="0" max="10" step="0.005" value=${price.value}
        onInput=${(event) => (price.value = Math.max(0, Number(event.target.value) || 0))} /> ${ASSUMED_PRICE.currency} a segment</label></dd></div>
  </dl>`;
}

function Sms({ entry, message }) {
  const text = String(message.text ?? message.subject ?? "").trimEnd();
  return html`<div class="message-phone">
      <p class="message-phone-top"><bdi>${sender(entry, message) || "Sender"}</bdi></p>
      <p class="message-soft message-phone-day">${day(message.received ?? message.sent)}, ${clock(message.received ?? message.sent)}</p>
      <div class="message-bubble"><${LongText} key=${message.event} text=${text} lang=${message.lang} dir=${message.dir} /></div>
    </div>
    <${Cost} text=${text} />`;
}

function Push({ entry, message }) {
  const [open, setOpen] = useState(false);
  const card = useMemo(() => lockScreen(message), [message]);
  const cut = card.cut.length > 0;
  const note = `A locked screen shows about ${LOCK_SCREEN.title} characters of the title and ${LOCK_SCREEN.text} of the text (assumed: phones differ).`;
  return html`<div class="message-lock">
      <p class="message-lock-clock" aria-hidden="true">${clock(message.received ?? message.sent)}</p>
      <p class="message-lock-day">${day(message.received ?? message.sent)}</p>
      <div class="message-card" lang=${message.lang} dir=${message.dir ?? "auto"}>
        <p class="message-card-app"><${Icon} name="push" /> <bdi>${sender(entry, message) || "App"}</bdi></p>
        <p class="message-card-title">${open ? clip(message.subject, 500) : card.title}</p>
        ${open ? html`<${LongText} text=${message.text} dir=${message.dir} />` : html`<p class="message-card-text">${card.text}</p>`}
      </div>
    </div>
    <p class="message-note">${note} ${cut ? `Here the ${card.cut.join(" and the ")} ${card.cut.length > 1 ? "are" : "is"} cut off.` : "All of this one fits."}
      ${cut && html` <button type="button" class="message-button" aria-pressed=${open} onClick=${() => setOpen(!open)}>${open ? "As on the locked screen" : "Show all of it"}</button>`}
    </p>`;
}

const Letter = ({ entry, message }) => html`<div class="message-letter" lang=${message.lang} dir=${message.dir ?? "auto"}>
  <p class="message-soft"><bdi>${sender(entry, message)}</bdi></p>
  <p><bdi>${clip(message.address, 300)}</bdi></p>
  <p class="message-letter-day">${day(message.sent)}</p>
  ${message.subject && html`<p class="message-letter-subject"><bdi>${clip(message.subject, 500)}</bdi></p>`}
  <${LongText} key=${message.event} text=${message.text} lang=${message.lang} dir=${message.dir} />
</div>`;

const Other = ({ message }) => html`<div class="message-sheet"><${LongText} key=${message.event} text=${message.text} lang=${message.lang}
  dir=${message.dir} /></div>`;

const BODIES = { mail: Mail, sms: Sms, push: Push, letter: Letter };

const Gloss = ({ gloss }) => html`<div class="message-gloss" lang="en" role="group" aria-label="In English">
  <p class="message-soft">In English</p>
  ${gloss.subject && html`<p class="message-gloss-subject">${clip(gloss.subject, 500)}</p>`}
  <${LongText} text=${gloss.text} lang="en" dir="ltr" />
</div>`;

const Links = ({ links }) => html`<section class="message-links"><h4>Links (they lead nowhere here)</h4>
  <ul>${links.slice(0, 200).map((link, place) => html`<li key=${place}><bdi>${clip(link.text || "(no text)", 200)}</bdi> <code dir="ltr">${clip(link.url, 500)}</code></li>`)}</ul>
  ${links.length > 200 && html`<p class="message-note">${many(links.length - 200, "more link")} left out.</p>`}
</section>`;

const Lint = ({ lint }) => html`<section class="message-lint"><h4>Hints</h4>
  <ul>${lint.slice(0, 50).map((sentence, place) => html`<li key=${place}><${Icon} name="hint" /> <bdi>${clip(sentence, 400)}</bdi></li>`)}</ul>
</section>`;

// `message` is one of exhibit.messages; everything in it is shown as text, or inside a frame that may do nothing.
export function MessageView({ entry, message }) {
  if (!message) return html`<p class="message-note">Choose a message to read it.</p>`;
  const kind = channel(message.channel);
  const Body = BODIES[kind.icon] ?? Other;
  const { gloss, lint, links } = message;
  const beside = Boolean(gloss) && inEnglish.value;
  return html`<article class="message" aria-label=${capital(kind.noun)}>
    <header class="message-top">
      <p class="message-kind"><${Icon} name=${kind.icon} /> <span>${capital(kind.noun)}${message.title ? html`: <bdi>${inSentence(message.title, 200)}</bdi>` : ""}</span></p>
      ${gloss && html`<label class="message-toggle"><input type="checkbox" checked=${inEnglish.value} onChange=${(event) => (inEnglish.value = event.target.checked)} /> in English</label>`}
    </header>
    <${Headers} entry=${entry} message=${message} />
    ${message.folder === "spam" && html`<p class="message-warn">⚠ This lay in the spam folder.</p>`}
    <div class=${beside ? "message-pair" : ""}>
      <div class="message-body"><${Body} key=${message.event} entry=${entry} message=${message} /></div>
      ${beside && html`<${Gloss} key=${message.event} gloss=${gloss} />`}
    </div>
    ${lint?.length > 0 && html`<${Lint} lint=${lint} />`}
    ${links?.length > 0 && html`<${Links} links=${links} />`}
  </article>`;
}
