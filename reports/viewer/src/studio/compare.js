// A | B: the same person, the same clock, two runs side by side, and what is different told in sentences.

import { html } from "htm/preact";
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Pane } from "./bits.js";
import { again, messageOf, newest, notSentOf } from "./moments.js";
import { InboxPane, MessagePane, WhyPane } from "./now.js";
import { plural, variantGroups, variantName, words } from "./phrases.js";
import "./compare.css";

const KINDS = { gained: ["+", "one more"], lost: ["−", "one fewer"], moved: ["⇄", "another time"], changed: ["≠", "changed"], verdict: ["!", "verdict"] };

// What A can be: this story without changes, a pinned state, or another variant of it.
function options(studio) {
  const { target, variant } = studio.wish.value;
  const story = studio.catalogue.value.families.find((one) => one.target === target);
  const others = variantGroups(story.variants.filter((one) => one.variant !== variant));
  const fixed = [{ key: "as-is", label: "this story as it is", a: { kind: "as-is" } }];
  if (studio.pinned.value) fixed.push({ key: "pinned", label: pinnedName(studio.pinned.value), a: { kind: "pinned", wish: studio.pinned.value } });
  return [{ label: "Compare with", options: fixed }, ...others.map((group) => ({
    label: group.label,
    options: group.variants.map((one) => ({ key: `variant ${one.variant}`, label: variantName(one.variant, story.variants.indexOf(one)), a: { kind: "variant", variant: one.variant, target } })),
  }))];
}

const pinnedName = (wish) => `pinned: ${words(wish.variant)}, ${plural(wish.edits.length, "change")}`;
const keyOf = (a) => (a.kind === "variant" ? `variant ${a.variant}` : a.kind);

export function labelOfA(studio) {
  const all = options(studio).flatMap((group) => group.options);
  return all.find((one) => one.key === keyOf(studio.a.value))?.label ?? "this story as it is";
}

function labelOfB(studio) {
  const count = studio.wish.value.edits.length;
  if (!count) return words(studio.wish.value.variant);
  return `with ${plural(count, "change")}`;
}

function Chooser({ studio }) {
  const all = options(studio);
  const choose = (event) => studio.compareWith(all.flatMap((group) => group.options).find((one) => one.key === event.currentTarget.value).a);
  const current = keyOf(studio.a.value);
  return html`<div class="compare-choose">
    <div class="st-field"><label for="compare-a"><b class="compare-letter">A</b> is</label>
      <select id="compare-a" onChange=${choose}>${all.map((group) => html`<optgroup key=${group.label} label=${group.label}>
        ${group.options.map((one) => html`<option key=${one.key} value=${one.key} selected=${one.key === current}>${one.label}</option>`)}</optgroup>`)}</select></div>
    <p><b class="compare-letter">B</b> is ${labelOfB(studio)}</p>
    <button type="button" class="st-button" onClick=${studio.pin}>Pin B as A</button>
    <button type="button" class="st-button" onClick=${studio.stopComparing}>Stop comparing</button>
  </div>`;
}

function Changes({ studio, onPick }) {
  const changes = studio.changes.value;
  const same = studio.wish.value.edits.length || studio.a.value.kind === "variant"
    ? "Nothing is different for this person." : "A and B are the same so far. Change something under “What if”, or choose another A.";
  return html`<div class="compare-changes" role="region" aria-label="What is different in B">
    <h3>${changes.length ? `What is different in B: ${plural(changes.length, "thing")}` : "What is different in B"}</h3>
    <ul aria-live="polite">${changes.length === 0
      ? html`<li class="compare-same">${same}</li>`
      : changes.map((change, index) => html`<li key=${index}>
        <button type="button" class="compare-change" onClick=${() => onPick(change)}>
          <span class=${`compare-kind compare-${change.kind}`}><span aria-hidden="true">${KINDS[change.kind]?.[0] ?? "·"}</span> ${KINDS[change.kind]?.[1] ?? change.kind}</span>
          <span>${change.sentence}</span></button></li>`)}</ul>
  </div>`;
}

const SHOWN = new Set(["message", "not-sent"]);

const timeOf = (list, exhibit, event) =>
  list.find((item) => item.event === event)?.at ?? Date.parse(exhibit?.events.find((one) => one.id === event)?.time ?? "");

// What A shows beside what is chosen in B: what was chosen in A itself while the clock stands there, else the same thing
// in A, else its newest message at that instant. What a machine did in between is no message and is never shown as one.
function counterpart(studio, chosen, at, event) {
  const [exhibit, list] = [studio.exhibitA.value, studio.listA.value];
  const told = (id) => (id && (messageOf(exhibit, id) || notSentOf(list, id)) ? id : null);
  const own = chosen?.at === at ? told(chosen.event) : null;
  if (own) return own;
  const change = studio.changes.value.find((one) => one.event_b && one.event_b === event);
  const was = studio.list.value.find((item) => item.event === event && SHOWN.has(item.kind));
  const like = was && !change ? again(list, event, was) : null;
  return told(change?.event_a) ?? (like?.at <= at ? like.event : null) ?? newest(list, at)?.event ?? null;
}

export function Compare({ studio }) {
  const chosenA = useSignal(null);
  const [side, setSide] = useState("b");
  // Another A is another run: its events have ids of their own.
  useEffect(() => { chosenA.value = null; }, [studio.a.value]);
  const [entryA, exhibitA, listA, entry, exhibit, list] =
    [studio.entryA, studio.exhibitA, studio.listA, studio.entry, studio.exhibit, studio.list].map((one) => one.value);
  const selectedA = useComputed(() => counterpart(studio, chosenA.value, studio.at.value, studio.selected.value));
  const shownA = useComputed(() => counterpart(studio, chosenA.value, studio.rest.value.at, studio.shown.value));
  const pick = (change) => {
    const times = [timeOf(list, exhibit, change.event_b), timeOf(listA, exhibitA, change.event_a)].filter(Number.isFinite);
    if (times.length) studio.moveTo(Math.max(...times), change.event_b ?? null);
    chosenA.value = { event: change.event_a ?? null, at: studio.at.value };
    setSide(change.event_b ? "b" : "a");
  };
  const selectA = (event) => { chosenA.value = { event, at: studio.at.value }; setSide("a"); };
  const selectB = (event) => { chosenA.value = null; studio.select(event); setSide("b"); };
  const strange = exhibitA && exhibit && exhibitA.customer !== exhibit.customer;
  const why = side === "a" && exhibitA ? { side: "A", entry: entryA, exhibit: exhibitA, list: listA, event: shownA.value } : { side: "B", entry, exhibit, list, event: studio.shown.value };
  return html`<div class="compare">
    <${Pane} id="compare" title="Compare A | B" className="compare-head"><${Chooser} studio=${studio} />
      ${strange && html`<p class="st-quiet">${exhibit.name} is not part of A, which shows ${exhibitA.name} instead.</p>`}
      <${Changes} studio=${studio} onPick=${pick} />
    </${Pane}>
    <div class="compare-side compare-a">
      <${InboxPane} studio=${studio} id="inbox-a" title=${`A: ${labelOfA(studio)}`} label="Inbox in A" entry=${entryA} exhibit=${exhibitA} selected=${selectedA} onSelect=${selectA} />
      <${MessagePane} id="message-a" title="Message in A" entry=${entryA} exhibit=${exhibitA} list=${listA} event=${shownA.value} />
    </div>
    <div class="compare-side compare-b">
      <${InboxPane} studio=${studio} id="inbox-b" title=${`B: ${labelOfB(studio)}`} label="Inbox in B" entry=${entry} exhibit=${exhibit} selected=${studio.selected} onSelect=${selectB} />
      <${MessagePane} id="message-b" title="Message in B" entry=${entry} exhibit=${exhibit} list=${list} event=${studio.shown.value} />
    </div>
    <${WhyPane} ...${why} onSelect=${side === "a" ? selectA : selectB} />
  </div>`;
}
