import assert from "node:assert/strict";
import { test } from "node:test";
import { layout, placed } from "../src/parts/graph-layout.js";
import { coverage, drawing, twins, wrap } from "../src/parts/graph-model.js";

const box = (id, width = 100, height = 40) => ({ id, width, height });
const arrow = (from, to) => ({ from, to, width: 30, height: 20 });
const graph = (ids, pairs) => layout(ids.map((id) => box(id)), pairs.map(([from, to]) => arrow(from, to)));
const where = (map, id) => map.nodes.find((one) => one.node.id === id);

function overlaps(map) {
  const boxes = map.nodes.map(({ node, x, top }) => [x - node.width / 2, top, x + node.width / 2, top + node.height]);
  return boxes.some((a, i) => boxes.some((b, j) => i < j && a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]));
}

test("a chain stands in one line, from top to bottom", () => {
  const map = graph([0, 1, 2], [[0, 1], [1, 2]]);
  assert.deepEqual([0, 1, 2].map((id) => where(map, id).x), [50, 50, 50]);
  assert.ok(where(map, 0).top < where(map, 1).top && where(map, 1).top < where(map, 2).top);
  for (const { points } of map.edges) assert.ok(points.every(([x]) => x === 50));
});

test("a step lies below the longest way to it", () => {
  const map = graph(["a", "b", "c", "d"], [["a", "d"], ["a", "b"], ["b", "c"], ["c", "d"]]);
  assert.ok(where(map, "d").top > where(map, "c").top);
});

test("arms keep their order, do not overlap, and meet again in the middle", () => {
  const map = graph([0, 1, 2, 3, 9], [[0, 1], [0, 2], [0, 3], [1, 9], [2, 9], [3, 9]]);
  const xs = [1, 2, 3].map((id) => where(map, id).x);
  assert.ok(xs[0] < xs[1] && xs[1] < xs[2]);
  assert.ok(Math.abs(where(map, 9).x - xs[1]) <= 3);
  assert.ok(!overlaps(map));
});

test("edges have right angles only", () => {
  const map = graph([0, 1, 2, 3, 4], [[0, 1], [0, 2], [1, 3], [2, 3], [0, 3], [3, 4]]);
  for (const { points } of map.edges) {
    for (let nth = 1; nth < points.length; nth += 1) {
      assert.ok(points[nth][0] === points[nth - 1][0] || points[nth][1] === points[nth - 1][1]);
    }
  }
});

test("a way back, a way to itself and a way to nowhere do not hang the layout", () => {
  const map = graph([0, 1, 2], [[0, 1], [1, 2], [2, 0], [1, 1], [2, 77]]);
  assert.equal(map.edges.length, 3);
  assert.deepEqual(map.edges.filter((edge) => edge.back).map(({ edge }) => [edge.from, edge.to]), [[2, 0]]);
  assert.deepEqual(layout([], []), { width: 0, height: 0, nodes: [], edges: [] });
});

test("sixty steps with many ways are laid out at once, without overlaps", () => {
  const ids = [...Array(60).keys()];
  const pairs = ids.slice(1).flatMap((id) => [[Math.floor((id - 1) / 2), id], [Math.max(0, id - 7), id]]);
  const began = performance.now();
  const map = graph(ids, pairs);
  assert.ok(performance.now() - began < 1500);
  assert.equal(map.nodes.length, 60);
  assert.ok(!overlaps(map));
});

test("items are placed as near as can be to where they want to be", () => {
  assert.deepEqual(placed([0, 100], [10, 10], 10), [0, 100]);
  assert.deepEqual(placed([50, 50], [10, 10], 10), [40, 60]);
  assert.deepEqual(placed([], []), []);
});

const journey = {
  journey: "j", title: "J", trigger: "Order Completed", entered: 8,
  nodes: [
    { node: 0, kind: "split", label: "split", place: "f:1", visits: 8 },
    { node: 1, kind: "send", label: "send thanks by email", place: "f:2", visits: 8 },
    { node: 2, kind: "exit", label: "exit: no", place: "f:3", visits: 0 },
  ],
  edges: [{ from: 0, to: 1, label: "a = 1", taken: 8 }, { from: 0, to: 2, label: "else", taken: 0 }, { from: 1, to: -1, label: "", taken: 8 }],
  coverage: { nodes: [2, 3], edges: [2, 3], arms: [1, 2] },
};

test("traffic is told by weight and number, and what was never walked by words", () => {
  const { boxes, arrows } = drawing(journey, {});
  assert.deepEqual(boxes.map((one) => one.shape), ["start", "split", "send", "exit", "end"]);
  const never = arrows.find((one) => one.never);
  assert.deepEqual(never.lines, ["otherwise", "never taken"]);
  assert.ok(never.weight < arrows[1].weight);
  assert.equal(boxes[3].walked, "never reached");
  assert.equal(coverage(journey), "2 of 3 steps and 1 of 2 arms were walked.");
  assert.deepEqual(twins({ boxes, arrows }).ways[2], { from: "Decide", way: "otherwise", to: "Leave no", times: 0 });
});

test("a result without counts is drawn without numbers", () => {
  const bare = { ...journey, entered: undefined, coverage: undefined, nodes: journey.nodes.map(({ visits, ...node }) => node), edges: journey.edges.map(({ taken, ...edge }) => edge) };
  const { boxes, arrows } = drawing(bare, {});
  assert.ok(boxes.every((one) => one.walked === "" && !one.never));
  assert.ok(arrows.every((one) => !one.never && one.weight === 2));
  assert.equal(coverage(bare), "");
  assert.equal(coverage({ coverage: { nodes: [4, 4], arms: [0, 0] } }), "All 4 steps were walked.");
});

test("words are wrapped, and one without end is cut", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.equal(wrap("x".repeat(1000), 10).length, 5);
});
