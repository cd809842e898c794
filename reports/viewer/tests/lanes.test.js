import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, fitted, frame, lowerBound, measure, union } from "../src/parts/lanes-frame.js";
import { chainOf, clampRange, decisiveFlag, firstRange, flagOf, prepare } from "../src/parts/lanes-layout.js";

const HOUR = 3_600_000;
const at = (iso) => Date.parse(iso);

// A small life after the pattern of the late birthday mail: a fact that is lost, one that arrives late, a mail that is late.
function birthday() {
  const events = [
    { id: "a/0", time: "2025-06-07T16:10:00+02:00", name: "Order Completed", system: "till", data: { order_id: "o" } },
    { id: "a/1", time: "2025-06-07T16:10:00+02:00", name: "Fact Lost", system: "till", cause: "a/0", data: { fact: "Order Completed", link: "till to loyalty", reason: "the link was down" } },
    { id: "a/2", time: "2025-11-14T00:00:00+01:00", name: "Birthday Began", data: {} },
    { id: "a/3", time: "2025-11-15T08:07:00+01:00", name: "Journey Entered", system: "esp", data: { instance: "b/1", journey: "birthday" } },
    { id: "a/4", time: "2025-11-15T08:07:00+01:00", name: "Message Sent", system: "esp", data: { instance: "b/1", journey: "birthday", message: "offer", message_id: "m" } },
    { id: "a/5", time: "2025-11-15T08:07:00+01:00", name: "Journey Exited", system: "esp", data: { instance: "b/1", journey: "birthday", reason: "completed" } },
    { id: "a/6", time: "2025-11-15T08:07:00+01:00", name: "Message Delivered", system: "esp", cause: "a/4", data: { message_id: "m" } },
    { id: "a/7", time: "2025-11-15T08:09:00+01:00", name: "Message Received", cause: "a/6", data: { message: "offer", message_id: "m" } },
    { id: "a/8", time: "2025-11-18T10:00:00+01:00", name: "Order Completed", system: "till", cause: "a/7", data: {} },
    { id: "a/9", time: "2025-11-19T02:00:00+01:00", name: "Fact Arrived", system: "loyalty", cause: "a/8", data: { fact: "Order Completed" } },
  ];
  const exhibit = { customer: "a", name: "Ada", zone: "Europe/Paris", events, messages: [] };
  const late = { case: "a", customer: "a", onset: "2025-11-14T10:00:00+01:00", margin_ms: -(22 * 60 + 9) * 60_000, activation: "a/2", witnesses: ["a/7"], sentence: "It was late." };
  const entry = {
    virtual_start: "2025-06-01T00:00:00+02:00", virtual_end: "2025-12-01T00:00:00+01:00",
    scenario: { organisation: { systems: ["till", "loyalty", "esp"], automation: "esp" }, messages: { offer: { message: "The offer" } } },
    journeys: [{ journey: "birthday", title: "Birthday" }], calendar: { zone: "Europe/Paris", holidays: [] },
    checks: [{ name: "offer-before-opening", template: "response", violations: [late] }],
    organisation_events: [
      { id: "/0", time: "2025-11-14T07:55:00+01:00", name: "Fault Began", data: { fault: "down", of: "backend" } },
      { id: "/1", time: "2025-11-15T08:07:00+01:00", name: "Fault Ended", data: { fault: "down", of: "backend" } },
    ],
    exhibits: [exhibit],
  };
  return { entry, exhibit };
}

function many(count) {
  const start = at("2025-01-01T00:00:00Z");
  const names = ["Order Completed", "Message Sent", "Message Received", "Fact Arrived"];
  const events = Array.from({ length: count }, (_, place) => ({
    id: `a/${place}`, time: new Date(start + place * 60_000).toISOString(), name: names[place % 4],
    system: place % 4 === 3 ? "crm" : "till", cause: place ? `a/${place - 1}` : undefined, data: { instance: `i/${place >> 2}`, journey: "j", message: "m" },
  }));
  const exhibit = { customer: "a", name: "A", zone: "UTC", events };
  const entry = { virtual_start: events[0].time, virtual_end: events.at(-1).time, scenario: { organisation: { systems: ["till", "crm", "esp"], automation: "esp" } }, journeys: [], checks: [], exhibits: [exhibit] };
  return { entry, exhibit };
}

test("the first value that is not below is found", () => {
  assert.deepEqual([0, 1, 3, 4].map((value) => lowerBound([1, 1, 2, 3], value)), [0, 0, 3, 4]);
  assert.equal(lowerBound([], 5), 0);
});

test("marks closer than the gap become one, drawn as the gravest", () => {
  const line = { times: [0, 5, 8, 100, 500], ranks: [1, 9, 2, 3, 4] };
  const groups = cluster(line, 0, 200, 1, 20);
  assert.deepEqual(groups.map(({ x, top, count }) => [x, top, count]), [[0, 1, 3], [100, 3, 1]]);
});

test("no two marks of a line are closer than the gap, and none is lost", () => {
  const times = Array.from({ length: 5000 }, (_, place) => Math.floor(place * place * 0.37));
  const line = { times, ranks: times.map(() => 1) };
  for (const scale of [0.001, 0.01, 0.5]) {
    const groups = cluster(line, 0, times.at(-1), scale, 20);
    assert.equal(groups.reduce((sum, group) => sum + group.count, 0), 5000);
    assert.ok(groups.every((group, place) => !place || group.x - groups[place - 1].x >= 20));
  }
});

test("stretches that touch are shaded once", () => {
  assert.deepEqual(union([[5, 9], [0, 3], [2, 6], [20, 21]]), [[0, 9], [20, 21]]);
});

test("a label that does not fit is cut, or left out where little would remain", () => {
  assert.equal(fitted("birthday began", 200), "birthday began");
  assert.match(fitted("birthday began on the day", 80), /^birthday.*…$/);
  assert.equal(fitted("birthday began", 20), "");
});

test("a late mail has the flag of its deadline and of its arrival, and how late it was", () => {
  const { entry, exhibit } = birthday();
  const flag = decisiveFlag(prepare(entry, exhibit));
  assert.equal(flag.kind, "late");
  assert.equal(flag.due, at("2025-11-14T10:00:00+01:00"));
  assert.equal(flag.came, at("2025-11-15T08:09:00+01:00"));
  assert.equal(flag.words, "22 h 9 min late");
});

test("other templates: too early, never, and an act that should not have been", () => {
  const times = { a: 1000, b: 5000 };
  const of = (template, violation) => flagOf({ name: "no-survey", template }, { onset: "1970-01-01T00:00:01Z", witnesses: [], activation: "a", ...violation }, 0, (id) => times[id]);
  assert.equal(of("precedence", { margin_ms: -2 * HOUR, witnesses: ["b"] }).words, "2 h too early");
  assert.equal(of("succession", { margin_ms: null }).words, "never came");
  assert.equal(of("at_most", { margin_ms: null }).words, "no survey");
  const deaf = of("absence", { margin_ms: null, silo: "no link from a to b", true_since: "1970-01-01T00:00:00.500Z", actor: "esp" });
  assert.deepEqual([deaf.since, deaf.actor], [500, "esp"]);
});

test("the first look holds what was asked for, the deadline and the arrival, with room on both sides", () => {
  const { entry, exhibit } = birthday();
  const range = firstRange(prepare(entry, exhibit));
  assert.ok(range.from < at("2025-11-14T00:00:00+01:00") && range.to > at("2025-11-15T08:09:00+01:00"));
  assert.ok(range.to - range.from < 72 * HOUR);
});

test("a range never leaves the run and is never shorter than a minute", () => {
  const { entry, exhibit } = birthday();
  const story = prepare(entry, exhibit);
  assert.deepEqual(clampRange(story, { from: 0, to: 9e15 }), { from: story.starts, to: story.ends });
  const small = clampRange(story, { from: story.ends, to: story.ends + 1 });
  assert.deepEqual([small.to, small.to - small.from], [story.ends, 60_000]);
});

test("a fact stands in the life and in the system that recorded it; deliveries are not drawn", () => {
  const { entry, exhibit } = birthday();
  const { lines } = prepare(entry, exhibit);
  assert.deepEqual(lines.get("life").kinds, ["fact", "fact", "fact"]);
  assert.deepEqual(lines.get("system:till").kinds, ["known", "lost", "known"]);
  assert.deepEqual(lines.get("inbox").kinds, ["received"]);
  assert.deepEqual(lines.get("acts:esp").kinds, ["sent"]);
});

test("arrows: lost on the way, from the sending to the letter box, and from one system to another", () => {
  const { entry, exhibit } = birthday();
  const links = prepare(entry, exhibit).links.map(({ kind, source, target }) => [kind, source, target]);
  assert.deepEqual(links, [["lost", "system:till", "system:loyalty"], ["mail", "acts:esp", "inbox"], ["link", "system:till", "system:loyalty"]]);
});

test("faults stand in the row of what was out of order", () => {
  const { entry, exhibit } = birthday();
  assert.deepEqual(prepare(entry, exhibit).bands, [{ from: at("2025-11-14T07:55:00+01:00"), to: at("2025-11-15T08:07:00+01:00"), rows: ["system:esp"], words: "automation down" }]);
});

test("the chain of an event goes back to what began it and on to what came of it", () => {
  const { entry, exhibit } = birthday();
  assert.deepEqual([...chainOf(prepare(entry, exhibit), "a/7")].sort(), ["a/4", "a/6", "a/7", "a/8", "a/9"]);
  assert.equal(chainOf(prepare(entry, exhibit), "nobody/1").size, 0);
});

test("zooming never moves a row", () => {
  const { entry, exhibit } = birthday();
  const story = prepare(entry, exhibit);
  const whole = frame(story, { from: story.starts, to: story.ends }, 900);
  const close = frame(story, firstRange(story), 900);
  assert.deepEqual(whole.rows, close.rows);
  assert.equal(whole.height, close.height);
});

test("flags and poles say when it was due and when it came, in the customer's own time", () => {
  const { entry, exhibit } = birthday();
  const story = prepare(entry, exhibit);
  const look = frame(story, firstRange(story), 900);
  assert.deepEqual(look.poles.map((pole) => pole.words), ["due 10:00", "came 08:09"]);
  assert.equal(look.flags[0].chip.words, "offer before opening: 22 h 9 min late");
});

test("an entry with nothing optional in it can be laid out", () => {
  const exhibit = { customer: "x", name: "X", events: [] };
  const story = prepare({ virtual_start: "2025-01-01T00:00:00Z", virtual_end: "2025-02-01T00:00:00Z", exhibits: [exhibit] }, exhibit);
  assert.equal(frame(story, firstRange(story), 600).marks.length, 0);
});

test("fifty thousand events: few marks, few arrows, and a step of a zoom takes milliseconds", () => {
  const { entry, exhibit } = many(50_000);
  const story = prepare(entry, exhibit);
  const plan = measure(story);
  const look = frame(story, { from: story.starts, to: story.ends }, 1000, plan);
  assert.ok(look.marks.length < 400 && look.paths.length <= 160 && look.bars.length < 400);
  let best = Infinity;
  for (let round = 0; round < 12; round += 1) {
    const began = performance.now();
    frame(story, { from: story.starts, to: story.starts + (story.ends - story.starts) * 0.6 }, 1000, plan);
    best = Math.min(best, performance.now() - began);
  }
  assert.ok(best < 50, `${best} ms`);
});
