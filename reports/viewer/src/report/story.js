// One customer's story: who it is, the lanes, and what is known of the event that was chosen.

import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { decisiveFlag, firstRange, prepare } from "../parts/lanes-layout.js";
import { Lanes } from "../parts/lanes.js";
import { causesOf, exhibitOf, whyShown } from "./model.js";
import { Customers } from "./customers.js";
import { Detail } from "./detail.js";
import { go, route } from "./route.js";

function chosen(entry, asked) {
  const wanted = exhibitOf(entry, asked);
  if (wanted) return wanted;
  for (const cause of causesOf(entry)) {
    const found = exhibitOf(entry, cause.first?.customer);
    if (found) return found;
  }
  return entry.exhibits?.[0] ?? null;
}

function Who({ entry, exhibit }) {
  return html`<header class="who">
    <h3>${exhibit.name || exhibit.customer}</h3>
    <p class="says">${whyShown(exhibit) && `Why shown: ${whyShown(exhibit)}. `}Times are ${exhibit.zone}.</p>
    ${exhibit.traits?.length > 0 && html`<dl class="traits">${exhibit.traits.map((trait) => html`<div key=${trait.trait}><dt>${trait.label}</dt><dd>${trait.value}</dd></div>`)}</dl>`}
  </header>`;
}

export function Story({ entry }) {
  const { customer, event, range, panel } = route.value;
  const exhibit = useMemo(() => chosen(entry, customer), [entry, customer]);
  if (!exhibit) return html`<h2>Story</h2><p class="nothing">No story of a single customer is in this result.</p>`;
  const story = prepare(entry, exhibit);
  const decisive = decisiveFlag(story);
  const flag = (event && story.flags.find((each) => each.event === event)) || decisive;
  const selected = event && story.index.has(event) ? event : (decisive?.event ?? null);
  const at = { customer: exhibit.customer, variant: `${entry.name}/${entry.variant}` };
  const select = (id, picked) => go({ ...at, event: id, range: picked ? firstRange(story, picked) : (range ?? null), panel: panel ?? null });
  const several = entry.exhibits.length > 1;
  const around = event && flag?.event === event ? firstRange(story, flag) : null;
  return html`<h2 class=${several ? "" : "hidden"}>Story</h2>
    <div class=${several ? "story story-several" : "story"}>
    ${several && html`<${Customers} entry=${entry} current=${exhibit.customer} onPick=${(id) => go({ ...at, customer: id, event: null, range: null })} />`}
    <div class="story-main">
      <${Who} entry=${entry} exhibit=${exhibit} />
      <${Lanes} key=${exhibit.customer} entry=${entry} exhibit=${exhibit} range=${range ?? around} onRange=${(next) => go({ ...at, event: event ?? null, range: next }, { replace: true })} selected=${selected} onSelect=${select} />
      <${Detail} entry=${entry} exhibit=${exhibit} event=${selected ? story.events[story.index.get(selected)] : null} panel=${panel} onSelect=${select} />
    </div>
  </div>`;
}
