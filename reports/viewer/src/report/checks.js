// All checks of a variant: the verdict of each, why, and who.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { duration, when } from "../parts/words.js";
import { Verdict } from "./bits.js";
import { eventOf, exhibitOf, keyOf, spoken } from "./model.js";
import { follow, linkTo } from "./route.js";

const PAGE = 25;
// A reason that only counts what is counted beside it anyway.
const COUNT = /^[\d,]+ violations?\.$/;

function Broken({ entry, check }) {
  const [most, setMost] = useState(PAGE);
  const all = check.violations ?? [];
  return html`<ul class="violations">
    ${all.slice(0, most).map((violation, index) => {
      const shown = exhibitOf(entry, violation.customer);
      const to = shown && { variant: keyOf(entry), customer: violation.customer, event: eventOf(entry, violation.customer, { check: check.name, violation: index }) };
      return html`<li key=${index}><p>${violation.sentence}</p>
        ${violation.onset && html`<span class="says">${when(violation.onset)}</span>`}
        ${to ? html` <a class="see" href=${linkTo(to)} onClick=${follow(to)}>See it →</a>` : html` <span class="says">The story of this customer is not in the result.</span>`}
      </li>`;
    })}
    ${all.length > most && html`<li><button type="button" class="link" onClick=${() => setMost(most + 200)}>Show ${Math.min(200, all.length - most)} more</button></li>`}
    ${check.violations_in_all > all.length && html`<li class="says">${(check.violations_in_all - all.length).toLocaleString("en")} more are not listed in the result.</li>`}
  </ul>`;
}

function counted(check) {
  const facts = [];
  if (check.activations !== undefined) facts.push(`${check.activations.toLocaleString("en")} ${check.activations === 1 ? "time" : "times"} put to the test`);
  if (check.violations_in_all) facts.push(`${check.violations_in_all.toLocaleString("en")} broken`);
  if (check.pending) facts.push(`${check.pending.toLocaleString("en")} still open at the end`);
  if (check.margins?.count) facts.push(check.margins.least_ms < 0 ? `the worst ${duration(check.margins.least_ms)} late` : `the closest with ${duration(check.margins.least_ms)} to spare`);
  return facts.join(" · ");
}

const GRAVITY = ["error", "violated", "unsupported", "pending", "vacuous", "satisfied"];

export function Checks({ entry }) {
  const checks = [...(entry.checks ?? [])].sort((one, other) => GRAVITY.indexOf(one.outcome) - GRAVITY.indexOf(other.outcome));
  return html`<h2>Checks</h2>
    <ul class="checks">${checks.map((check) => html`<li key=${check.name} id=${`check-${check.name}`}>
      <${Verdict} of=${check.outcome} />
      <div>
        <h3>${spoken(check.name)}</h3>
        <p>${check.rule}</p>
        <p class="says">${counted(check)}${check.reason && !COUNT.test(check.reason) ? ` · ${check.reason}` : ""}</p>
        ${check.diagnosis?.why && html`<p class="says">${check.diagnosis.kind && check.diagnosis.kind !== "none" && `Pattern: ${check.diagnosis.kind}. `}${check.diagnosis.why}</p>`}
        <p><code class="place">${check.place}</code></p>
        ${check.violations?.length > 0 && html`<details open=${check.violations.length <= 3}><summary>${check.violations_in_all === 1 ? "The case" : `The ${check.violations_in_all.toLocaleString("en")} cases`}</summary><${Broken} entry=${entry} check=${check} /></details>`}
      </div>
    </li>`)}</ul>`;
}
