// Text of any length and of any origin, as text alone.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { blocks } from "./message-model.js";
import { number } from "./words-text.js";

const SHOWN = 20_000;
const ALL = 5_000_000;

// Shows the beginning of a long text, and the rest when asked. Blocks keep a line of a megabyte from being laid out whole.
export function LongText({ text, lang, dir = "auto", kind = "" }) {
  const [all, setAll] = useState(false);
  const whole = String(text ?? "");
  const shown = whole.slice(0, all ? ALL : SHOWN);
  const left = whole.length - shown.length;
  return html`<div class=${`message-long ${kind}`} lang=${lang} dir=${dir}>
    ${blocks(shown).map((block, place) => html`<div key=${place} class="message-block" dir=${dir}>${block.replace(/\n$/, "")}</div>`)}
    ${left > 0 && html`<p class="message-more" dir="ltr" lang="en">
      ${all ? `${number(left)} more characters are left out.` : html`<button type="button" class="message-button" onClick=${() => setAll(true)}>Show all ${number(whole.length)} characters</button>`}
    </p>`}
  </div>`;
}
