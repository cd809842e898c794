// Reading a curve of margins: how many came in time, and how much time they had to spare. A margin of 0 or more is time to
// spare, a negative one is late. `curve.points` are [margin, share of those with that margin or less], rising.

import { capital, many, number, outOf } from "./words-text.js";
import { DAY, duration, HOUR, margin, MINUTE, SECOND } from "./words-time.js";

// Fewer than this are drawn one by one: a curve through so few would promise more than was seen.
export const FEW = 12;

export const threshold = (curve) => curve.threshold_ms ?? 0;

// How many came later than the threshold allows. A curve is thinned and rounded, so of many cases this is near, not exact.
export function lateCount(curve) {
  const before = curve.points.filter(([ms]) => ms < threshold(curve));
  return before.length ? Math.max(1, Math.round(before.at(-1)[1] * curve.count)) : 0;
}

const THINNED = 200;

// Whether counts read from the curve are only near the truth.
export const isNear = (curve) => curve.points.length >= THINNED || curve.count > 5000;

// The margin that so great a share had at least: the 0.9 of ten is the second smallest.
export function hadAtLeast(curve, part) {
  const allowed = 1 - part;
  const found = curve.points.find(([, upTo]) => upTo > allowed + 1e-9);
  return (found ?? curve.points.at(-1) ?? [null])[0];
}

// One margin for each that was measured; only for few, where the curve has a step for each.
export function singles(curve) {
  const found = [];
  let before = 0;
  for (const [ms, upTo] of curve.points) {
    const count = Math.round(upTo * curve.count) - before;
    for (let nth = 0; nth < count; nth += 1) found.push(ms);
    before += count;
  }
  return found;
}

// "at least 2 h before the deadline", "at most 5 min after its time": a service level is counted from the time itself.
function against(ms, curve) {
  const line = threshold(curve) === 0 && curve.threshold_ms !== null ? "the deadline" : "its time";
  if (ms === 0) return `no later than ${line} itself`;
  return ms > 0 ? `at least ${duration(ms)} before ${line}` : `at most ${duration(ms)} after ${line}`;
}

function howMany(curve) {
  const { count } = curve;
  const late = lateCount(curve);
  const how = threshold(curve) < 0 ? `more than ${duration(threshold(curve))} late` : "late";
  if (late === 0) return count === 1 ? "The only one was in time." : `All ${number(count)} were in time.`;
  if (late === count) return count === 1 ? `The only one was ${how}.` : `All ${number(count)} were ${how}.`;
  return `${isNear(curve) ? "About " : ""}${number(late)} of ${number(count)} ${late === 1 ? "was" : "were"} ${how}.`;
}

// The reading of the whole curve in a sentence or two: "3 of 380 were late. 9 of 10 came at least 2 h before the deadline."
export function reading(curve) {
  const { count, points } = curve;
  if (!count || !points.length) return "Nothing was measured.";
  const least = points[0][0];
  const spare = least === 0 ? "nothing to spare" : margin(least);
  const worst = least < 0 ? `the latest was ${margin(least)}` : `the tightest had ${spare}`;
  if (count === 1 && least !== 0) return `${howMany(curve)} It ${least < 0 ? `came ${margin(least)}` : `had ${spare}`}.`;
  if (count < FEW) return `${howMany(curve)} ${capital(worst)}.`;
  return `${howMany(curve)} ${capital(outOf(0.9))} came ${against(hadAtLeast(curve, 0.9), curve)}; ${worst}.`;
}

// Those who have no place on the curve, because what was due never came; null where the check does not time an answer.
export function never(check) {
  if (check.template !== "response" && check.template !== "sla") return "";
  const count = (check.violations ?? []).filter((one) => one.margin_ms === null).length;
  const more = (check.violations_in_all ?? 0) > (check.violations ?? []).length ? "at least " : "";
  return count ? `For ${more}${many(count, "more case")} it never came at all; ${count === 1 ? "that is" : "those are"} not on the curve.` : "";
}

// What half, nine in ten and ninety-nine in a hundred had at least; too few cases leave the last ones open.
export function quantiles(curve) {
  const wanted = [[0.5, "Half of them", 2], [0.9, "9 of 10", 10], [0.99, "99 of 100", 100]];
  return wanted.map(([part, label, needed]) => {
    if (curve.count < needed) return { label, ms: null, text: `too few to say (${many(curve.count, "case")})` };
    const ms = hadAtLeast(curve, part);
    if (ms === 0) return { label, ms, text: "just in time or better" };
    return { label, ms, text: ms < 0 ? `${duration(ms)} late or less` : `${duration(ms)} to spare or more` };
  });
}

// The curve as rows of its twin.
export const rows = (curve) => curve.points.map(([ms, upTo]) => ({ ms, margin: margin(ms), upTo, count: Math.round(upTo * curve.count) }));

// The curve as it is drawn: from nobody on the left to everybody on the right, with a little room on both sides.
export function drawn(curve) {
  const ends = [curve.points[0][0], curve.points.at(-1)[0], threshold(curve)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low || 1000) * 0.06;
  return [
    [low - room, ...curve.points.map(([ms]) => ms), high + room],
    [0, ...curve.points.map(([, upTo]) => upTo * 100), 100],
  ];
}

// What a place on the drawn curve says; the first and the last are its ends, where nobody and everybody is.
export function says(curve, place) {
  if (place === 0) return `Nobody had less than this: ${margin(curve.points[0][0])}`;
  const [ms, upTo] = curve.points[Math.min(place, curve.points.length) - 1];
  const count = Math.round(upTo * curve.count);
  const how = ms < 0 ? `came ${duration(ms)} late or later` : `had ${ms === 0 ? "nothing" : duration(ms)} to spare or less`;
  return `${number(count)} of ${number(curve.count)} ${how}`;
}

// Distances between marks of a time axis that people can read.
export const STEPS = [
  1, 10, 100, SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
  3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY, 60 * DAY, 90 * DAY, 180 * DAY, 365 * DAY, 3650 * DAY,
];

// "−2 h", "0", "30 min": a mark of the axis.
export const tick = (ms) => (ms === 0 ? "0" : `${ms < 0 ? "−" : ""}${duration(ms)}`);

// Where dots of a strip lie: {ms, x (0..1), level}, those too near one another one above the other.
export function strip(margins, limit = 0, gap = 0.035) {
  const low = Math.min(...margins, limit);
  const high = Math.max(...margins, limit);
  const span = high - low || 1;
  const levels = [];
  const dots = margins.map((ms) => {
    const x = (ms - low) / span;
    let level = 0;
    while (levels[level] !== undefined && x - levels[level] < gap) level += 1;
    levels[level] = x;
    return { ms, x, level };
  });
  return { dots, line: (limit - low) / span, low, high, tallest: levels.length };
}
