import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, currencies, money, moneyText, reasons, table } from "../src/parts/results-model.js";

const entry = {
  journeys: [{ journey: "birthday", title: "Birthday offer" }],
  results: {
    birthday: { entered: 10, sent: 10, received: 8, opened: 4, clicked: 0, complaints: 0, withheld: { "cap weekly": 3, "contradicts a": 2, "contradicts b": 2 }, revenue: "1234.50 EUR" },
    "(no journey)": { entered: 0, sent: 0, received: 0, opened: 0, withheld: {}, revenue: null },
  },
};

test("figures stand by journey, and columns of nothing are named instead of shown", () => {
  const { columns, rows, left } = table(entry);
  assert.deepEqual(columns.map((one) => one.figure), ["entered", "sent", "withheld", "received", "opened", "revenue"]);
  assert.deepEqual(rows.map((row) => row.title), ["Birthday offer", "Without any journey"]);
  assert.ok(left.includes("complaints") && left.includes("clicked"));
});

test("opened are a share of the received, and of nothing there is no share", () => {
  const { columns, rows } = table(entry);
  const opened = columns.find((one) => one.figure === "opened");
  assert.equal(cell(rows[0], opened).part, "50 %");
  assert.equal(cell(rows[1], opened).part, "");
  assert.equal(cell(rows[0], opened).bar, 1);
});

test("reasons are told in words, contradictions as one, the most frequent first", () => {
  assert.deepEqual(reasons(entry.results.birthday.withheld), [
    { words: "it contradicts another campaign", count: 4 },
    { words: "the limit “weekly” is reached", count: 3 },
  ]);
});

test("money keeps its currency, and two currencies share no bar", () => {
  assert.deepEqual(money("-5.25 PLN"), { amount: -5.25, currency: "PLN" });
  assert.equal(money("free"), null);
  assert.equal(moneyText("1234.50 EUR"), "1,234.5 EUR");
  const rows = [{ figures: { revenue: "5 EUR" } }, { figures: { revenue: "5 PLN" } }];
  assert.equal(currencies(rows), 2);
  assert.equal(cell(rows[0], { figure: "revenue", most: 5 }, 2).bar, 0);
});
