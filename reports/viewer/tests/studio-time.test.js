import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, dayOf, instant, onDay, placeOf, shown, spoken, ticks, wall } from "../src/studio/clock.js";
import { again, following, marks, messageOf, moments, newest, ofKind, opening, preceding, snapped } from "../src/studio/moments.js";

const at = (iso) => Date.parse(iso);
const ROME = "Europe/Rome";

test("an instant is spoken in full, with its place", () => {
  assert.equal(spoken(at("2026-03-28T17:40:00Z"), ROME), "Saturday 28 March 2026 18:40, Rome");
  assert.equal(placeOf("America/New_York"), "New York");
  assert.deepEqual(shown(at("2026-03-28T17:40:00Z"), ROME), { weekday: "Sat", day: "28 Mar 2026", time: "18:40", place: "Rome" });
});

test("a day is a calendar day, also across both clock changes", () => {
  const spring = at("2026-03-28T08:00:00+01:00");
  assert.equal(addDays(spring, 1, ROME), at("2026-03-29T08:00:00+02:00"));
  assert.equal(addDays(spring, 1, ROME) - spring, 23 * 3_600_000);
  const autumn = at("2026-10-24T08:00:00+02:00");
  assert.equal(addDays(autumn, 1, ROME) - autumn, 25 * 3_600_000);
  assert.equal(addDays(at("2028-02-28T12:00:00+01:00"), 1, ROME), at("2028-02-29T12:00:00+01:00"));
});

test("an hour that is missing moves on, and one that comes twice is the first", () => {
  assert.equal(instant(Date.UTC(2026, 2, 29, 2, 30), ROME), at("2026-03-29T03:30:00+02:00"));
  assert.equal(instant(Date.UTC(2026, 9, 25, 2, 30), ROME), at("2026-10-25T02:30:00+02:00"));
  assert.equal(wall(at("2026-10-25T02:30:00+01:00"), ROME), Date.UTC(2026, 9, 25, 2, 30));
});

test("another day keeps the time of the day; nonsense changes nothing", () => {
  const now = at("2026-01-10T18:40:00+01:00");
  assert.equal(onDay(now, "2026-07-01", ROME), at("2026-07-01T18:40:00+02:00"));
  assert.equal(onDay(now, "", ROME), now);
  assert.equal(dayOf(at("2026-01-10T23:30:00Z"), ROME), "2026-01-11");
});

test("words under the scrubber are few and inside it", () => {
  for (const days of [1, 6, 30, 150, 516, 1300]) {
    const range = [at("2024-10-01T00:00:00+02:00"), at("2024-10-01T00:00:00+02:00") + days * 86_400_000];
    const marked = ticks(range, ROME, 7);
    assert.ok(marked.length >= 1 && marked.length <= 9, `${days} days: ${marked.length}`);
    assert.ok(marked.every((mark) => mark.at >= range[0] && mark.at <= range[1]));
  }
});

const ENTRY = {
  virtual_start: "2025-11-01T00:00:00+01:00", virtual_end: "2025-12-01T00:00:00+01:00",
  organisation_events: [{ id: "org/0", time: "2025-11-14T07:55:00+01:00", name: "Fault Began" }],
  causes: [{ first: { check: "on-time", violation: 0, customer: "anna" } }],
  checks: [{ name: "on-time", violations: [
    { customer: "anna", onset: "2025-11-14T10:00:00+01:00", sentence: "Late.", activation: "anna/0", witnesses: ["anna/4"] },
    { customer: "bruno", onset: "2025-11-14T10:00:00+01:00", sentence: "Late.", activation: "bruno/0", witnesses: [] },
  ] }],
};
const EXHIBIT = {
  customer: "anna", name: "Anna Neri", zone: ROME,
  events: [
    { id: "anna/0", time: "2025-11-14T00:00:00+01:00", name: "Birthday Began" },
    { id: "anna/1", time: "2025-11-15T08:07:00+01:00", name: "Journey Entered" },
    { id: "anna/2", time: "2025-11-15T08:07:00+01:00", name: "Message Sent", cause: "anna/1" },
    { id: "anna/3", time: "2025-11-15T08:07:00+01:00", name: "Message Delivered", cause: "anna/2" },
    { id: "anna/4", time: "2025-11-15T08:07:00+01:00", name: "Message Received", cause: "anna/3" },
    { id: "anna/5", time: "2025-11-18T10:48:00+01:00", name: "Order Completed", cause: "anna/4" },
  ],
  messages: [
    { event: "anna/2", sent: "2025-11-15T08:07:00+01:00", received: "2025-11-15T08:07:00+01:00", message: "offer", subject: "For you" },
    { event: "anna/9", sent: "2025-11-20T08:00:00+01:00", message: "lost-one" },
  ],
  not_sent: [{ event: "anna/7", time: "2025-11-19T21:30:00+01:00", kind: "withheld", sentence: "Not sent: it was night.", message: "news" }],
};

test("the scrubber shows what a person lived through, not what machines did", () => {
  const list = moments(ENTRY, EXHIBIT);
  assert.deepEqual(list.map((item) => `${item.kind} ${item.event}`), [
    "event anna/0", "fault org/0", "broken anna/4", "message anna/2", "event anna/5", "not-sent anna/7",
  ]);
  assert.deepEqual(moments(ENTRY, null), []);
});

test("what was not sent is found in the events of a result that does not list it", () => {
  const exhibit = { ...EXHIBIT, not_sent: undefined, events: [{ id: "anna/8", time: "2025-11-19T21:30:00+01:00", name: "Message Withheld", data: { message: "news" } }] };
  assert.deepEqual(ofKind(moments({ ...ENTRY, checks: [] }, exhibit), "not-sent").map((item) => item.event), ["anna/8"]);
});

test("steps go on from where one stands, also among things of one instant", () => {
  const list = [{ at: 1, event: "a" }, { at: 5, event: "b" }, { at: 5, event: "c" }, { at: 9, event: "d" }];
  assert.equal(following(list, 1, "a").event, "b");
  assert.equal(following(list, 5, "b").event, "c");
  assert.equal(following(list, 5, "c").event, "d");
  assert.equal(preceding(list, 5, "c").event, "b");
  assert.equal(following(list, 3, null).event, "b");
  assert.equal(preceding(list, 3, "d").event, "a");
  assert.equal(preceding(list, 5, null).event, "a");
  assert.equal(following(list, 9, "d"), null);
  assert.equal(preceding(list, 0, null), null);
});

test("a story opens at the message that shows the fault", () => {
  assert.deepEqual(opening(ENTRY, EXHIBIT), { at: at("2025-11-15T08:07:00+01:00"), event: "anna/2" });
});

test("a story opens at the moment of the fault where no message shows it, and at the last message where all is well", () => {
  const check = { ...ENTRY.checks[0], violations: [{ ...ENTRY.checks[0].violations[0], witnesses: ["anna/5"] }] };
  assert.deepEqual(opening({ ...ENTRY, checks: [check] }, EXHIBIT), { at: at("2025-11-14T10:00:00+01:00"), event: "anna/5" });
  assert.deepEqual(opening({ ...ENTRY, checks: [], causes: [] }, EXHIBIT), { at: at("2025-11-15T08:07:00+01:00"), event: "anna/2" });
  const empty = { ...EXHIBIT, events: [], messages: [], not_sent: [] };
  assert.equal(opening({ ...ENTRY, checks: [], causes: [], organisation_events: [] }, empty).at, at(ENTRY.virtual_end));
});

test("whatever became of a message belongs to it", () => {
  assert.equal(messageOf(EXHIBIT, "anna/4").message, "offer");
  assert.equal(messageOf(EXHIBIT, "anna/2").message, "offer");
  assert.equal(messageOf(EXHIBIT, "anna/5"), null, "an order is no part of the mail that led to it");
  assert.equal(messageOf(EXHIBIT, null), null);
});

test("a hand that cannot hit a minute is helped", () => {
  const list = moments(ENTRY, EXHIBIT);
  const near = at("2025-11-15T11:00:00+01:00");
  assert.equal(snapped(list, near, 6 * 3_600_000).event, "anna/2");
  assert.equal(snapped(list, near, 60_000), null);
});

test("in another run the same message is found again, else the nearest of its kind", () => {
  const list = moments(ENTRY, EXHIBIT);
  const was = list.find((item) => item.event === "anna/2");
  const moved = list.filter((item) => item.event !== "anna/2").concat({ at: 3, kind: "message", event: "anna/30", item: { message: "offer" } });
  assert.equal(again(list, "anna/2", was).event, "anna/2");
  assert.equal(again(moved, "anna/2", was).event, "anna/30");
  assert.equal(again(list.filter((item) => item.kind === "event"), "anna/2", was), null);
  assert.equal(newest(list, at("2025-11-30T00:00:00Z")).event, "anna/2");
  assert.equal(newest(list, at("2025-11-01T00:00:00Z")), null);
});

test("a thousand things on one place are one mark", () => {
  const list = Array.from({ length: 1000 }, (_, index) => ({ at: 500 + index / 1000, kind: "not-sent", event: `e/${index}`, item: {} }));
  const drawn = marks([...list, { at: 900, kind: "message", event: "m", item: {} }, { at: 2000, kind: "message", event: "out", item: {} }], [0, 1000]);
  assert.deepEqual(drawn.map((mark) => [mark.kind, mark.count]), [["not-sent", 1000], ["message", 1]]);
});
