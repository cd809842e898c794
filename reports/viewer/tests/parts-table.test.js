import assert from "node:assert/strict";
import { test } from "node:test";
import { column, sorted, toCsv, windowed } from "../src/parts/table-model.js";

test("columns are names over arrays, or objects over keys", () => {
  const [one, two] = ["A", { key: "b", label: "B", text: (row) => `<${row.b}>` }].map(column);
  assert.equal(one.text(["x", "y"]), "x");
  assert.equal(two.text({ b: 1 }), "<1>");
  assert.equal(one.text([null]), "");
});

test("rows are sorted as people sort, and gaps come last both ways", () => {
  const rows = [{ n: "day 10" }, { n: null }, { n: "day 9" }, { n: "Émile" }, { n: "" }];
  const by = column({ key: "n", label: "N" }, 0);
  assert.deepEqual(sorted(rows, by, true).map((row) => row.n), ["day 9", "day 10", "Émile", null, ""]);
  assert.deepEqual(sorted(rows, by, false).map((row) => row.n), ["Émile", "day 10", "day 9", null, ""]);
  assert.equal(sorted(rows, null), rows);
  const numbers = [{ n: 10 }, { n: 9 }, { n: 0 }];
  assert.deepEqual(sorted(numbers, by, true).map((row) => row.n), [0, 9, 10]);
});

test("ties keep their order, up and down", () => {
  const rows = [{ n: 1, id: "a" }, { n: 1, id: "b" }];
  const by = column({ key: "n", label: "N" }, 0);
  assert.deepEqual(sorted(rows, by, false).map((row) => row.id), ["a", "b"]);
});

test("CSV is quoted, and no cell begins a formula", () => {
  const columns = ["name", "value"].map((key) => column({ key, label: key }, 0));
  const text = toCsv(columns, [{ name: 'a "b", c', value: "=1+1" }, { name: "@x", value: -5 }, { name: "-1+2", value: "+3.5 %" }, { name: "line\nbreak", value: null }]);
  assert.equal(text, 'name,value\r\n"a ""b"", c",\'=1+1\r\n\'@x,-5\r\n\'-1+2,+3.5 %\r\n"line\nbreak",\r\n');
});

test("only the rows in sight are drawn, and the gaps make up the height", () => {
  const view = windowed(10_000, 37, 37_000, 480, 8);
  assert.deepEqual([view.first, view.last], [992, 1021]);
  assert.equal(view.above + (view.last - view.first) * 37 + view.below, 370_000);
  assert.deepEqual(windowed(3, 37, 99_999, 480), { first: 2, last: 3, above: 74, below: 0 });
});
