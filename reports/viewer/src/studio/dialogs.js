// The dialogs: saving what one sees as a test, and what the keys do.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Dialog } from "./bits.js";
import { plural, slug } from "./phrases.js";

function suggestion(studio) {
  const { variant, edits, customer } = studio.wish.value;
  return slug([variant, edits.length ? "what-if" : customer].filter(Boolean).join(" "));
}

function Saved({ saved, onCopy }) {
  return html`<div role="status">
    <p>${saved.as_expected ? "Saved. It ends as it ends here, so it is green, and will turn red when that changes." : "Saved. It does not end as its story says, so it is red until that is mended."}</p>
    <dl class="st-facts"><dt>File</dt><dd><code>${saved.file}</code></dd><dt>To run it</dt><dd><code>${saved.run}</code></dd></dl>
    <button type="button" class="st-button" onClick=${() => onCopy(saved.run)}>Copy the command</button>
  </div>`;
}

function SaveForm({ studio, onCopy }) {
  const [name, setName] = useState(() => suggestion(studio));
  const [saved, setSaved] = useState(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    const clean = slug(name);
    if (!clean) return setProblem("A test needs a name with a letter or a digit in it.");
    setBusy(true);
    setProblem("");
    try {
      setSaved(await studio.api.save(studio.wish.value, clean));
    } catch (error) {
      setProblem(error.message);
    }
    return setBusy(false);
  };
  if (saved) return html`<${Saved} saved=${saved} onCopy=${onCopy} />`;
  const count = studio.wish.value.edits.length;
  return html`<form onSubmit=${save}>
    <p>The story as you see it${count ? `, with your ${plural(count, "change")},` : ""} is written to a file. From then on it is a test that anybody can run.</p>
    <label class="st-field"><span>Name</span>
      <input type="text" required autocomplete="off" spellcheck="false" maxlength="60" value=${name} aria-describedby="save-note" aria-invalid=${problem ? "true" : undefined} onInput=${(event) => setName(event.currentTarget.value)} /></label>
    <p class="st-quiet" id="save-note">${slug(name) ? html`It will be called <code>${slug(name)}</code>.` : "Letters, digits and dashes."}</p>
    ${problem && html`<p class="whatif-control-trouble" role="alert">${problem}</p>`}
    <button type="submit" class="st-button st-strong" disabled=${busy}>${busy ? "Saving…" : "Save"}</button>
  </form>`;
}

export function SaveDialog({ studio, open, onClose, onCopy }) {
  return html`<${Dialog} title="Save as test" open=${open} onClose=${onClose}>${open && html`<${SaveForm} studio=${studio} onCopy=${onCopy} />`}</${Dialog}>`;
}

const KEYS = [
  ["J", "the next thing that happened"], ["K", "the thing before"], ["← →", "on the scrubber: a step in time"],
  ["Page up, Page down", "on the scrubber: a larger step"], ["Home, End", "on the scrubber: the beginning and the end"],
  ["↑ ↓", "in the inbox: another line"], ["Tab", "from part to part"],
];

export function KeysDialog({ open, onClose, letters, onLetters }) {
  return html`<${Dialog} title="Keys" open=${open} onClose=${onClose}>
    <dl class="st-keys">${KEYS.map(([key, does]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
    <label class="st-check"><input type="checkbox" checked=${letters} onChange=${(event) => onLetters(event.currentTarget.checked)} /> J and K work anywhere on the page</label>
  </${Dialog}>`;
}
