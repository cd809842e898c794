// The studio: what would this person receive, when, and why not the other mail? One screen, answered by a server on the
// same machine. Nothing is ever sent.

import { effect } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Lanes } from "./parts/lanes.js";
import { connect } from "./studio/api.js";
import { Pane, Skeleton, Trouble } from "./studio/bits.js";
import { Compare } from "./studio/compare.js";
import { KeysDialog, SaveDialog } from "./studio/dialogs.js";
import { fromHash, toHash } from "./studio/link.js";
import { InboxPane, MessagePane, WhyPane } from "./studio/now.js";
import { given, progressOf } from "./studio/phrases.js";
import { cleaned, tokenFrom } from "./studio/session.js";
import { createStudio } from "./studio/state.js";
import { useSteps, When } from "./studio/when.js";
import { WhatIf } from "./studio/whatif.js";
import { Who } from "./studio/who.js";
import "./studio/studio.css";

const TONES = { good: ["✓", "It went well"], bad: ["✕", "It went wrong"], unclear: ["?", "Not clear"] };
const LETTERS = "journeyproof-letters";

function linkOf(studio) {
  const wish = studio.wish.value;
  if (!wish) return "";
  return toHash({ wish, at: studio.answer.value ? studio.at.value : null, event: studio.chosen.value, a: studio.a.value });
}

// The address follows what is on the screen, a little behind, because browsers do not like it changed at every step.
function useAddress(studio) {
  useEffect(() => {
    let timer = 0;
    let last = "";
    const stop = effect(() => {
      const hash = linkOf(studio);
      clearTimeout(timer);
      timer = setTimeout(() => {
        last = hash;
        if (hash) history.replaceState(null, "", `${location.pathname}${location.search}#${hash}`);
      }, 300);
    });
    const arrive = () => {
      const hash = location.hash.slice(1);
      if (hash && hash !== last) studio.begin(fromHash(hash));
    };
    addEventListener("hashchange", arrive);
    return () => { stop(); clearTimeout(timer); removeEventListener("hashchange", arrive); };
  }, []);
}

function Status({ studio }) {
  const busy = studio.busy.value;
  const [done, all] = busy?.progress ?? [];
  if (all) {
    return html`<div class="st-status"><progress value=${done} max=${all} aria-label="Playing the story"></progress>
      <span>${progressOf(busy)}</span></div>`;
  }
  return html`<p class=${`st-status ${busy ? "st-working" : ""}`} role="status">${busy ? "Playing the story…" : studio.said.value}</p>`;
}

function Verdict({ studio }) {
  const headline = studio.entry.value?.headline;
  if (!studio.entry.value) return html`<div class="st-verdict"><${Skeleton} lines=${2} label="Playing the story" /></div>`;
  const [mark, word] = TONES[headline?.tone] ?? TONES.unclear;
  return html`<section class=${`st-verdict st-${headline?.tone ?? "unclear"}`} aria-label="What came of it">
    <p class="st-verdict-word"><span aria-hidden="true">${mark}</span> ${word}</p>
    <p class="st-verdict-says">${headline?.sentence ?? studio.entry.value.says}</p>
  </section>`;
}

function LanesPane({ studio }) {
  const [entry, exhibit] = [studio.entry.value, studio.exhibit.value];
  const select = (event) => {
    const found = studio.list.value.find((item) => item.event === event);
    const at = found?.at ?? Date.parse(exhibit.events.find((one) => one.id === event)?.time ?? "");
    if (Number.isFinite(at)) studio.moveTo(at, event);
    else studio.select(event);
  };
  const whose = exhibit ? `${given(exhibit.name)}’s story, lane by lane` : "The story, lane by lane";
  return html`<${Pane} id="lanes" title=${studio.a.value ? `B: ${whose}` : whose} className="st-lanes">
    ${exhibit ? html`<${Lanes} entry=${entry} exhibit=${exhibit} at=${studio.rest.value.at} range=${{ from: studio.range.value[0], to: studio.range.value[1] }}
      onRange=${({ from, to }) => studio.zoomTo([from, to])}
      selected=${studio.shown.value} onSelect=${select} />` : html`<${Skeleton} lines=${6} />`}
  </${Pane}>`;
}

// A change that cannot be is taken back; whatever else went wrong is tried again.
function wayOn(studio) {
  const { where } = studio.trouble.value;
  return where ? { onRetry: () => studio.undo(where), label: "Undo this change" } : { onRetry: studio.retry };
}

function Present({ studio }) {
  const [entry, exhibit, list] = [studio.entry.value, studio.exhibit.value, studio.list.value];
  const told = { entry, exhibit, list, event: studio.shown.value };
  return html`<div class="st-present">
    <${InboxPane} studio=${studio} entry=${entry} exhibit=${exhibit} selected=${studio.selected} onSelect=${studio.select} />
    <${MessagePane} ...${told} />
    <${WhyPane} ...${told} onSelect=${studio.select} />
  </div>`;
}

function Top({ studio, tell, onSave, onKeys }) {
  const ready = Boolean(studio.answer.value);
  const [sharing, setSharing] = useState(false);
  const [open, setOpen] = useState(false);
  const comparing = Boolean(studio.a.value);
  const compare = () => (comparing ? studio.stopComparing() : studio.compareWith({ kind: "as-is" }));
  const share = async () => {
    setSharing(true);
    tell(await download(studio).catch((error) => error.message));
    setSharing(false);
  };
  return html`<header class="st-top">
    <a class="st-skip" href="#when" onClick=${(event) => { event.preventDefault(); document.querySelector(".when-range")?.focus(); }}>Skip to the clock</a>
    <p class="st-brand">journeyproof <span>studio</span></p>
    <p class="st-banner" role="note"><span aria-hidden="true">●</span> Simulated people. Nothing is sent.</p>
    <button type="button" class="st-button st-more" aria-expanded=${open} aria-controls="tools" aria-label="Save, share, compare" onClick=${() => setOpen(!open)}>${open ? "▴" : "☰"}</button>
    <div id="tools" class=${`st-tools ${open ? "st-tools-open" : ""}`} role="group" aria-label="What to do with this">
      <button type="button" class="st-button" aria-pressed=${comparing} disabled=${!ready} onClick=${compare}>Compare A | B</button>
      <button type="button" class="st-button" disabled=${!ready} onClick=${onSave}>Save as test…</button>
      <button type="button" class="st-button" disabled=${!ready || sharing} onClick=${share}>${sharing ? "Making the page…" : "Share as HTML"}</button>
      <button type="button" class="st-button" disabled=${!ready} onClick=${() => copy(cleanLink(studio)).then((went) => tell(went ? "Link copied. It opens this view while the studio is running." : "This browser does not let a page copy; the link is in the address bar."))}>Copy link</button>
      <button type="button" class="st-button" onClick=${onKeys}>Keys</button>
    </div>
  </header>`;
}

const cleanLink = (studio) => `${location.origin}${cleaned(location.href).split("#")[0]}#${linkOf(studio)}`;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

async function download(studio) {
  const wish = studio.wish.value;
  const { blob, name } = await studio.api.share(studio.a.value ? { a: studio.wishA(), b: wish } : { wish });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return `Saved as ${name}. It opens in any browser, without the studio.`;
}

function useLetters() {
  const [letters, setLetters] = useState(() => localStorage.getItem(LETTERS) !== "off");
  const choose = (on) => {
    localStorage.setItem(LETTERS, on ? "on" : "off");
    setLetters(on);
  };
  return [letters, choose];
}

function Toast({ toast }) {
  return html`<div class=${`st-toast ${toast ? "st-toast-on" : ""}`} role="status">${toast}</div>`;
}

// A page that was opened without its key asks nobody anything; it says which address has one.
const Closed = () => html`<main class="opener"><h1>journeyproof studio</h1>
  <p role="alert">Open the address that the studio printed in the terminal.</p></main>`;

export function Studio({ config }) {
  const token = useMemo(() => {
    const found = tokenFrom(config, location.href, sessionStorage);
    history.replaceState(null, "", cleaned(location.href));
    return found;
  }, []);
  return token ? html`<${Rooms} token=${token} />` : html`<${Closed} />`;
}

function Rooms({ token }) {
  const studio = useMemo(() => createStudio(connect(token)), []);
  const [asked, setAsked] = useState(0);
  const [dialog, setDialog] = useState(null);
  const [toast, setToast] = useState("");
  const [letters, setLetters] = useLetters();
  useEffect(() => { studio.begin(fromHash(location.hash)); }, []);
  useAddress(studio);
  useSteps(studio, letters && !dialog);
  useEffect(() => {
    const timer = setTimeout(() => setToast(""), 6000);
    return () => clearTimeout(timer);
  }, [toast]);
  const { trouble, a, busy, answer } = studio;
  // Of a story that cannot be played there is nothing to wait for: another one is chosen at the side.
  const stuck = trouble.value && !busy.value && !answer.value;
  const close = () => setDialog(null);
  const tellCopied = (text) => copy(text).then((went) => setToast(went ? "Copied." : "This browser does not let a page copy."));
  return html`<div class="st">
    <${Top} studio=${studio} tell=${setToast} onSave=${() => setDialog("save")} onKeys=${() => setDialog("keys")} />
    <div class="st-body">
      <aside class="st-side" aria-label="Who and what if">
        <${Who} studio=${studio} onEdit=${() => setAsked(asked + 1)} />
        <${WhatIf} studio=${studio} asked=${asked} />
      </aside>
      <main class="st-main" aria-busy=${Boolean(busy.value)}>
        <h1 class="st-hidden">What would this person receive, when, and why?</h1>
        ${!stuck && html`<div class="st-told"><${Verdict} studio=${studio} /><${Status} studio=${studio} /></div>`}
        ${trouble.value && html`<${Trouble} trouble=${trouble.value} ...${wayOn(studio)} />`}
        ${answer.value && html`<${When} studio=${studio} />`}
        ${!stuck && (a.value ? html`<${Compare} studio=${studio} />` : html`<${Present} studio=${studio} />`)}
        ${!stuck && html`<${LanesPane} studio=${studio} />`}
      </main>
    </div>
    <${SaveDialog} studio=${studio} open=${dialog === "save"} onClose=${close} onCopy=${tellCopied} />
    <${KeysDialog} open=${dialog === "keys"} onClose=${close} letters=${letters} onLetters=${setLetters} />
    <${Toast} toast=${toast} />
  </div>`;
}
