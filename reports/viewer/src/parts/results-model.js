// The figures of each journey as rows. Nothing is added up over journeys: one person may walk several of them, and one
// message may be held back more than once before it leaves.

import { journeyTitle } from "./words-events.js";
import { capital, inSentence, number, reasonOf, share } from "./words-text.js";

const NONE = "(no journey)";

const FIGURES = [
  ["entered", "Entered"], ["sent", "Sent"], ["withheld", "Not sent, and why"], ["received", "Received"], ["opened", "Opened"],
  ["clicked", "Clicked"], ["redemptions", "Coupons used"], ["goals", "Goals reached"], ["bounced", "Came back"],
  ["marked_as_spam", "Marked as spam"], ["complaints", "Complaints"], ["consents_lost", "Consents withdrawn"],
  ["churn", "Left for good"], ["revenue", "Revenue"],
];

// Which figure a share is of: opened are those of the received.
const OF = { opened: "received", clicked: "received", received: "sent" };

const KINDS = [
  ["contradicts ", "it contradicts another campaign"], ["cap ", null], ["suppressed ", null], ["missing ", null],
];

// Reasons with how often each held something back, the most frequent first; contradictions are told as one.
export function reasons(withheld) {
  const found = new Map();
  for (const [raw, count] of Object.entries(withheld ?? {})) {
    const kind = KINDS.find(([lead]) => raw.startsWith(lead));
    const words = kind?.[1] ?? (reasonOf(raw) || inSentence(raw));
    found.set(words, (found.get(words) ?? 0) + count);
  }
  return [...found].map(([words, count]) => ({ words, count })).sort((a, b) => b.count - a.count);
}

// "1234.50 EUR" -> {amount, currency}, or null.
export function money(text) {
  const found = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(String(text ?? ""));
  return found ? { amount: Number(found[1]), currency: found[2] } : null;
}

export const moneyText = (text) => {
  const told = money(text);
  return told ? `${number(told.amount)} ${told.currency}` : inSentence(text ?? "");
};

const size = (figure, value) => (figure === "withheld" ? (reasons(value)[0]?.count ?? 0) : figure === "revenue" ? (money(value)?.amount ?? 0) : (value ?? 0));

// The result as {columns: [{figure, label, most}], rows: [{journey, title, figures}], left: labels of columns all zero}.
export function table(entry) {
  const journeys = Object.entries(entry?.results ?? {});
  const rows = journeys.map(([journey, figures]) => ({ journey, title: journey === NONE ? "Without any journey" : capital(journeyTitle(journey, entry)), figures }));
  const columns = FIGURES.map(([figure, label]) => ({ figure, label, most: Math.max(0, ...rows.map((row) => size(figure, row.figures[figure]))) }));
  const shown = columns.filter((column) => column.most > 0 || column.figure === "sent");
  return { columns: shown, rows, left: columns.filter((column) => !shown.includes(column)).map((column) => column.label.split(",")[0].toLowerCase()) };
}

// A figure of a row: its text, what it is sorted by, and how long its bar is (0 to 1). Amounts of two currencies share no bar.
export function cell(row, { figure, most }, currencies = 1) {
  const value = row.figures[figure];
  const amount = size(figure, value);
  const of = OF[figure] && row.figures[OF[figure]];
  const part = of > 0 && amount <= of && figure !== "received" ? share(amount / of) : "";
  const text = figure === "revenue" ? moneyText(value) : figure === "withheld" ? reasons(value).map((one) => `${one.words}: ${number(one.count)}`).join("; ") : number(amount);
  const bar = most > 0 && !(figure === "revenue" && currencies > 1) ? amount / most : 0;
  return { text, amount, part, of: OF[figure], bar };
}

export const currencies = (rows) => new Set(rows.map((row) => money(row.figures.revenue)?.currency).filter(Boolean)).size;
