// Small things that several pages of the report use.

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { windowed } from "../parts/table-model.js";
import { outcome } from "../parts/words.js";

// A verdict as a mark and a word; `odd` adds that it was not what was expected.
export function Verdict({ of, odd = false, word }) {
  const { mark, word: usual, tone } = outcome(of);
  return html`<span class=${`verdict tone-${tone}`}><span class="verdict-mark" aria-hidden="true">${mark}</span>${word ?? usual}${odd && html`<span class="odd">not as expected</span>`}</span>`;
}

// A line to copy, with a button; where the clipboard is closed, the text is marked instead.
export function Copy({ text, label }) {
  const [told, setTold] = useState("");
  const line = useRef(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold("Copied");
    } catch {
      getSelection().selectAllChildren(line.current);
      setTold("Marked: press Ctrl C");
    }
    setTimeout(() => setTold(""), 2500);
  };
  return html`<span class="copy"><code ref=${line}>${text}</code><button type="button" onClick=${copy} aria-label=${label}>Copy</button><span role="status" class="copy-told">${told}</span></span>`;
}

// Tabs after the pattern of the ARIA guide: arrows move, Home and End jump.
export function Tabs({ label, tabs, current, onPick, id }) {
  const row = useRef(null);
  const at = Math.max(0, tabs.findIndex((tab) => tab.key === current));
  // On a narrow screen the row scrolls; the tab that is open stays in view.
  useEffect(() => {
    const [box, tab] = [row.current, row.current?.querySelector("[aria-selected=true]")];
    if (tab) box.scrollLeft = Math.min(Math.max(box.scrollLeft, tab.offsetLeft + tab.offsetWidth - box.offsetLeft - box.clientWidth), tab.offsetLeft - box.offsetLeft);
  }, [at]);
  const move = (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    onPick(tabs[next].key);
    row.current.querySelectorAll("[role=tab]")[next].focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} ref=${row} onKeyDown=${move}>
    ${tabs.map((tab, place) => html`<button type="button" role="tab" key=${tab.key} id=${`${id}-tab-${tab.key}`} aria-selected=${place === at} aria-controls=${`${id}-panel`} tabindex=${place === at ? 0 : -1} onClick=${() => onPick(tab.key)}>
      ${tab.label}${tab.count ? html` <span class="tab-count">${tab.count}</span>` : ""}
    </button>`)}
  </div>`;
}

export function TabPanel({ id, current, children }) {
  return html`<div class="tab-panel" role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-tab-${current}`} tabindex="-1">${children}</div>`;
}

// A long list of rows of one height: only those in sight are in the page.
export function LongList({ items, height, most, label, row }) {
  const [top, setTop] = useState(0);
  const shown = Math.min(most, items.length * height);
  const { first, last, above, below } = windowed(items.length, height, top, shown, 6);
  return html`<div class="long-list" style=${{ maxHeight: `${most}px` }} onScroll=${(event) => setTop(event.currentTarget.scrollTop)} tabindex="0" role="region" aria-label=${label}>
    <ul style=${{ paddingTop: `${Math.max(above, 0)}px`, paddingBottom: `${Math.max(below, 0)}px` }}>
      ${items.slice(first, last).map((item, place) => html`<li key=${first + place} style=${{ height: `${height}px` }} aria-setsize=${items.length} aria-posinset=${first + place + 1}>${row(item)}</li>`)}
    </ul>
  </div>`;
}

const NEXT = { "": "light", light: "dark", dark: "" };
const WORDS = { "": "as the system", light: "light", dark: "dark" };

export function Theme() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  const turn = () => {
    const next = NEXT[theme];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    setTheme(next);
  };
  return html`<button type="button" class="theme" onClick=${turn} aria-label=${`Colours: ${WORDS[theme]}. Change.`}>◐ <span>${WORDS[theme]}</span></button>`;
}
