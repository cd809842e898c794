// The result itself, to take along.

import { html } from "htm/preact";

function save(name, value) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value)], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function Raw({ result, entry }) {
  const tools = Object.entries(result.tool ?? {}).map(([tool, version]) => `${tool} ${version}`).join(", ");
  return html`<h2>Raw</h2>
    <p class="intro">Everything on this page comes from the result file. It can be run again from itself alone: <code>journeyproof replay result.json</code></p>
    <p class="buttons">
      <button type="button" class="button" onClick=${() => save("result.json", result)}>Download the whole result (JSON)</button>
      <button type="button" class="button" onClick=${() => save(`${entry.name}-${entry.variant}.json`, { ...result, scenarios: [entry] })}>Download this variant only</button>
    </p>
    <dl class="facts">
      <div class="wide"><dt>Fingerprint of the log</dt><dd><code>${entry.log_digest}</code></dd></div>
      <div class="wide"><dt>Made with</dt><dd>${tools}</dd></div>
      <div class="wide"><dt>Scenario</dt><dd><code>${entry.file}:${entry.line}</code></dd></div>
    </dl>`;
}
