// The line of the document that said so, with a few lines around it.

import "./source.css";
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { excerpt, splitPlace } from "./source-model.js";

function CopyPlace({ place }) {
  const [told, setTold] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(place);
      setTold("Copied");
    } catch {
      setTold("The browser does not let this page copy");
    }
  };
  return html`<button type="button" class="source-copy" onClick=${copy} aria-label=${`Copy ${place}`}>Copy</button><span role="status" class="source-told">${told}</span>`;
}

// `place` is "file:line". Without the text of the file only the place is told.
export function Source({ entry, place }) {
  if (!place) return html`<p class="source-none">No line of a document said this: it came from the world, not from a journey or a rule.</p>`;
  const { file, line } = splitPlace(place);
  const lines = excerpt(entry.sources?.[file], line);
  return html`<figure class="source">
    <figcaption><code>${file}<wbr />:${line}</code><${CopyPlace} place=${place} /></figcaption>
    ${lines.length === 0
      ? html`<p class="source-none">The text of this document is not in the result.</p>`
      : html`<pre tabindex="0" aria-label=${`${file}, around line ${line}`}>${lines.map(([number, text]) => html`<span key=${number} class=${number === line ? "source-here" : ""} aria-current=${number === line ? "true" : undefined}><i aria-hidden="true">${number}</i>${text}${"\n"}</span>`)}</pre>`}
  </figure>`;
}
