// One cause of what went wrong, with a way to the lane of its first customer at the moment it happened.

import { html } from "htm/preact";
import { when } from "../parts/words.js";
import { eventOf, exhibitOf, keyOf, spoken, violationOf } from "./model.js";
import { follow, linkTo } from "./route.js";

const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

export function CauseCard({ entry, cause, named = false, told = "" }) {
  const first = cause.first ?? {};
  const violation = violationOf(entry, first);
  const exhibit = exhibitOf(entry, first.customer);
  const event = exhibit && eventOf(entry, first.customer, first);
  const to = { variant: keyOf(entry), customer: first.customer, event };
  return html`<li class="cause">
    ${named && html`<p class="eyebrow">${spoken(entry.variant)}</p>`}
    <h3>${cause.title}</h3>
    ${cause.sentence !== told && html`<p>${cause.sentence}</p>`}
    <p class="cause-facts">${cause.customers > 0 ? `${count(cause.customers, "customer")} · ` : ""}${count(cause.violations, "broken rule")}${cause.declared === false ? html` · <strong class="tone-bad">nobody expected it</strong>` : " · expected by this variant"}</p>
    ${exhibit && html`<p><a class="see" href=${linkTo(to)} onClick=${follow(to)}>See ${exhibit.name}${violation ? `, ${when(violation.onset)}` : ""}${"\u00a0"}→</a></p>`}
  </li>`;
}
