// The inbox of a person as it was at an instant: what had come, what was under way, and what was never sent, and why.

import { capital, channel, clip, inSentence, reasonOf, spaced } from "./words-text.js";
import { journeyTitle } from "./words-events.js";
import { instant, when } from "./words-time.js";

const reached = (iso, at) => Boolean(iso) && (at === null || at === undefined || instant(iso) <= at);

// What had become of a message by then: {state, word, at (ISO text)}; null before it was sent. `at` null is the end.
export function standing(message, at) {
  if (!reached(message.sent, at)) return null;
  if (reached(message.bounced, at)) return { state: "bounced", word: "came back", at: message.bounced };
  if (!reached(message.received, at)) return { state: "under way", word: "under way", at: message.sent };
  const spam = message.folder === "spam" || reached(message.marked_as_spam, at);
  if (reached(message.marked_as_spam, at)) return { state: "spam", word: "marked as spam", at: message.received, spam };
  if (reached(message.clicked, at)) return { state: "clicked", word: "opened and clicked", at: message.received, spam };
  if (reached(message.opened, at)) return { state: "opened", word: "opened", at: message.received, spam };
  return { state: "unread", word: "unread", at: message.received, spam };
}

const KINDS = { "Message Withheld": "withheld", "Journey Not Entered": "not entered" };

// "Not sent: nothing goes out at night." -> "Nothing goes out at night.", under a heading that says the first part.
export const withoutHead = (sentence) => capital(String(sentence ?? "").replace(/^Not sent: /, ""));

// What was not sent, from the events alone, for a result that does not tell it by itself.
function fromEvents(exhibit, entry) {
  return (exhibit.events ?? []).filter((event) => KINDS[event.name]).map((event) => {
    const data = event.data ?? {};
    const why = reasonOf(event) || inSentence(data.reason) || "a rule held it back";
    const held = data.then === "hold" ? `; it waits${data.until ? ` until ${when(data.until)}` : ""}` : "";
    const entered = event.name === "Journey Not Entered";
    const sentence = entered ? `The journey did not begin: ${why}.` : `Not sent: ${why}${held}.`;
    return {
      event: event.id, time: event.time, kind: KINDS[event.name], message: data.message ?? null, subject: data.subject ?? null,
      channel: data.channel, journey: data.journey, reason: data.reason, sentence, until: data.until ?? null, line: data.line ?? null,
      title: journeyTitle(data.journey, entry),
    };
  });
}

// What was not sent: [{event, time, kind, sentence, ...}].
export const notSent = (exhibit, entry) => exhibit?.not_sent ?? fromEvents(exhibit ?? {}, entry);

// The inbox, newest first: {kind: "message" | "not sent", event, at, ...}. Equal instants keep the order of the log.
export function inbox(exhibit, at, entry) {
  const items = [];
  for (const message of exhibit?.messages ?? []) {
    const state = standing(message, at);
    if (state) items.push({ kind: "message", event: message.event, at: state.at, message, ...channelOf(message), standing: state });
  }
  for (const item of notSent(exhibit, entry)) {
    if (reached(item.time, at)) items.push({ kind: "not sent", event: item.event, at: item.time, item, ...channelOf(item) });
  }
  const placed = items.map((item, place) => ({ item, place, ms: instant(item.at) }));
  placed.sort((a, b) => b.ms - a.ms || b.place - a.place);
  return placed.map(({ item }) => item);
}

const channelOf = (one) => ({ channel: channel(one.channel) });

const oneLine = (text) => clip(String(text ?? "").slice(0, 400).replace(/\s+/g, " ").trim(), 160);

// What a message is listed by, and what of it shows below. A text message has no subject: its text is all there is.
export function heading(message) {
  const { noun } = channel(message.channel);
  const text = oneLine(message.text);
  if (noun === "text message" && text) return { called: text, preview: "" };
  const called = message.subject || message.title || spaced(message.message);
  return { called, preview: noun === "e-mail" ? oneLine(message.preheader) || text : text };
}

// Which item an event belongs to: its own, or the one of the message that it tells of.
export function itemOf(items, exhibit, selected) {
  if (!selected) return null;
  const own = items.find((item) => item.event === selected);
  if (own) return own;
  const id = exhibit?.events?.find((event) => event.id === selected)?.data?.message_id;
  return (id && items.find((item) => item.message?.message_id === id)) || null;
}

// "6 messages, 2 unread, 1 under way; 3 were not sent", "2 messages; nothing was held back"
export function summary(items) {
  const messages = items.filter((item) => item.kind === "message");
  const of = (...states) => messages.filter((item) => states.includes(item.standing.state)).length;
  const words = [messages.length === 1 ? "1 message" : `${messages.length} messages`];
  const counts = [[of("unread"), "unread"], [of("under way"), "under way"], [of("bounced"), "came back"]];
  counts.push([messages.filter((item) => item.standing.spam).length, "in the spam folder"]);
  for (const [count, word] of counts) if (count) words.push(`${count} ${word}`);
  const none = items.length - messages.length;
  return `${words.join(", ")}; ${none ? `${none} ${none === 1 ? "was" : "were"} not sent` : "nothing was held back"}`;
}

// Where a key leads from a place in a list of so many; null for other keys.
export function moved(key, place, count) {
  const steps = { ArrowDown: place + 1, ArrowUp: place - 1, j: place + 1, k: place - 1, Home: 0, End: count - 1 };
  Object.assign(steps, { PageDown: place + 8, PageUp: place - 8 });
  return Object.hasOwn(steps, key) ? Math.min(Math.max(0, steps[key]), count - 1) : null;
}
