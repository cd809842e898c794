import assert from "node:assert/strict";
import { test } from "node:test";
import { asIn, blocks, compose, escaped, framed, headers, lockScreen, POLICY, sender, source } from "../src/parts/message-model.js";
import { cost, segments } from "../src/parts/sms-model.js";

const cut = (text) => {
  const { encoding, units, segments: count, left } = segments(text);
  return [encoding, units, count, left];
};

test("GSM-7 holds 160 in one message and 153 in each of several", () => {
  assert.deepEqual(cut(""), ["GSM-7", 0, 0, 160]);
  assert.deepEqual(cut("a".repeat(160)), ["GSM-7", 160, 1, 0]);
  assert.deepEqual(cut("a".repeat(161)), ["GSM-7", 161, 2, 145]);
  assert.deepEqual(cut("a".repeat(306)), ["GSM-7", 306, 2, 0]);
  assert.deepEqual(cut("a".repeat(307)), ["GSM-7", 307, 3, 152]);
});

test("the extension table costs two septets, and a pair never lies across segments", () => {
  assert.deepEqual(cut("^{}\\[~]|€\f"), ["GSM-7", 20, 1, 140]);
  assert.deepEqual(cut("€".repeat(80)), ["GSM-7", 160, 1, 0]);
  assert.deepEqual(cut(`${"a".repeat(152)}€${"a".repeat(151)}`), ["GSM-7", 305, 2, 0]);
});

test("GSM 03.38 has Italian and Greek capitals, but neither ç nor Polish letters", () => {
  for (const text of ["èéùìòÇØøÅå", "ΔΦΓΛΩΠΨΣΘΞ", "ÆæßÉ¤¡¿ÄÖÑÜ§äöñüà", "@£$¥_\n\r"]) assert.equal(segments(text).encoding, "GSM-7", text);
  for (const letter of ["ç", "ł", "á", "Α", "’", "😀", "`", "\t"]) assert.deepEqual([segments(letter).encoding, segments(letter).odd], ["UCS-2", [letter]]);
});

test("UCS-2 holds 70 or 67, and an emoji takes two and is never torn", () => {
  assert.deepEqual(cut("ł".repeat(70)), ["UCS-2", 70, 1, 0]);
  assert.deepEqual(cut("ł".repeat(71)), ["UCS-2", 71, 2, 63]);
  assert.deepEqual(cut(`${"ł".repeat(66)}😀${"ł".repeat(65)}`), ["UCS-2", 133, 2, 0]);
  assert.deepEqual(cut(`${"ł".repeat(66)}😀${"ł".repeat(66)}`), ["UCS-2", 134, 3, 66]);
});

test("what segments cost is reckoned without the dust of fractions", () => {
  assert.equal(cost(3), "0.21 EUR");
  assert.equal(cost(3, { amount: 0.075, currency: "PLN" }), "0.225 PLN");
});

const entry = { layouts: { shop: '<html lang="{{ lang }}" dir="{{ dir }}"><title>{{ subject }}</title>{{ preheader }}|{{ content }}|{{ other }}</html>' } };

test("exactly the marks of a layout are replaced, once, and all but the content is escaped", () => {
  const message = { layout: "shop", lang: 'pl"><script>', dir: "ltr", subject: "<b>{{ content }}</b>", preheader: "a & b", html: "<p>{{ subject }} $& $1</p>" };
  assert.equal(
    compose(entry, message),
    '<html lang="pl&quot;&gt;&lt;script&gt;" dir="ltr"><title>&lt;b&gt;{{ content }}&lt;/b&gt;</title>a &amp; b|<p>{{ subject }} $& $1</p>|{{ other }}</html>',
  );
});

test("without its layout a message is its own HTML", () => {
  assert.equal(compose({}, { layout: "shop", html: "<p>x</p>" }), "<p>x</p>");
  assert.equal(compose(entry, { layout: "constructor", html: "<p>x</p>" }), "<p>x</p>");
  assert.equal(compose(entry, {}), "");
});

test("the policy of a frame comes before anything of the mail", () => {
  const page = framed("<html><head><meta http-equiv=refresh>");
  assert.ok(page.startsWith(POLICY));
  assert.match(POLICY, /default-src 'none'; img-src data:; style-src 'unsafe-inline'/);
  assert.ok(page.endsWith("<meta http-equiv=refresh>"));
});

test("a mail's own dark colours are shown when asked, whatever this browser prefers", () => {
  const style = "@media (prefers-color-scheme:dark){a{}} @media ( prefers-color-scheme : light ){b{}}";
  assert.equal(asIn("dark", style), "@media (min-width: 0px){a{}} @media (max-width: 0px){b{}}");
  assert.equal(asIn("light", style), "@media (max-width: 0px){a{}} @media (min-width: 0px){b{}}");
});

test("long text is cut in blocks that together are the text", () => {
  const line = "x".repeat(10_000);
  const text = `a\nb\n${line}😀\n${line}`;
  const cutUp = blocks(text, 1000);
  assert.equal(cutUp.join(""), text);
  assert.ok(cutUp.every((block) => block.length <= 1001));
  assert.deepEqual(blocks(""), []);
  assert.equal(blocks("x".repeat(999) + "😀", 1000).length, 1);
});

test("header lines tell what became of a message", () => {
  const message = { channel: "email", address: "c@example.org", subject: "Hello", sent: "2025-03-01T08:00:00+01:00", received: "2025-03-01T08:00:00+01:00", opened: "2025-03-01T10:35:00+01:00", folder: "inbox" };
  const found = headers({ scenario: { organisation: { organisation: "Maison Claire, shops" } } }, message);
  assert.deepEqual(found[0], ["From", "Maison Claire", ""]);
  assert.deepEqual(found.find(([label]) => label === "Opened"), ["Opened", "Sat 1 Mar 2025 10:35", "2 h 35 min later"]);
  const lost = headers({}, { channel: "sms", sent: "2025-03-01T08:00:00+01:00", subject: "no" });
  assert.deepEqual(lost.map(([label]) => label), ["Sent", "Received"]);
  assert.match(source({}, { ...message, subject: "a\nBcc: b" }), /^To: c@example.org\nSubject: a Bcc: b\nSent: .*\n\n$/);
});

test("a locked screen cuts what does not fit", () => {
  const card = lockScreen({ subject: "s".repeat(41), text: "t ".repeat(10) });
  assert.deepEqual(card.cut, ["title"]);
  assert.equal(card.title.length, 40);
  assert.equal(escaped(`<&>"'`), "&lt;&amp;&gt;&quot;&#39;");
});

test("whoever sends is called by a name, not by a description", () => {
  const from = (organisation) => sender({ scenario: { organisation: { organisation } } }, {});
  assert.equal(from("A Polish insurer with three systems and an automation tool"), "A Polish insurer");
  assert.equal(from("Maison Claire, fashion shops with a loyalty card"), "Maison Claire");
  assert.equal(from("Café Noir: coffee"), "Café Noir");
  assert.equal(from("Marks and Sons"), "Marks and Sons");
  assert.equal(sender({}, { from: "Claire" }), "Claire");
});
