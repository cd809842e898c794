// The customers whose stories are told, to search and to filter.

import { html } from "htm/preact";
import { useMemo, useState } from "preact/hooks";
import { LongList } from "./bits.js";
import { brokenFor, customersOf, spoken, whyShown } from "./model.js";

const ROW = 64;

export function Customers({ entry, current, onPick }) {
  const [text, setText] = useState("");
  const [only, setOnly] = useState("");
  const checks = useMemo(() => [...new Set([...brokenFor(entry).values()].flat().map((each) => each.check))], [entry]);
  const list = useMemo(() => customersOf(entry, { text, broken: only === "*", check: only === "*" ? "" : only }), [entry, text, only]);
  return html`<aside class="customers" aria-labelledby="customers">
    <h3 id="customers">Customers</h3>
    <label class="field"><span>Search</span><input type="search" value=${text} onInput=${(event) => setText(event.target.value)} /></label>
    ${checks.length > 0 && html`<label class="field"><span>Show</span><select value=${only} onChange=${(event) => setOnly(event.target.value)}>
      <option value="">everybody shown</option><option value="*">with a broken rule</option>
      ${checks.map((check) => html`<option key=${check} value=${check}>${spoken(check)}</option>`)}
    </select></label>`}
    <p class="customers-count" role="status">${list.length} of ${entry.exhibits.length} stories; ${entry.customers.toLocaleString("en")} customers took part</p>
    <${LongList} label="Customers" items=${list} height=${ROW} most=${520} row=${({ exhibit, wrong }) => html`
      <button type="button" class="customer" aria-current=${exhibit.customer === current ? "true" : undefined} onClick=${() => onPick(exhibit.customer)}>
        <strong>${exhibit.name || exhibit.customer}</strong>
        <span>${wrong.length ? html`<b class="tone-bad">✗ ${wrong.length} broken</b>` : html`<b class="tone-good">✓ fine</b>`}${whyShown(exhibit) && ` · ${whyShown(exhibit)}`}</span>
      </button>`} />
  </aside>`;
}
