// The report of a result: everything that was rehearsed, or one rehearsal.

import "./styles/report.css";
import { html } from "htm/preact";
import { useEffect, useMemo } from "preact/hooks";
import { useSignalEffect } from "@preact/signals";
import { Theme } from "./report/bits.js";
import { EntryPage } from "./report/entry.js";
import { keyOf } from "./report/model.js";
import { Overview } from "./report/overview.js";
import { follow, linkTo, listen, route } from "./report/route.js";

function Banner({ result, several }) {
  const home = several ? html`<a href=${linkTo({})} onClick=${follow({})}>journeyproof</a>` : "journeyproof";
  return html`<header class="banner">
    <p class="wordmark">${home}</p>
    <p class="banner-note">Simulated people. Nothing was sent.</p>
    <${Theme} />
  </header>`;
}

export function Report({ result }) {
  useEffect(listen, []);
  const entries = result.scenarios;
  const several = entries.length !== 1;
  const asked = route.value.variant;
  const entry = useMemo(() => entries.find((each) => keyOf(each) === asked) ?? (several ? null : entries[0]), [asked, result]);
  useSignalEffect(() => { document.title = route.value.variant ? `${route.value.variant} · journeyproof` : "journeyproof report"; });
  return html`<a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>Skip to the report</a>
    <${Banner} result=${result} several=${several} />
    <main id="main" class="report" tabindex="-1">
      ${entry ? html`<${EntryPage} key=${keyOf(entry)} result=${result} entry=${entry} several=${several} />` : html`<${Overview} result=${result} />`}
    </main>
    <footer class="foot">
      <p>seed ${result.seed ?? "?"} · journeyproof ${result.tool?.journeyproof ?? result.tool?.version ?? ""} · this page makes no requests; everything it shows is inside it.</p>
    </footer>`;
}
