import assert from "node:assert/strict";
import { test } from "node:test";
import { changeWords, clockOf, clockWords, DAY, daysOf, duration, offsetOf, shadesOf, spansOf, ticksOf } from "../src/parts/lanes-time.js";

const at = (iso) => Date.parse(iso);
const paris = clockOf("Europe/Paris", at("2024-10-01T00:00:00+02:00"), at("2026-02-28T00:00:00+01:00"));

test("clock changes are found to the second, with what the clocks do", () => {
  assert.deepEqual(paris.changes.map(({ at: when }) => new Date(when).toISOString()), ["2024-10-27T01:00:00.000Z", "2025-03-30T01:00:00.000Z", "2025-10-26T01:00:00.000Z"]);
  assert.deepEqual(paris.changes.map(changeWords), ["clocks go back 1 h", "clocks go forward 1 h", "clocks go back 1 h"]);
});

test("days of a clock change have 23 and 25 hours", () => {
  const hours = (from, to) => daysOf(paris, at(from), at(to)).map((day) => (day.to - day.from) / 3_600_000);
  assert.deepEqual(hours("2025-03-29T12:00:00+01:00", "2025-03-31T12:00:00+02:00"), [24, 23, 24]);
  assert.deepEqual(hours("2025-10-25T12:00:00+02:00", "2025-10-27T12:00:00+01:00"), [24, 25, 24]);
});

test("the ticks of a day are whole local hours, before and after the change", () => {
  const ticks = ticksOf(paris, at("2025-10-26T00:00:00+02:00"), at("2025-10-27T00:00:00+01:00"), 1400);
  assert.equal(ticks[0].label, "00:00");
  assert.equal(ticks.find((tick) => tick.label === "12:00").at, at("2025-10-26T12:00:00+01:00"));
  assert.ok(ticks.every((tick, place) => !place || tick.at > ticks[place - 1].at));
});

test("the axis goes from minutes to years", () => {
  const labels = (from, to) => ticksOf(paris, at(from), at(to), 900).map((tick) => tick.label);
  assert.ok(labels("2025-11-14T08:00:00+01:00", "2025-11-14T08:12:00+01:00").includes("08:07"));
  assert.ok(labels("2025-11-10T00:00:00+01:00", "2025-11-20T00:00:00+01:00").includes("Fri 14"));
  assert.ok(labels("2024-10-01T00:00:00+02:00", "2026-02-01T00:00:00+01:00").includes("Nov"));
  assert.ok(labels("2015-01-01T00:00:00+01:00", "2045-01-01T00:00:00+01:00").includes("2020"));
  const months = spansOf(paris, at("2025-11-10T00:00:00+01:00"), at("2025-12-05T00:00:00+01:00"), 900).map((span) => span.label);
  assert.deepEqual(months, ["November 2025", "December 2025"]);
});

test("labels never stand closer than they are wide", () => {
  for (const span of [20 * 60_000, 5 * 3_600_000, DAY, 9 * DAY, 40 * DAY, 300 * DAY, 500 * DAY]) {
    const from = at("2024-10-20T00:00:00+02:00");
    const ticks = ticksOf(paris, from, from + span, 640);
    const places = ticks.map((tick) => ((tick.at - from) / span) * 640);
    assert.ok(ticks.length >= 2 && places.every((x, place) => !place || x - places[place - 1] > 36), `${span}`);
  }
});

test("nights, quiet hours, weekends and holidays are shaded by the person's own clock", () => {
  const from = at("2025-11-14T00:00:00+01:00");
  const shading = { night: ["22:00", "07:00"], quiet_hours: [{ from: "21:00", until: "08:00" }] };
  const shades = shadesOf(paris, from, from + 3 * DAY, 900, { shading, holidays: ["2025-11-15"] });
  const of = (kind) => shades.filter((shade) => shade.kind === kind).map((shade) => [clockWords(paris, shade.from).slice(-5), clockWords(paris, shade.to).slice(-5)]);
  assert.deepEqual(of("night")[0], ["22:00", "07:00"]);
  assert.deepEqual(of("quiet")[1], ["21:00", "08:00"]);
  assert.equal(of("weekend").length, 2);
  assert.equal(of("holiday").length, 1);
});

test("a night across a clock change still ends at seven", () => {
  const shades = shadesOf(paris, at("2025-03-29T20:00:00+01:00"), at("2025-03-30T12:00:00+02:00"), 900, { holidays: [] });
  const night = shades.find((shade) => shade.kind === "night" && shade.to > at("2025-03-30T00:00:00+01:00"));
  assert.equal(night.to - night.from, 8 * 3_600_000);
});

test("where days are too narrow, nothing is shaded", () => {
  assert.deepEqual(shadesOf(paris, 0, 9e12, 600, { holidays: [] }), []);
});

test("a zone that the browser does not know falls back to the offset of the events", () => {
  const clock = clockOf("Nowhere/Land", 0, DAY, offsetOf("2025-01-01T00:00:00-03:30"));
  assert.equal(clock.offset(0), -3.5 * 3_600_000);
  assert.deepEqual(clock.changes, []);
});

test("durations as people say them", () => {
  assert.deepEqual([79_620_000, 2_340_000, -86_400_000, 3_600_000, 1_846_800_000, 0].map(duration), ["22 h 7 min", "39 min", "1 day", "1 h", "21 days 9 h", "0 s"]);
});
