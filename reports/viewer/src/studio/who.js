// Who: which story, in which variant, seen by which person.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Pane, Skeleton } from "./bits.js";
import { given, initials, plural, storyGroups, variantGroups, variantName } from "./phrases.js";
import "./who.css";

const FEW = 7;

function Story({ studio }) {
  const families = studio.catalogue.value.families;
  const { target, variant } = studio.wish.value;
  const story = families.find((one) => one.target === target);
  const told = story?.variants.find((one) => one.variant === variant);
  const groups = storyGroups(families);
  const variants = variantGroups(story?.variants ?? []);
  return html`
    <div class="st-field"><label for="who-story">Story</label>
      <select id="who-story" title=${story?.title} value=${target} onChange=${(event) => studio.chooseStory(event.currentTarget.value)}>
        ${groups.map((group) => html`<optgroup key=${group.label} label=${group.label}>
          ${group.stories.map((one) => html`<option key=${one.target} value=${one.target} selected=${one.target === target}>${one.title}</option>`)}
        </optgroup>`)}
      </select></div>
    <div class="st-field"><label for="who-variant">How it goes</label>
      <select id="who-variant" title=${variantName(variant, story?.variants.indexOf(told) ?? -1)} value=${variant} aria-describedby="who-says" onChange=${(event) => studio.chooseVariant(event.currentTarget.value)}>
        ${variants.map((group) => html`<optgroup key=${group.label} label=${group.label}>
          ${group.variants.map((one) => html`<option key=${one.variant} value=${one.variant} selected=${one.variant === variant}>
            ${variantName(one.variant, story.variants.indexOf(one))}</option>`)}
        </optgroup>`)}
      </select></div>
    <p class="who-says" id="who-says">${told?.says}</p>`;
}

// While two stories are compared, only whoever is in both can be chosen.
function Persona({ one, chosen, absent, onChoose }) {
  return html`<label class=${`who-person ${absent ? "who-absent" : ""}`}>
    <input type="radio" name="persona" value=${one.customer} checked=${chosen} disabled=${absent} onChange=${() => onChoose(one.customer)} />
    <span class="who-face" aria-hidden="true">${initials(one.name)}</span>
    <span class="who-name"><bdi>${one.name}</bdi>${(absent || one.note) && html`<small>${absent ? "not part of A" : one.note}</small>`}</span>
  </label>`;
}

function People({ studio }) {
  const [search, setSearch] = useState("");
  const people = studio.scenario.value.people;
  const customer = studio.wish.value.customer;
  const there = studio.peopleA.value;
  const wanted = search.trim().toLowerCase();
  const found = people.filter((one) => `${one.name} ${one.note ?? ""}`.toLowerCase().includes(wanted));
  const first = found.slice(0, FEW);
  const chosen = people.find((one) => one.customer === customer);
  // Whoever is chosen stays in view, however far down the list.
  const seen = chosen && !first.includes(chosen) && !wanted ? [chosen, ...first.slice(0, FEW - 1)] : first;
  return html`<fieldset class="who-people">
    <legend>Seen by</legend>
    ${people.length > FEW && html`<label class="st-field"><span class="st-hidden">Find a person</span>
      <input type="search" placeholder=${`Find one of ${plural(people.length, "person", "people")}`} value=${search} onInput=${(event) => setSearch(event.currentTarget.value)} /></label>`}
    ${seen.map((one) => html`<${Persona} key=${one.customer} one=${one} chosen=${one.customer === customer} absent=${Boolean(there && !there.has(one.customer))} onChoose=${studio.choosePerson} />`)}
    ${found.length > seen.length && html`<p class="who-more">and ${plural(found.length - seen.length, "other")}</p>`}
    ${!found.length && html`<p class="who-more">Nobody is called that.</p>`}
  </fieldset>`;
}

// The traits of a person are controls like the others; "edit" goes to them.
function Edit({ studio, onEdit }) {
  const person = studio.person.value;
  const traits = studio.scenario.value.controls.filter((control) => control.group === "person").length;
  if (!person || !traits) return null;
  return html`<button type="button" class="st-button who-edit" onClick=${onEdit}>Edit ${given(person.name)}…</button>`;
}

// On a phone it is one line, until one wants another story or another person.
export function Who({ studio, onEdit }) {
  const [open, setOpen] = useState(() => matchMedia("(min-width: 60rem)").matches);
  const ready = studio.catalogue.value && studio.wish.value;
  const story = ready && studio.catalogue.value.families.find((one) => one.target === studio.wish.value.target);
  const toggle = html`<button type="button" class="st-button who-toggle" aria-expanded=${open} aria-controls="who-body" onClick=${() => setOpen(!open)}>${open ? "Hide" : "Change"}</button>`;
  return html`<${Pane} id="who" title="Who" className="who" actions=${toggle} note=${open ? null : [studio.person.value?.name, story?.title].filter(Boolean).join(" · ")}>
    <div id="who-body" class="who-body" hidden=${!open}>
      ${ready ? html`<${Story} studio=${studio} />` : html`<${Skeleton} lines=${4} label="Loading the stories" />`}
      ${studio.catalogue.value?.broken?.length > 0 && html`<details class="who-broken"><summary>${plural(studio.catalogue.value.broken.length, "file")} cannot be read</summary>
        <ul>${studio.catalogue.value.broken.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul></details>`}
      ${studio.scenario.value ? html`<${People} studio=${studio} /><${Edit} studio=${studio} onEdit=${onEdit} />`
        : !studio.trouble.value && html`<${Skeleton} lines=${3} label="Loading the people" />`}
    </div>
  </${Pane}>`;
}
