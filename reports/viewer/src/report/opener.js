// The page when nothing is in it: a result file can be opened from the disk. Nothing leaves the browser.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { read } from "../data.js";
import { Report } from "../report.js";

export function Problem({ sentence }) {
  return html`<main class="opener"><h1>This page cannot be drawn</h1><p role="alert">${sentence}</p></main>`;
}

export function Opener() {
  const [result, setResult] = useState(null);
  const [problem, setProblem] = useState("");
  if (result) return html`<${Report} result=${result} />`;
  const open = async (files) => {
    if (!files?.length) return;
    try {
      setResult(read(await files[0].text()));
    } catch (error) {
      setProblem(error.message);
    }
  };
  const drop = (event) => {
    event.preventDefault();
    open(event.dataTransfer.files);
  };
  return html`<main class="opener" onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
    <h1>journeyproof</h1>
    <p>Open a result file, written by <code>journeyproof run --json result.json</code>, or drop it here. It stays in this browser.</p>
    <p><label class="opener-pick">Result file <input type="file" accept=".json,application/json" onChange=${(event) => open(event.target.files)} /></label></p>
    ${problem && html`<p role="alert">${problem}</p>`}
  </main>`;
}
