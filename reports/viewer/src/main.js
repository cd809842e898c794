// One page, three uses: a report (a result is in it), the studio (its settings are in it), or neither,
// and then a result file can be opened by hand.

import "./styles/tokens.css";
import "./styles/base.css";
import { h, render } from "preact";
import { unpack } from "./data.js";
import { Opener, Problem } from "./report/opener.js";
import { Report } from "./report.js";
import { Studio } from "./studio.js";

const root = document.getElementById("app");
const inPage = (id) => document.getElementById(id)?.textContent;

async function start() {
  const settings = inPage("journeyproof-studio");
  if (settings) return h(Studio, { config: JSON.parse(settings) });
  const packed = inPage("journeyproof-result");
  if (packed) return h(Report, { result: await unpack(packed) });
  return h(Opener);
}

start()
  .catch((error) => h(Problem, { sentence: error.message }))
  .then((page) => {
    root.replaceChildren();
    render(page, root);
  });
