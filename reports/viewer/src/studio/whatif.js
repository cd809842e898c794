// What if: everything that can be changed in the story, found by looking or by searching. Each change is applied at once.

import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Pane, Skeleton } from "./bits.js";
import { Control } from "./control.js";
import { capital, grouped, plural, telling } from "./phrases.js";
import "./whatif.css";

export function Chips({ studio }) {
  const chips = studio.chips.value;
  return html`<div class="whatif-chips" role="group" aria-label="Your changes">
    ${!chips.length && html`<p class="whatif-chips-none">Nothing is changed: this is the story as it is.</p>`}
    <ul>${chips.map((chip) => html`<li key=${chip.key} class="whatif-chip"><span>${chip.sentence}</span>
      <button type="button" class="st-link" aria-label=${`Undo: ${chip.sentence}`} onClick=${() => studio.undoPlace(chip.place)}>undo</button></li>`)}</ul>
    ${chips.length > 1 && html`<button type="button" class="st-button" onClick=${studio.reset}>Reset all</button>`}
  </div>`;
}

// Seldom wanted controls wait behind a button, unless they were changed or asked for.
function Group({ studio, group, open, onToggle, trouble, everything }) {
  const [all, setAll] = useState(everything);
  useEffect(() => setAll(everything), [everything]);
  const wanted = (control) => !control.more || control.changed || trouble?.where === control.control;
  const some = group.controls.some(wanted);
  const seen = all || !some ? group.controls : group.controls.filter(wanted);
  const more = group.controls.length - group.controls.filter(wanted).length;
  const changed = group.controls.filter((control) => control.changed || control.parts.some((part) => part.changed)).length;
  return html`<details class="whatif-group" id=${`group-${group.group}`} open=${open} onToggle=${(event) => onToggle(event.currentTarget.open)}>
    <summary><span>${group.label}</span> <small>${changed ? `${changed} changed` : group.controls.length}</small></summary>
    ${open && html`<div class="whatif-group-body">
      ${seen.map((control) => html`<${Control} key=${control.control} studio=${studio} place=${group.group} control=${control} trouble=${trouble} />`)}
      ${some && more > 0 && !everything && html`<button type="button" class="st-link whatif-group-more" aria-expanded=${all} onClick=${() => setAll(!all)}>
        ${all ? "Show fewer" : `Show ${more} more`}</button>`}
    </div>`}
  </details>`;
}

function First({ studio, trouble }) {
  const first = telling(studio.controls.value);
  if (!first.length) return null;
  return html`<div class="whatif-group whatif-group-first"><h3>Try first</h3><div class="whatif-group-body">
    ${first.map((control) => html`<${Control} key=${control.control} studio=${studio} place="first" control=${{ ...control, short: capital(control.label), parts: [] }} trouble=${trouble} />`)}
  </div></div>`;
}

function Groups({ studio, opened, setOpened }) {
  const [search, setSearch] = useState("");
  const trouble = studio.trouble.value;
  const groups = grouped(studio.controls.value, search, studio.person.value?.name ?? "The person");
  const isOpen = (group) => Boolean(search.trim()) || opened.has(group.group) || group.controls.some((control) => control.control === trouble?.where);
  const toggle = (name) => (open) => {
    const next = new Set(opened);
    if (open) next.add(name);
    else next.delete(name);
    if (!search.trim()) setOpened(next);
  };
  return html`<label class="st-field whatif-search"><span class="st-hidden">Find something to change</span>
      <input type="search" placeholder="Find: city, quiet hours…" value=${search} onInput=${(event) => setSearch(event.currentTarget.value)} /></label>
    ${!search.trim() && html`<${First} studio=${studio} trouble=${trouble} />`}
    ${groups.map((group) => html`<${Group} key=${group.group} studio=${studio} group=${group} open=${isOpen(group)} onToggle=${toggle(group.group)} everything=${Boolean(search.trim())} trouble=${trouble} />`)}
    ${!groups.length && html`<p class="who-more">${search ? "Nothing here is called that." : "Nothing can be changed in this story."}</p>`}`;
}

// Wide screens show it; on a phone it is one line until it is wanted. `asked` is counted up by "edit".
export function WhatIf({ studio, asked }) {
  const [wide, setWide] = useState(() => matchMedia("(min-width: 60rem)").matches);
  const [opened, setOpened] = useState(new Set());
  const scenario = studio.scenario.value;
  useEffect(() => {
    if (!asked) return;
    setWide(true);
    setOpened(new Set([...opened, "person"]));
    requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector("#group-person summary")?.focus()));
  }, [asked]);
  const count = studio.chips.value.length;
  const toggle = html`<button type="button" class="st-button whatif-toggle" aria-expanded=${wide} aria-controls="whatif-body" onClick=${() => setWide(!wide)}>
    ${wide ? "Hide" : "Show"}${count ? ` (${plural(count, "change")})` : ""}</button>`;
  return html`<${Pane} id="whatif" title="What if…" className="whatif" actions=${toggle}>
    <div id="whatif-body" hidden=${!wide}>
      ${scenario ? html`<${Chips} studio=${studio} /><${Groups} studio=${studio} opened=${opened} setOpened=${setOpened} />` : !studio.trouble.value && html`<${Skeleton} lines=${6} />`}
    </div>
  </${Pane}>`;
}
