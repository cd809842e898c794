import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHash, toHash } from "../src/studio/link.js";
import { cleaned, tokenFrom } from "../src/studio/session.js";
import {
  currentControls, keepKnown, originalsOf, plainWish, sameWish, wishOfA, withAct, withEdit, withoutEdit, withoutPlace,
} from "../src/studio/wish.js";

const ZONE = { control: "person.zone", group: "person", label: "Lives in", kind: "choice", value: "Europe/Paris" };
const FAULT = { control: "fault.0", group: "world", label: "The automation stands still", kind: "toggle", value: true };

test("an edit is kept in its place, and vanishes when it says what the story says", () => {
  const one = withEdit([], "person.zone", "Asia/Tokyo", "Europe/Paris");
  const two = withEdit(one, "fault.0", false, true);
  const three = withEdit(two, "person.zone", "Europe/Rome", "Europe/Paris");
  assert.deepEqual(three, [{ control: "person.zone", value: "Europe/Rome" }, { control: "fault.0", value: false }]);
  assert.deepEqual(withEdit(three, "person.zone", "Europe/Paris", "Europe/Paris"), [{ control: "fault.0", value: false }]);
  assert.deepEqual(one, [{ control: "person.zone", value: "Asia/Tokyo" }], "edits are never altered in place");
});

test("a stretch of time is compared by what it says", () => {
  const window = { from: "2025-11-14 07:00", until: "2025-11-15 07:00" };
  assert.deepEqual(withEdit([{ control: "w", value: window }], "w", { ...window }, { ...window }), []);
});

test("an act may be added twice, and one of the two undone", () => {
  const edits = withAct(withAct([], "act.new", { event: "Complaint Raised" }), "act.new", { event: "Message Clicked" });
  assert.equal(edits.length, 2);
  assert.deepEqual(withoutPlace(edits, 0), [{ control: "act.new", value: { event: "Message Clicked" } }]);
  assert.deepEqual(withoutEdit(edits, "act.new"), []);
});

test("what a control said before is remembered while it is changed", () => {
  const edits = [{ control: "fault.0", value: false }];
  const known = originalsOf([ZONE, FAULT], []);
  const later = originalsOf([ZONE, { ...FAULT, value: false }, { ...ZONE, control: "journey.new", value: "b" }], edits, known);
  assert.equal(later.get("fault.0"), true);
  assert.equal(later.get("journey.new"), "b", "controls that a change brought along are known too");
  const [zone, fault] = currentControls([ZONE, { ...FAULT, value: false }], edits, later);
  assert.equal(zone.changed, false);
  assert.deepEqual([fault.value, fault.original, fault.changed], [false, true, true]);
});

test("only edits that another person has go along", () => {
  assert.deepEqual(keepKnown([{ control: "fault.0", value: false }, { control: "gone", value: 1 }], [FAULT]), [{ control: "fault.0", value: false }]);
});

test("A is the story as it is, a pinned state, or another variant, always for the person of B", () => {
  const b = { ...plainWish("f/f", "bad", "anna"), edits: [{ control: "fault.0", value: false }] };
  assert.deepEqual(wishOfA({ kind: "as-is" }, b), plainWish("f/f", "bad", "anna"));
  assert.deepEqual(wishOfA({ kind: "variant", variant: "good" }, b), plainWish("f/f", "good", "anna"));
  const pinned = { ...plainWish("f/f", "bad", "bruno"), edits: [{ control: "person.zone", value: "Asia/Tokyo" }] };
  assert.deepEqual(wishOfA({ kind: "pinned", wish: pinned }, b), { ...pinned, customer: "anna" });
  assert.ok(sameWish(b, { ...b, edits: [{ control: "fault.0", value: false }] }));
  assert.ok(!sameWish(b, wishOfA({ kind: "as-is" }, b)));
});

test("a link brings the same state back", () => {
  const wish = { ...plainWish("late-birthday/late-birthday", "one-day-incident", "camille"), edits: [{ control: "fault.2", value: false }] };
  const at = Date.parse("2025-11-15T07:07:00Z");
  const read = fromHash(`#${toHash({ wish, at, event: "camille/22", a: { kind: "variant", variant: "leap-day", target: wish.target } })}`);
  assert.equal(read.target, wish.target);
  assert.equal(read.variant, wish.variant);
  assert.equal(read.customer, "camille");
  assert.equal(read.at, at);
  assert.equal(read.event, "camille/22");
  assert.deepEqual(read.edits, wish.edits);
  assert.deepEqual(read.a, { kind: "variant", variant: "leap-day", target: wish.target });
  const pinned = fromHash(toHash({ wish, at, event: null, a: { kind: "pinned", wish } }));
  assert.deepEqual(pinned.a.wish, { target: wish.target, variant: wish.variant, edits: wish.edits });
  assert.equal(fromHash(toHash({ wish, at, event: null, a: { kind: "as-is" } })).a.kind, "as-is");
});

test("a link that is old or broken says nothing wrong", () => {
  assert.equal(fromHash(""), null);
  assert.equal(fromHash("#nonsense"), null);
  const read = fromHash("#target=a/a&variant=b&edits=%7Bbroken&at=yesterday&a=%5B");
  assert.deepEqual([read.edits, read.at, read.a, read.customer], [[], null, null, null]);
  assert.deepEqual(fromHash('#target=a/a&edits=[["x",1],["y"],3]').edits, [{ control: "x", value: 1 }]);
});

test("the key is taken from the page or from before a reload, and never stays in the address", () => {
  const kept = new Map();
  const store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  assert.equal(tokenFrom({ token: "secret" }, "http://127.0.0.1:8700/?token=secret", store), "secret");
  assert.equal(tokenFrom({ token: null }, "http://127.0.0.1:8700/", store), "secret");
  assert.equal(tokenFrom({}, "http://127.0.0.1:8700/?token=newer", store), "newer");
  assert.equal(tokenFrom({}, "http://127.0.0.1:8700/", { getItem: () => { throw new Error("private"); }, setItem() {} }), "");
  assert.equal(cleaned("http://127.0.0.1:8700/?token=secret&x=1#target=a"), "/?x=1#target=a");
  const link = toHash({ wish: plainWish("a/a", "b", "c"), at: 0, event: null, a: null });
  assert.ok(!link.includes("token"));
});
