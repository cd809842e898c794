import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, hadAtLeast, lateCount, never, quantiles, reading, rows, says, singles, strip } from "../src/parts/sla-model.js";
import { HOUR, MINUTE } from "../src/parts/words.js";

function curveOf(margins, threshold_ms = 0) {
  const ordered = [...margins].sort((a, b) => a - b);
  const points = [];
  ordered.forEach((ms, nth) => {
    const upTo = Math.round(((nth + 1) / ordered.length) * 1e4) / 1e4;
    if (points.at(-1)?.[0] === ms) points.at(-1)[1] = upTo;
    else points.push([ms, upTo]);
  });
  return { threshold_ms, count: ordered.length, points };
}

test("few cases are told one by one", () => {
  const curve = curveOf([2 * HOUR, -22 * HOUR - 7 * MINUTE]);
  assert.deepEqual(singles(curve), [-22 * HOUR - 7 * MINUTE, 2 * HOUR]);
  assert.equal(reading(curve), "1 of 2 was late. The latest was 22 h 7 min late.");
  assert.equal(reading(curveOf([5 * MINUTE])), "The only one was in time. It had 5 min to spare.");
  assert.equal(reading(curveOf([0, HOUR])), "All 2 were in time. The tightest had nothing to spare.");
  assert.deepEqual(singles(curveOf([1, 1, 1, 5, 5])), [1, 1, 1, 5, 5]);
});

test("many cases are told as shares that people say aloud", () => {
  const curve = curveOf([...Array(100).keys()].map((nth) => (nth + 1) * MINUTE));
  assert.equal(reading(curve), "All 100 were in time. 9 of 10 came at least 11 min before the deadline; the tightest had 1 min to spare.");
  assert.equal(hadAtLeast(curve, 0.9), 11 * MINUTE);
  assert.equal(quantiles(curve)[2].text, "2 min to spare or more");
  assert.equal(quantiles(curveOf([...Array(50).keys()]))[2].text, "too few to say (50 cases)");
});

test("one late among very many is not rounded away", () => {
  const curve = { threshold_ms: 0, count: 30_000, points: [[-HOUR, 0], [HOUR, 1]] };
  assert.equal(lateCount(curve), 1);
  assert.match(reading(curve), /^About 1 of 30,000 was late\./);
});

test("a service level is counted from the time itself, with what it allows", () => {
  const curve = curveOf([0, -4 * MINUTE, -10 * MINUTE], -5 * MINUTE);
  assert.equal(lateCount(curve), 1);
  assert.equal(reading(curve), "1 of 3 was more than 5 min late. The latest was 10 min late.");
});

test("what never came has no place on the curve, and that is said", () => {
  const violations = [{ margin_ms: null }, { margin_ms: -5 }];
  assert.equal(never({ template: "response", violations, violations_in_all: 2 }), "For 1 more case it never came at all; that is not on the curve.");
  assert.equal(never({ template: "value", violations, violations_in_all: 2 }), "");
});

test("the drawn curve runs from nobody to everybody, and each place is told", () => {
  const curve = curveOf([HOUR, HOUR, 2 * HOUR]);
  const [xs, ys] = drawn(curve);
  assert.deepEqual(ys, [0, 66.67, 100, 100]);
  assert.ok(xs[0] < 0 && xs.at(-1) > 2 * HOUR);
  assert.equal(says(curve, 0), "Nobody had less than this: 1 h to spare");
  assert.equal(says(curve, 1), "2 of 3 had 1 h to spare or less");
  assert.equal(says(curve, 3), "3 of 3 had 2 h to spare or less");
  assert.equal(rows(curve).length, 2);
});

test("dots of a strip lie in order and never upon one another", () => {
  const { dots, line } = strip([-HOUR, 0, 0, HOUR]);
  assert.equal(line, 0.5);
  assert.deepEqual(dots.map((dot) => [dot.x, dot.level]), [[0, 0], [0.5, 0], [0.5, 1], [1, 0]]);
});

test("nothing measured is said, not drawn", () => {
  assert.equal(reading({ threshold_ms: 0, count: 0, points: [] }), "Nothing was measured.");
});
