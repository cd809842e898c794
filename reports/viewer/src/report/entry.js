// The page of one variant: its verdict, why, the story of each customer, and the figures.

import { html } from "htm/preact";
import { JourneyGraph } from "../parts/graph.js";
import { Results } from "../parts/results.js";
import { Series } from "../parts/series.js";
import { Sla } from "../parts/sla.js";
import { Source } from "../parts/source.js";
import { day } from "../parts/words.js";
import { useEffect, useRef, useState } from "preact/hooks";
import { Copy, TabPanel, Tabs, Verdict } from "./bits.js";
import { CauseCard } from "./causes.js";
import { Checks } from "./checks.js";
import { causesOf, headlineOf, rerunOf, spoken } from "./model.js";
import { entryWord } from "./overview.js";
import { Raw } from "./raw.js";
import { follow, go, linkTo, route } from "./route.js";
import { Story } from "./story.js";

function Head({ entry, several, customer }) {
  const { sentence, tone } = headlineOf(entry);
  const numbers = `${entry.customers.toLocaleString("en")} ${entry.customers === 1 ? "customer" : "customers"}, ${entry.events.toLocaleString("en")} events`;
  return html`<div class="lead">
    ${several && html`<nav aria-label="Where you are"><a href=${linkTo({})} onClick=${follow({})}>← All rehearsals</a></nav>`}
    <p class="eyebrow">${entry.title}</p>
    <h1>${spoken(entry.variant)}</h1>
    <p class="says">${entry.says}</p>
    <div class=${`headline headline-${tone}`}>
      <${Verdict} of=${entry.outcome} word=${entryWord(entry.outcome)} odd=${!entry.as_expected} />
      <p>${sentence}</p>
      ${(entry.unexpected ?? []).map((each) => html`<p class="unexpected-why" key=${each}>Not as expected: ${each}</p>`)}
    </div>
    <dl class="facts">
      <div><dt>Played</dt><dd>${day(entry.virtual_start)} – ${day(entry.virtual_end)}</dd></div>
      <div><dt>With</dt><dd>${numbers}</dd></div>
      <div><dt>Automation</dt><dd>${entry.backend}${entry.definition ? `, ${entry.definition}` : ""}</dd></div>
      <div><dt>Seed</dt><dd>${entry.seed}</dd></div>
      <div class="wide"><dt>Run it again</dt><dd><${Copy} text=${rerunOf(entry, customer)} label="Copy the line that runs this again" /></dd></div>
    </dl>
  </div>`;
}

function Causes({ entry }) {
  const causes = causesOf(entry);
  if (!causes.length) return null;
  return html`<section aria-labelledby="causes"><h2 id="causes">${causes.length === 1 ? "Why" : "Why, gravest first"}</h2>
    <ul class="causes">${causes.map((cause) => html`<${CauseCard} key=${cause.cause} entry=${entry} cause=${cause} told=${causes.length === 1 ? headlineOf(entry).sentence : ""} />`)}</ul>
  </section>`;
}

const timed = (entry) => (entry.checks ?? []).filter((check) => check.curve || check.margins?.count > 0);

function Timing({ entry }) {
  return html`<h2>Timing</h2>
    <p class="intro">How much time each timed rule had to spare, or by how much it was missed.</p>
    ${timed(entry).map((check) => html`<section class="figure" key=${check.name} aria-label=${spoken(check.name)}>
      <${Verdict} of=${check.outcome} />
      <${Sla} entry=${entry} check=${check} />
    </section>`)}`;
}

// The line that a step of a journey was written in; it is looked at as soon as it is there.
function Step({ entry, place }) {
  const box = useRef(null);
  useEffect(() => {
    box.current?.focus({ preventScroll: true });
    box.current?.scrollIntoView({ block: "nearest" });
  }, [place]);
  return html`<section class="step-line" aria-labelledby="step-line" tabindex="-1" ref=${box}>
    <h3 id="step-line">The line of this step</h3>
    <${Source} entry=${entry} place=${place.line} />
  </section>`;
}

function Journeys({ entry }) {
  const [chosen, setChosen] = useState(entry.journeys[0]?.journey);
  const [place, setPlace] = useState(null);
  const choose = (id) => { setChosen(id); setPlace(null); };
  const journey = entry.journeys.find((each) => each.journey === chosen) ?? entry.journeys[0];
  return html`<h2>Journeys</h2>
    ${entry.journeys.length > 1 && html`<p><label class="field"><span>Journey</span><select value=${journey.journey} onChange=${(event) => choose(event.target.value)}>
      ${entry.journeys.map((each) => html`<option key=${each.journey} value=${each.journey}>${each.campaign ? `${spoken(each.campaign)}: ` : ""}${each.title}${each.entered === undefined ? "" : ` (${each.entered.toLocaleString("en")})`}</option>`)}
    </select></label></p>`}
    <${JourneyGraph} key=${journey.journey} entry=${entry} journey=${journey} onPlace=${(line) => setPlace({ line })} />
    ${place && html`<${Step} entry=${entry} place=${place} />`}`;
}

const TABS = {
  story: ["Story", ({ entry }) => html`<${Story} entry=${entry} />`, () => true],
  checks: ["Checks", ({ entry }) => html`<${Checks} entry=${entry} />`, () => true],
  timing: ["Timing", Timing, (entry) => timed(entry).length > 0],
  journeys: ["Journeys", Journeys, (entry) => entry.journeys?.length > 0],
  pressure: ["Pressure and consents", ({ entry }) => html`<h2>Pressure and consents</h2><${Series} entry=${entry} />`, (entry) => Object.keys(entry.series ?? {}).length > 0],
  results: ["Results", ({ entry }) => html`<h2>Results</h2><${Results} entry=${entry} />`, (entry) => Object.keys(entry.results ?? {}).length > 0],
  raw: ["Raw", Raw, () => true],
};

export function EntryPage({ result, entry, several }) {
  const { tab, customer } = route.value;
  const open = Object.entries(TABS).filter(([, [, , fits]]) => fits(entry));
  const current = open.some(([key]) => key === tab) ? tab : "story";
  const broken = (entry.checks ?? []).filter((check) => check.outcome === "violated").length;
  const Page = TABS[current][1];
  return html`
    <${Head} entry=${entry} several=${several} customer=${customer} />
    <${Causes} entry=${entry} />
    <${Tabs} id="entry" label="Parts of this report" current=${current} onPick=${(key) => go({ tab: key === "story" ? null : key })}
      tabs=${open.map(([key, [label]]) => ({ key, label, count: key === "checks" && broken ? `${broken} broken` : "" }))} />
    <${TabPanel} id="entry" current=${current}><${Page} entry=${entry} result=${result} /></${TabPanel}>`;
}
