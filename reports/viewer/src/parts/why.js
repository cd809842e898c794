// Why something happened: the chain of causes back to the fact that began it, who knew what when, and what did not
// happen, with its reason.

import "./why.css";
import { html } from "htm/preact";
import { beganBy, chainBack, faultsAround, knowledgeOf, missedOf, stretchOf } from "./why-model.js";
import { says, system, when } from "./words.js";

const NEAR = 6;
const MOST = 2;

function Link({ id, onSelect, children }) {
  if (!id || !onSelect) return html`<span>${children}</span>`;
  return html`<button type="button" class="why-link" onClick=${() => onSelect(id)}>${children}</button>`;
}

function Chain({ entry, exhibit, event, onSelect }) {
  const chain = chainBack(exhibit, event);
  const began = beganBy(entry, chain[0]);
  if (chain.length < 2) {
    return html`<p class="why-alone">${began || (event.cause ? "What led to it lies outside this story." : "Nothing in this story led to it: it began here.")}</p>`;
  }
  return html`${began && html`<p class="why-alone">${began}</p>`}<ol class="why-chain">
    ${chain.map((step, place) => html`<li key=${step.id} aria-current=${step.id === event.id ? "step" : undefined}>
      <span class="why-when">${when(step.time)}</span>
      <${Link} id=${step.id === event.id ? null : step.id} onSelect=${onSelect}>${says(step, exhibit, entry)}</${Link}>
      ${place < chain.length - 1 && html`<span class="why-therefore">and so</span>`}
    </li>`)}
  </ol>`;
}

function Knowledge({ entry, violation, check, sentence }) {
  const steps = knowledgeOf(entry, violation);
  return html`<li class="why-broken">
    <p class="why-sentence">${sentence}</p>
    <p class="why-rule">The rule: ${check.rule}</p>
    ${steps.length > 0 && html`<dl class="why-knowledge">${steps.map(([term, words, tone]) => html`<div key=${term}><dt>${term}</dt><dd class=${tone ? `tone-${tone}` : ""}>${words}</dd></div>`)}</dl>`}
    ${(violation.expected ?? violation.found) !== null && violation.found !== undefined && html`<dl class="why-knowledge"><div><dt>Should be</dt><dd>${violation.expected}</dd></div><div><dt>Was</dt><dd class="tone-bad">${violation.found}</dd></div></dl>`}
  </li>`;
}

function Missed({ items, onSelect }) {
  return html`<ul class="why-missed">${items.map((item) => html`<li key=${item.event}>
    <span class="why-when">${when(item.time)}</span>
    <${Link} id=${item.event} onSelect=${onSelect}>${item.subject ? html`<em>${item.subject}</em> ` : ""}${item.sentence}</${Link}>
    ${item.line && html`<code class="why-line">${item.line}</code>`}
  </li>`)}</ul>`;
}

// The plain words for a violation where the report has them, else its own.
function sentenceOf(entry, exhibit, check, violation, index) {
  const cause = entry.causes?.find(({ first, sentence }) => first?.check === check.name && first.violation === index && sentence.includes(exhibit.name));
  return cause?.sentence ?? violation.sentence;
}

function Broken({ entry, exhibit, broken }) {
  const item = ({ check, violation, index }) => html`<${Knowledge} key=${check.name + index} entry=${entry} violation=${violation} check=${check} sentence=${sentenceOf(entry, exhibit, check, violation, index)} />`;
  const rest = broken.slice(MOST);
  return html`<ul class="why-list">${broken.slice(0, MOST).map(item)}</ul>
    ${rest.length > 0 && html`<details class="why-rest"><summary>${rest.length} more ${rest.length === 1 ? "rule" : "rules"} broken by it</summary><ul class="why-list">${rest.map(item)}</ul></details>`}`;
}

// `event` is an event or its id; `onSelect(id)` makes the steps of the chain clickable.
export function Why({ entry, exhibit, event: asked, onSelect }) {
  const event = typeof asked === "string" ? exhibit.events.find((each) => each.id === asked) : asked;
  if (!event) return html`<p class="why-alone">Choose something on the time line, and here stands why it happened.</p>`;
  const { about, others } = missedOf(exhibit, event, NEAR);
  const broken = brokenBy(entry, exhibit, event);
  const stretch = stretchOf(event, broken);
  const faults = faultsAround(entry, stretch.from, stretch.to);
  return html`<div class="why"><div class="why-columns">
    <div>
      <h4>How it came to this</h4>
      <${Chain} entry=${entry} exhibit=${exhibit} event=${event} onSelect=${onSelect} />
      ${event.system && html`<p class="why-where">${event.name === "Fact Arrived" ? "Heard by" : "Recorded in"} ${system(event.system, entry)}.</p>`}
      ${about.length > 0 && html`<h4>Why it was not sent</h4><${Missed} items=${about} onSelect=${null} />`}
      ${faults.length > 0 && html`<h4>What was out of order then</h4><ul class="why-faults">${faults.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul>`}
    </div>
    ${broken.length > 0 && html`<div><h4>What is wrong with it</h4><${Broken} entry=${entry} exhibit=${exhibit} broken=${broken} /></div>`}
    ${others.length > 0 && html`<div><h4>What did not come, around that time</h4><${Missed} items=${others} onSelect=${onSelect} /></div>`}
  </div></div>`;
}

// What stands for a cause comes first, in the order of the causes.
function weightOf(entry, check, index) {
  const place = (entry.causes ?? []).findIndex(({ first }) => first?.check === check.name && first.violation === index);
  return place < 0 ? 1000 : place;
}

function brokenBy(entry, exhibit, event) {
  const found = [];
  for (const check of entry.checks ?? []) {
    (check.violations ?? []).forEach((violation, index) => {
      if (violation.customer !== exhibit.customer) return;
      const acted = violation.activation === event.id;
      if (acted || (violation.witnesses ?? []).includes(event.id)) found.push({ check, violation, index, weight: weightOf(entry, check, index) + (acted ? 0 : 0.5) });
    });
  }
  return found.sort((one, other) => one.weight - other.weight);
}
