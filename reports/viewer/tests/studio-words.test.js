import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answered, changeOf, dated, duration, durationText, given, grouped, initials, nested, progressOf, slug, storyGroups, telling,
  variantGroups, variantName, words,
} from "../src/studio/phrases.js";

const control = (id, label, more = {}) => ({ control: id, group: id.split(".")[0], label, kind: "toggle", value: true, original: true, ...more });

test("how long it took and how many were run is one sentence", () => {
  assert.equal(answered({ server_ms: 23.4, people: 1 }), "Answered in 23 ms, one person run.");
  assert.match(answered({ server_ms: 4200, people: 1318 }), /^Answered in 4\.2 s; 1,318 people had to be run/);
  assert.equal(progressOf({ progress: [120, 515], people: 318 }), "120 of 515 days played, for 318 people");
  assert.equal(progressOf({ progress: [0, 1] }), "0 of 1 day played");
});

test("variants stand in the groups that people think in", () => {
  const variants = ["one-day-incident", "constant-shift", "as-it-should-have-gone", "leap-day"].map((variant) => ({ variant }));
  assert.deepEqual(variantGroups(variants).map((group) => group.variants.map((one) => one.variant)), [["one-day-incident", "constant-shift"], ["as-it-should-have-gone"], ["leap-day"]]);
  assert.equal(variantName("one-day-incident", 0), "As it happened: one day incident");
  assert.equal(variantName("constant-shift", 1), "Constant shift");
  assert.equal(variantName("as-it-should-have-gone", 0), "As it should have gone");
});

test("the five stories come first", () => {
  const families = [{ family: "flood", scenario: "edges" }, { family: "flood", scenario: "flood" }];
  assert.deepEqual(storyGroups(families).map((group) => group.stories.map((story) => story.scenario)), [["flood"], ["edges"]]);
  assert.equal(storyGroups([families[1]]).length, 1);
});

test("a change is told before the server has told it", () => {
  const zone = { label: "Lives in", kind: "choice", choices: [{ value: "Asia/Tokyo", label: "Tokyo" }] };
  assert.equal(changeOf(zone, "Asia/Tokyo"), "Lives in: Tokyo");
  assert.equal(changeOf({ label: "Quiet hours", kind: "toggle" }, false), "Quiet hours: no");
  assert.equal(changeOf({ label: "Opens messages", kind: "percent" }, 60), "Opens messages: 60 %");
  assert.equal(changeOf({ label: "Age", kind: "number" }, null), "Age: not known");
  assert.equal(changeOf({ label: "Till", kind: "window" }, { from: "2025-11-14 07:00", until: "2025-11-15 07:00" }), "Till: from Fri 14 Nov 2025 07:00 until Sat 15 Nov 2025 07:00");
  assert.equal(changeOf(undefined, 1), "A change");
});

test("days and instants of documents are written as everywhere on the page", () => {
  assert.equal(dated("from 2025-11-14 07:55 until 2025-11-15"), "from Fri 14 Nov 2025 07:55 until Sat 15 Nov 2025");
  assert.equal(dated("order c-2025-1, 12:30"), "order c-2025-1, 12:30");
  assert.equal(dated(null), "");
});

test("finer points stand under what they are about", () => {
  const [fault, other] = nested([control("fault.0", "the mail is late"), control("fault.0.from", "the mail is late: from"), control("fault.0.why", "Something else")]);
  assert.equal(fault.short, "The mail is late");
  assert.deepEqual(fault.parts.map((part) => part.short), ["From"]);
  assert.equal(other.control, "fault.0.why", "what does not read on from its owner stands by itself");
});

test("a search wants every word, in labels, hints and choices; mishaps come before everyday acts", () => {
  const controls = [
    { ...control("act.0", "Order completed"), group: "world" },
    { ...control("fault.0", "The automation stands still", { hint: "from Friday" }), group: "world" },
    { ...control("person.zone", "Lives in", { choices: [{ value: "x", label: "Tokyo" }] }), group: "person" },
    { ...control("odd.thing", "Odd"), group: "other-things" },
  ];
  assert.deepEqual(grouped(controls, "", "Anna").map((group) => [group.label, group.controls.map((one) => one.control)]), [
    ["Anna", ["person.zone"]], ["What happens, and what goes wrong", ["fault.0", "act.0"]], ["Other things", ["odd.thing"]],
  ]);
  assert.deepEqual(grouped(controls, " tokyo LIVES ").map((group) => group.group), ["person"]);
  assert.deepEqual(grouped(controls, "friday still").flatMap((group) => group.controls.map((one) => one.control)), ["fault.0"]);
  assert.deepEqual(grouped(controls, "nowhere"), []);
});

test("what one would try first: the mishaps, a way that is missing, the journey, the clock, the rules", () => {
  const controls = [
    control("person.zone", "Lives in"), control("fault.0", "Old"), control("fault.1", "Still"), control("fault.2", "Late"), control("fault.2.from", "Late: from"),
    control("link.a to b", "b hears from a", { original: false }), control("link.c to d", "d hears from c", { original: false, more: true }),
    control("journey.offer", "Runs: Offer", { kind: "choice" }), control("policy.quiet_hours", "Quiet hours"),
  ];
  assert.deepEqual(telling(controls).map((one) => one.control), ["fault.1", "fault.2", "link.a to b", "journey.offer", "person.zone", "policy.quiet_hours"]);
  assert.deepEqual(telling([]), []);
});

test("a duration of one unit is a number and a unit; anything else stays text", () => {
  assert.deepEqual(duration("3 days"), { amount: 3, unit: "day" });
  assert.deepEqual(duration("-15 days"), { amount: -15, unit: "day" });
  assert.deepEqual(duration("1h"), { amount: 1, unit: "h" });
  assert.equal(duration("1 h 24 min"), null);
  assert.equal(duration("soon"), null);
  for (const text of ["1 day", "-15 days", "3 h", "0 min", "2 weeks"]) {
    const { amount, unit } = duration(text);
    assert.equal(durationText(amount, unit), text);
  }
});

test("names of people and of tests", () => {
  assert.equal(initials("Zażółć D'Angelo"), "ZA");
  assert.equal(initials("Łukasz"), "Ł");
  assert.equal(initials(""), "");
  assert.equal(given("Camille Moreau"), "Camille");
  assert.equal(slug("Żółw: what if? (2)"), "zolw-what-if-2");
  assert.equal(slug("—"), "");
  assert.ok(slug("x".repeat(200)).length <= 60);
  assert.equal(words("as-it-should-have-gone"), "As it should have gone");
});
