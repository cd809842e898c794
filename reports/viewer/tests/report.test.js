import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { read, unpack } from "../src/data.js";
import { excerpt, splitPlace } from "../src/parts/source-model.js";
import { chainBack, knowledgeOf, missedOf, siloWords } from "../src/parts/why-model.js";
import { format, parse } from "../src/report/hash.js";
import { causesOf, customersOf, eventOf, familiesOf, headlineOf, rerunOf, summaryOf, whyShown } from "../src/report/model.js";

const entry = (change = {}) => ({
  name: "late", family: "late", variant: "one-day", title: "Late", says: "It stood still.", seed: 42, backend: "reference", outcome: "violated", as_expected: true, customers: 2, events: 3,
  virtual_start: "2025-01-01T00:00:00Z", virtual_end: "2025-02-01T00:00:00Z",
  checks: [
    { name: "in-time", template: "response", rule: "It comes in time.", outcome: "violated", violations: [
      { customer: "ada", onset: "2025-01-02T00:00:00Z", margin_ms: -60_000, activation: "ada/0", witnesses: ["ada/1"], sentence: "Ada's mail was late.", silo: null },
      { customer: "bob", onset: "2025-01-03T00:00:00Z", margin_ms: null, activation: "bob/0", witnesses: [], sentence: "Bob's mail never came.", silo: "no link from till to esp" },
    ] },
  ],
  exhibits: [
    { customer: "ada", name: "Ada Nowak", zone: "UTC", why_shown: "a protagonist", events: [{ id: "ada/0", time: "2025-01-01T00:00:00Z", name: "Order Completed", system: "till", data: {} }, { id: "ada/1", time: "2025-01-02T00:01:00Z", name: "Message Received", cause: "ada/0", data: {} }] },
    { customer: "eve", name: "Eve", zone: "UTC", why_shown: "a path of their own", events: [] },
  ],
  ...change,
});

test("a result goes through gzip and base64 unharmed", async () => {
  const result = { format: "journeyproof-result", version: 1, scenarios: [{ title: "Zażółć </script> 🎂" }] };
  const text = gzipSync(JSON.stringify(result)).toString("base64");
  assert.deepEqual(await unpack(`\n${text}\n`), result);
});

test("what is not a result is told in a sentence", () => {
  assert.throws(() => read("nope"), /not JSON/);
  assert.throws(() => read("{}"), /not a result file/);
  assert.throws(() => read('{"format":"journeyproof-result","version":2,"scenarios":[]}'), /version 2/);
});

test("an address says all that is looked at, and reads back the same", () => {
  const route = { variant: "late-birthday/one-day-incident", customer: "camille", event: "camille/25", tab: "checks", panel: "why", range: { from: 1763000000000, to: 1763200000000 } };
  assert.equal(format(route), "#v=late-birthday/one-day-incident&c=camille&e=camille/25&t=checks&p=why&r=1763000000000-1763200000000");
  assert.deepEqual(parse(format(route)), route);
  const odd = { ...route, customer: "zoé & co=#%", range: null };
  assert.deepEqual(parse(format(odd)), odd);
});

test("an address that somebody broke is no error", () => {
  assert.deepEqual(parse("#v=%E0%A4%A&r=5-3&x&=&c=ada"), { variant: null, customer: "ada", event: null, tab: null, panel: null, range: null });
  assert.equal(parse("").variant, null);
});

test("causes are taken from the result, else from where the news stopped and the checks", () => {
  assert.deepEqual(causesOf(entry()).map((cause) => [cause.cause, cause.violations, cause.first.customer]), [["in-time", 1, "ada"], ["no link from till to esp", 1, "bob"]]);
  const given = [{ cause: "x" }];
  assert.equal(causesOf(entry({ causes: given })), given);
});

test("a cause leads to what came too late, and to nothing where the story is not told", () => {
  assert.equal(eventOf(entry(), "ada", { check: "in-time", violation: 0 }), "ada/1");
  assert.equal(eventOf(entry(), "bob", { check: "in-time", violation: 1 }), null);
});

test("the headline is the result's, else the first broken rule, else that all is well", () => {
  assert.equal(headlineOf(entry()).sentence, "Ada's mail was late.");
  assert.equal(headlineOf(entry({ headline: { sentence: "So it was.", tone: "bad" } })).sentence, "So it was.");
  assert.equal(headlineOf(entry({ outcome: "satisfied", checks: [] })).tone, "good");
});

test("rehearsals are filtered by story, verdict, surprise and words", () => {
  const entries = [entry(), entry({ variant: "fine", outcome: "satisfied", family: "other" }), entry({ variant: "odd", as_expected: false })];
  const names = (wish) => familiesOf(entries, wish).flatMap((group) => group.entries.map((each) => each.variant));
  assert.deepEqual(names({}), ["one-day", "odd", "fine"]);
  assert.deepEqual(names({ family: "other" }), ["fine"]);
  assert.deepEqual(names({ outcome: "violated" }), ["one-day", "odd"]);
  assert.deepEqual(names({ odd: true }), ["odd"]);
  assert.deepEqual(names({ text: "FINE" }), ["fine"]);
  assert.match(summaryOf(entries), /^1 of 3 rehearsals did not/);
  assert.match(summaryOf(entries.slice(0, 2)), /1 of them go wrong|came out as expected/);
});

test("customers are found by name and by the rule that was broken for them", () => {
  const names = (wish) => customersOf(entry(), wish).map(({ exhibit }) => exhibit.customer);
  assert.deepEqual(names({}), ["ada", "eve"]);
  assert.deepEqual(names({ text: "nowak" }), ["ada"]);
  assert.deepEqual(names({ broken: true }), ["ada"]);
  assert.deepEqual(names({ check: "another" }), []);
});

test("the line that runs it again names what was not the usual", () => {
  assert.equal(rerunOf(entry()), "journeyproof run late --variant one-day --seed 42");
  assert.equal(rerunOf(entry({ backend: "tryton" }), "ada"), "journeyproof run late --variant one-day --seed 42 --backend tryton --customer ada");
});

test("the chain of causes begins with the first fact, and a ring does not hang it", () => {
  const { exhibits } = entry();
  assert.deepEqual(chainBack(exhibits[0], exhibits[0].events[1]).map((event) => event.id), ["ada/0", "ada/1"]);
  const ring = [{ id: "1", cause: "2" }, { id: "2", cause: "1" }];
  assert.equal(chainBack({ events: ring }, ring[0]).length, 2);
});

test("who knew what when, and where the news stopped, in words", () => {
  const known = entry({ scenario: { organisation: { automation: "esp" } } });
  const steps = knowledgeOf(known, { actor: "esp", true_since: "2025-01-01T00:00:00Z", known_since: null, silo: "no link from till to esp", onset: "2025-01-02T00:00:00Z" });
  assert.deepEqual(steps.map(([term]) => term), ["True since", "Known to the automation", "Where it stopped", "Rule broken"]);
  assert.equal(siloWords("no link from till to esp", known), "Nothing connects the till with the automation.");
  assert.match(siloWords("link crm to esp (does not carry Coupon Redeemed)"), /does not carry “coupon redeemed”/);
  assert.match(siloWords("link till to loyalty (lost)"), /lost it/);
});

test("what did not come is told for the event and for the days around it", () => {
  const not_sent = [{ event: "1", time: "2025-01-01T00:00:00Z" }, { event: "2", time: "2025-01-03T00:00:00Z" }, { event: "3", time: "2025-06-01T00:00:00Z" }];
  const { about, others } = missedOf({ events: [], not_sent }, { id: "1", time: "2025-01-01T00:00:00Z" }, 5);
  assert.deepEqual([about.map((item) => item.event), others.map((item) => item.event)], [["1"], ["2"]]);
});

test("a place and the lines around it", () => {
  assert.deepEqual(splitPlace("a/b.yaml:12"), { file: "a/b.yaml", line: 12 });
  assert.deepEqual(excerpt("one\r\ntwo\nthree\nfour\n", 2, 1), [[1, "one"], [2, "two"], [3, "three"]]);
  assert.deepEqual(excerpt("one\ntwo\n", 99, 1), [[1, "one"], [2, "two"]]);
  assert.deepEqual(excerpt(undefined, 3), []);
});

test("the main story of a family stands before its others, each under a heading of its own", () => {
  const groups = familiesOf([entry({ name: "awkward-days", variant: "leap-day" }), entry()]);
  assert.deepEqual(groups.map(({ name, entries }) => [name, entries.length]), [["late", 1], ["awkward-days", 1]]);
});

test("why a story is shown is said in plain words, and not where everybody is", () => {
  assert.equal(whyShown({ why_shown: "everybody is shown" }), "");
  assert.equal(whyShown({ why_shown: "violates cap-per-human" }), "breaks “Cap per human”");
  assert.equal(whyShown({ why_shown: "chosen by hand" }), "chosen by hand");
});
