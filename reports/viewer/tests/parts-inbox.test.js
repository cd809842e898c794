import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inbox, itemOf, moved, notSent, standing, summary, withoutHead } from "../src/parts/inbox-model.js";
import { instant } from "../src/parts/words.js";

const at = (clock) => instant(`2025-03-01T${clock}:00+01:00`);
const iso = (clock) => `2025-03-01T${clock}:00+01:00`;
const message = { event: "c/1", message_id: "m1", channel: "email", sent: iso("08:00"), received: iso("08:05"), opened: iso("09:00"), clicked: iso("09:30") };

test("a message is under way, unread, opened, clicked, as the day goes on", () => {
  assert.equal(standing(message, at("07:59")), null);
  assert.equal(standing(message, at("08:00")).state, "under way");
  assert.equal(standing(message, at("08:05")).state, "unread");
  assert.equal(standing(message, at("09:00")).state, "opened");
  assert.equal(standing(message, null).state, "clicked");
});

test("what came back, and what is spam, is said", () => {
  assert.equal(standing({ ...message, received: undefined, opened: undefined, clicked: undefined, bounced: iso("08:10") }, at("08:05")).state, "under way");
  assert.equal(standing({ ...message, bounced: iso("08:10") }, at("08:10")).state, "bounced");
  const spam = standing({ ...message, folder: "spam" }, at("08:06"));
  assert.deepEqual([spam.state, spam.spam], ["unread", true]);
});

test("the newest is first, and what was not sent stands between, dated", () => {
  const not_sent = [{ event: "c/5", time: iso("08:30"), kind: "withheld", channel: "sms", sentence: "Not sent: it is night." }];
  const later = { ...message, event: "c/9", message_id: "m2", sent: iso("10:00"), received: undefined, opened: undefined, clicked: undefined };
  const exhibit = { messages: [message, later], not_sent, events: [{ id: "c/2", data: { message_id: "m1" } }] };
  const items = inbox(exhibit, null);
  assert.deepEqual(items.map((item) => [item.event, item.kind]), [["c/9", "message"], ["c/5", "not sent"], ["c/1", "message"]]);
  assert.equal(summary(items), "2 messages, 1 under way; 1 was not sent");
  assert.deepEqual(inbox(exhibit, at("08:10")).map((item) => item.event), ["c/1"]);
  assert.equal(itemOf(items, exhibit, "c/2").event, "c/1");
  assert.equal(itemOf(items, exhibit, "c/77"), null);
});

test("a result that does not tell what was not sent is read from its events", () => {
  const events = [
    { id: "c/4", time: iso("08:00"), name: "Message Withheld", data: { channel: "email", reason: "quiet hours", then: "hold", until: iso("09:00") } },
    { id: "c/6", time: iso("08:00"), name: "Journey Not Entered", data: { reason: "re-entry: once" } },
    { id: "c/7", time: iso("08:00"), name: "Order Completed", data: {} },
  ];
  const [held, refused] = notSent({ events });
  assert.equal(held.sentence, "Not sent: it is the time of quiet hours; it waits until Sat 1 Mar 2025 09:00.");
  assert.equal(refused.sentence, "The journey did not begin: nobody walks this journey twice.");
  assert.equal(withoutHead(held.sentence), "It is the time of quiet hours; it waits until Sat 1 Mar 2025 09:00.");
  assert.deepEqual(notSent(undefined), []);
});

test("keys lead along the list and stop at its ends", () => {
  assert.equal(moved("ArrowDown", -1, 3), 0);
  assert.equal(moved("ArrowDown", 2, 3), 2);
  assert.equal(moved("ArrowUp", 0, 3), 0);
  assert.equal(moved("End", 0, 3), 2);
  assert.equal(moved("x", 0, 3), null);
  assert.equal(moved("constructor", 0, 3), null);
});

test("a mail is listed by its subject, a text message by its text", () => {
  assert.deepEqual(heading({ channel: "email", subject: "Hello", text: "a\n b", preheader: "" }), { called: "Hello", preview: "a b" });
  assert.deepEqual(heading({ channel: "sms", subject: "Hello", text: "a\n b" }), { called: "a b", preview: "" });
  assert.deepEqual(heading({ channel: "push", message: "app-offer" }), { called: "app offer", preview: "" });
});
