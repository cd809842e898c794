// The first page when several variants ran: the verdict, the list, and what went wrong by cause.

import { html } from "htm/preact";
import { signal } from "@preact/signals";
import { when } from "../parts/words.js";
import { Verdict } from "./bits.js";
import { CauseCard } from "./causes.js";
import { causesOf, familiesOf, headlineOf, keyOf, spoken, summaryOf } from "./model.js";
import { follow, linkTo } from "./route.js";
import { outcome } from "../parts/words.js";

const filters = signal({ family: "", outcome: "", odd: false, text: "" });
const change = (name) => (event) => {
  filters.value = { ...filters.value, [name]: event.target.type === "checkbox" ? event.target.checked : event.target.value };
};

function Filters({ entries }) {
  const chosen = filters.value;
  const families = [...new Set(entries.map((entry) => entry.family))];
  const outcomes = [...new Set(entries.map((entry) => entry.outcome))];
  return html`<form class="filters" role="search" aria-label="Filter the rehearsals" onSubmit=${(event) => event.preventDefault()}>
    <label><span>Search</span><input type="search" value=${chosen.text} onInput=${change("text")} placeholder="coupon, survey, Camille …" /></label>
    ${families.length > 1 && html`<label><span>Story</span><select value=${chosen.family} onChange=${change("family")}>
      <option value="">all</option>${families.map((family) => html`<option key=${family} value=${family}>${spoken(family)}</option>`)}
    </select></label>`}
    ${outcomes.length > 1 && html`<label><span>Verdict</span><select value=${chosen.outcome} onChange=${change("outcome")}>
      <option value="">all</option>${outcomes.map((each) => html`<option key=${each} value=${each}>${entryWord(each)}</option>`)}
    </select></label>`}
    <label class="check"><input type="checkbox" checked=${chosen.odd} onChange=${change("odd")} /><span>only what is not as expected</span></label>
  </form>`;
}

export const entryWord = (name) => ({ satisfied: "went well", violated: "went wrong", pending: "went well so far" })[name] ?? outcome(name).word;

function Row({ entry }) {
  const to = { variant: keyOf(entry) };
  const { sentence, tone } = headlineOf(entry);
  return html`<li class=${`variant ${entry.as_expected ? "" : "unexpected"}`}>
    <${Verdict} of=${entry.outcome} word=${entryWord(entry.outcome)} odd=${!entry.as_expected} />
    <div>
      <h3><a href=${linkTo(to)} onClick=${follow(to)}>${spoken(entry.variant)}</a></h3>
      <p class="says">${entry.says}</p>
      ${entry.outcome !== "satisfied" && html`<p class=${`headline-small tone-${tone}`}>${sentence}</p>`}
      ${(entry.unexpected ?? []).map((each) => html`<p class="unexpected-why" key=${each}>Not as expected: ${each}</p>`)}
    </div>
    <p class="size">${entry.customers.toLocaleString("en")} ${entry.customers === 1 ? "customer" : "customers"}<br />${entry.events.toLocaleString("en")} events</p>
  </li>`;
}

export function Overview({ result }) {
  const entries = result.scenarios;
  const groups = familiesOf(entries, filters.value);
  const shown = groups.flatMap((group) => group.entries);
  const causes = shown.flatMap((entry) => causesOf(entry).map((cause) => ({ entry, cause })));
  const odd = entries.some((entry) => !entry.as_expected);
  const ends = entries.map((entry) => entry.virtual_start).filter(Boolean).sort();
  return html`
    <div class="lead">
      <p class="eyebrow">Report of ${entries.length} rehearsals</p>
      <h1 class=${odd ? "tone-bad" : ""}>${summaryOf(entries)}.</h1>
      <p class="meta">Seed ${result.seed} · automation: ${[...new Set(entries.map((entry) => entry.backend))].join(", ")} · ${entries.reduce((sum, entry) => sum + entry.customers, 0).toLocaleString("en")} simulated customers${ends.length ? ` · earliest day ${when(ends[0].slice(0, 10))}` : ""}</p>
    </div>
    <${Filters} entries=${entries} />
    ${!shown.length && html`<p class="nothing">Nothing matches. <button type="button" class="link" onClick=${() => { filters.value = { family: "", outcome: "", odd: false, text: "" }; }}>Show all</button></p>`}
    ${groups.map((group) => html`<section class="family" key=${`${group.family}/${group.name}`} aria-labelledby=${`story-${group.name}`}>
      <h2 id=${`story-${group.name}`}>${group.entries[0].title}</h2>
      <ul class="variants">${group.entries.map((entry) => html`<${Row} key=${keyOf(entry)} entry=${entry} />`)}</ul>
    </section>`)}
    ${causes.length > 0 && html`<section class="by-cause" aria-labelledby="by-cause">
      <h2 id="by-cause">What went wrong, by cause</h2>
      <ul class="causes">${causes.map(({ entry, cause }) => html`<${CauseCard} key=${keyOf(entry) + cause.cause} entry=${entry} cause=${cause} named />`)}</ul>
    </section>`}`;
}
