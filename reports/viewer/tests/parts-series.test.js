import assert from "node:assert/strict";
import { test } from "node:test";
import { curves, grouped, marks, says } from "../src/parts/series-model.js";

const points = [["2025-06-06", 100], ["2025-06-07", 80], ["2025-06-08", 90]];
const entry = {
  series: {
    "complaints open": { unit: "complaints open at the end of the day", points: points.map(([date]) => [date, 0]) },
    "consent base": { unit: "% of the people", points },
    "own thing": { unit: "things", points: points.map(([date], nth) => [date, nth]) },
  },
  organisation_events: ["06", "07", "07", "09"].map((date) => ({ name: "Fault Began", time: `2025-06-${date}T10:00:00+02:00`, data: { fault: "down", of: "backend" } })),
};

test("curves that move come first, each with its sentence", () => {
  const found = curves(entry);
  assert.deepEqual(found.map((curve) => [curve.name, curve.flat]), [["consent base", false], ["own thing", false], ["complaints open", true]]);
  assert.equal(found[0].sentence, "From 100 % at the start to 90 % at the end; the least was 80 % on Sat 7 Jun 2025.");
  assert.equal(found[1].sentence, "The most was 2, on Sun 8 Jun 2025; on the last day it was 2.");
  assert.equal(found[2].sentence, "The same on all 3 days: 0.");
  assert.equal(says(found[0], 1), "Sat 7 Jun 2025: 80 % still hold a consent");
});

test("faults are marked on their day, and numbers of one day share a mark", () => {
  const found = marks(entry, points);
  assert.deepEqual(found.map((mark) => [mark.place, mark.number]), [[0, 1], [1, 2], [1, 3], [2, 4]]);
  assert.deepEqual(grouped(found), [{ place: 0, text: "1" }, { place: 1, text: "2, 3" }, { place: 2, text: "4" }]);
  assert.deepEqual(grouped([1, 2, 3, 4].map((number) => ({ place: 0, number }))), [{ place: 0, text: "1–4" }]);
});

test("an entry without series has none", () => {
  assert.deepEqual(curves({}), []);
  assert.equal(curves({ series: { x: { unit: "u", points: [] } } })[0].sentence, "Nothing was measured.");
});
