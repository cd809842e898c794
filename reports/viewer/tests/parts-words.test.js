import assert from "node:assert/strict";
import { test } from "node:test";
import * as words from "../src/parts/words.js";

const entry = {
  scenario: { organisation: { automation: "esp", places: { "boutique-lyon": { name: "Maison Claire Lyon" } } } },
  journeys: [{ journey: "birthday", title: "Birthday offer" }, { journey: "campaign:spring", title: "T", campaign: "spring-eve" }],
  calendar: { clock_changes: [{ zone: "Europe/Paris", at: "2025-03-30T03:00:00+02:00", from: "+01:00", to: "+02:00" }] },
};
const exhibit = {
  name: "Camille Moreau", zone: "Europe/Paris",
  events: [
    { id: "c/1", time: "2025-03-01T09:00:00+01:00", name: "Order Completed", system: "till", data: {} },
    { id: "c/2", time: "2025-03-01T09:01:00+01:00", name: "Fact Arrived", system: "loyalty", cause: "c/1", data: { fact: "Order Completed" } },
  ],
  messages: [{ event: "c/3", message_id: "m1", subject: "30 % for you", channel: "email" }],
};
const says = (name, data = {}, more = {}) => words.says({ id: "x", time: "2025-03-01T09:00:00+01:00", name, data, ...more }, exhibit, entry);

test("a moment is read off its own text, whatever clock this machine has", () => {
  assert.equal(words.when("2025-11-15T08:07:00+01:00"), "Sat 15 Nov 2025 08:07");
  assert.equal(words.when("2024-02-29T23:59:59.999-05:00"), "Thu 29 Feb 2024 23:59");
  assert.equal(words.when("2024-02-29"), "Thu 29 Feb 2024");
  assert.equal(words.when("soon"), "soon");
  assert.equal(words.when(null), "");
});

test("an instant of a text counts its offset", () => {
  assert.equal(words.instant("2025-11-15T08:07:00+01:00"), Date.UTC(2025, 10, 15, 7, 7));
  assert.equal(words.instant("2025-11-15T08:07:00.022Z"), Date.UTC(2025, 10, 15, 8, 7, 0, 22));
  assert.ok(Number.isNaN(words.instant("never")));
});

test("a bare instant is told by an offset, a name, or the clock of a person", () => {
  const ms = Date.UTC(2025, 2, 30, 1, 30);
  assert.equal(words.time(ms, "+05:30"), "Sun 30 Mar 2025 07:00");
  assert.equal(words.time(ms, "Europe/Rome"), "Sun 30 Mar 2025 03:30");
  assert.equal(words.time(ms, "No/Where"), "Sun 30 Mar 2025 01:30");
  assert.equal(words.time(NaN, "UTC"), "");
  const clock = words.clockFor(entry, exhibit);
  assert.equal(words.time(Date.UTC(2025, 2, 30, 0, 59), clock), "Sun 30 Mar 2025 01:59");
  assert.equal(words.time(Date.UTC(2025, 2, 30, 1, 0), clock), "Sun 30 Mar 2025 03:00");
});

test("a zone without a clock change in the run keeps the offset of the person's events", () => {
  assert.equal(words.clockFor({}, exhibit)(0), 3_600_000);
  assert.equal(words.clockFor({}, undefined)(0), 0);
});

test("durations are cut to two units, and days begin at 48 h", () => {
  const { HOUR, MINUTE } = words;
  assert.equal(words.duration(22 * HOUR + 7 * MINUTE), "22 h 7 min");
  assert.equal(words.duration(-(22 * HOUR + 7 * MINUTE)), "22 h 7 min");
  assert.equal(words.duration(47 * HOUR), "47 h");
  assert.equal(words.duration(50 * HOUR + MINUTE), "2 days 2 h");
  assert.equal(words.duration(HOUR + 5), "1 h");
  assert.equal(words.duration(0), "0 min");
  assert.equal(words.margin(-MINUTE), "1 min late");
  assert.equal(words.margin(MINUTE), "1 min to spare");
});

test("numbers are grouped, and shares never round to none or all", () => {
  assert.equal(words.number(1234567.891), "1,234,567.89");
  assert.equal(words.number(-0.001), "0");
  assert.equal(words.number(-1500), "−1,500");
  assert.equal(words.share(0.0004), "under 1 %");
  assert.equal(words.share(0.9999), "over 99 %");
  assert.equal(words.share(1), "100 %");
  assert.equal(words.outOf(0.9), "9 of 10");
  assert.equal(words.outOf(0.99), "99 of 100");
});

test("events are sentences that name people, places and systems, and no ids", () => {
  assert.equal(words.says(exhibit.events[1], exhibit, entry), "The till told the loyalty system: order completed");
  assert.equal(says("Message Opened", { message_id: "m1", channel: "email" }), "Camille opened the e-mail “30 % for you”");
  assert.equal(says("Order Completed", { item: "scarf", amount: "39 EUR", place: "boutique-lyon" }), "Camille bought a scarf for 39 EUR at Maison Claire Lyon");
  assert.equal(says("Journey Exited", { journey: "birthday", reason: "completed" }), "Camille came to the end of the journey “Birthday offer”");
  assert.equal(says("Journey Entered", { journey: "campaign:spring" }), "Camille entered the journey “spring eve”");
  assert.equal(says("Delivery Rescheduled", { promised_at: "2025-08-04", reason: "carrier" }), "The delivery was moved to Mon 4 Aug 2025: carrier");
  assert.equal(says("Order Flagged Delivered", {}, { system: "brand-crm" }), "The brand CRM system: order flagged delivered");
  assert.equal(says("Command Issued", { to_system: "esp", command: "stop-it" }), "The automation asked the automation: stop it");
});

test("events are told without an exhibit and an entry as well", () => {
  assert.equal(words.says({ id: "1", name: "Message Opened", data: { channel: "email", message: "birthday-offer" } }), "The customer opened the e-mail “birthday offer”");
  assert.equal(words.says({ id: "1", name: "Constructor" }), "The customer: constructor");
  assert.equal(words.says({ id: "1", name: "toString" }), "The customer: tostring");
});

test("reasons are told in words, and those of the run's own stay as they are", () => {
  assert.equal(words.reasonOf("cap weekly"), "the limit “weekly” is reached");
  assert.equal(words.reasonOf({ data: { reason: "no consent" } }), "there is no consent for it");
  assert.equal(words.because("no mail, no discount"), ": no mail, no discount");
  assert.equal(words.because("Profile Updated where kind = customer"), ", because of this: profile updated (kind is customer)");
  assert.equal(words.because({ data: {} }), "");
});

test("systems are called as the sentences of the result call them", () => {
  assert.equal(words.system("crm"), "the CRM system");
  assert.equal(words.system("dealer"), "the dealer");
  assert.equal(words.system("esp", entry), "the automation");
  assert.equal(words.part("link till to crm", entry), "the link from the till to the CRM system");
  assert.equal(words.part("desk customer-care", entry), "the desk “customer care”");
});

test("a name cannot turn a sentence around, break its line or make it endless", () => {
  const evil = "\u202eCamille\u2066\nMoreau\u0000";
  assert.equal(words.inSentence(evil), "Camille Moreau");
  assert.equal(words.inSentence("ليلى"), "\u2068ليلى\u2069");
  assert.ok(words.inSentence("x".repeat(1_000_000)).length <= 120);
  assert.ok(!words.clip(`${"x".repeat(8)}😀😀`, 10).includes("\ud83d…"));
});

test("faults are told with their beginning and their end", () => {
  const organisation_events = [
    { time: "2025-06-07T16:00:00+02:00", name: "Fault Began", data: { fault: "down", of: "link till to loyalty" } },
    { time: "2025-06-07T18:00:00+02:00", name: "Fault Ended", data: { fault: "down", of: "link till to loyalty" } },
    { time: "2025-06-08T18:00:00+02:00", name: "Fault Began", data: { fault: "down", of: "backend" } },
  ];
  const [one, two] = words.faults({ organisation_events });
  assert.equal(one.sentence, "The link from the till to the loyalty system was down from Sat 7 Jun 2025 16:00 until Sat 7 Jun 2025 18:00.");
  assert.equal(two.sentence, "The automation was down from Sun 8 Jun 2025 18:00 on.");
});

test("steps and triggers are told without ids", () => {
  assert.deepEqual(words.step({ kind: "send", label: "send birthday-offer by email" }, { scenario: { messages: { "birthday-offer": { message: "The birthday offer" } } } }), { verb: "Send an e-mail", what: "The birthday offer" });
  assert.deepEqual(words.step({ kind: "wait_for", label: "wait for Order Handed Over" }), { verb: "Wait for", what: "order handed over" });
  assert.equal(words.trigger("anniversary of customer.birth_date, -15 days away, at 09:00 local"), "the birthday, 15 days before, at 09:00 by the person's clock");
  assert.equal(words.trigger("segment motor-holders from 2026-01-12 until 2026-01-19"), "whoever belongs to “motor holders” from Mon 12 Jan 2026 until Mon 19 Jan 2026");
  assert.equal(words.branch("coupon.status = used and order.item is known"), "coupon status is used and order item is known");
  assert.equal(words.branch("else"), "otherwise");
});
