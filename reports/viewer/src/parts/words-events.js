// What happened, one plain sentence for each event. No sentence names an id, a field or a step.

import { because, capital, channel, inSentence, lower, part, place, plainCondition, spaced, system } from "./words-text.js";
import { day, when } from "./words-time.js";

const known = new WeakMap();

// The messages and events of an exhibit by id, gathered once.
function index(exhibit) {
  if (!exhibit) return null;
  if (!known.has(exhibit)) {
    known.set(exhibit, {
      events: new Map((exhibit.events ?? []).map((event) => [event.id, event])),
      messages: new Map((exhibit.messages ?? []).map((message) => [message.message_id, message])),
      withheld: new Map((exhibit.not_sent ?? []).map((item) => [item.event, item])),
    });
  }
  return known.get(exhibit);
}

// The first name, as far as one can tell; "the customer" where nobody is known.
export const firstName = (exhibit) => inSentence(String(exhibit?.name ?? "").trim().split(/\s+/)[0], 40) || "the customer";

// What a journey is called.
export function journeyTitle(id, entry) {
  const journey = entry?.journeys?.find((one) => one.journey === id);
  const title = journey?.title ?? String(id ?? "").replace(/^campaign:/, "");
  const campaign = journey?.campaign ?? null;
  return campaign ? spaced(campaign) : journey ? inSentence(title, 80) : spaced(title);
}

// "the e-mail “Camille, 30 % for your birthday”"
function theMessage(it) {
  const message = it.index?.messages.get(it.data.message_id);
  const subject = message?.subject ?? it.index?.withheld.get(it.event.id)?.subject;
  const called = subject ? inSentence(subject, 90) : spaced(it.data.campaign ?? it.data.message);
  return `the ${channel(it.data.channel).noun}${called ? ` “${called}”` : ""}`;
}

const at = (it) => (it.data.place ? ` at ${place(it.data.place, it.entry)}` : "");
const paid = (it) => (it.data.amount ? ` for ${inSentence(it.data.amount, 20)}` : "");
const item = (it) => (it.data.item ? ` ${/s$/.test(it.data.item) ? "" : "a "}${inSentence(it.data.item, 40)}` : "");
const journey = (it) => `“${journeyTitle(it.data.journey, it.entry)}”`;
const valid = (it) => (it.data.valid_until ? `, valid until ${when(it.data.valid_until)}` : "");
const until = (iso) => (iso ? ` until ${when(iso)}` : "");
const by = (it) => (it.data.channel ? ` by ${channel(it.data.channel).noun}` : "");
const consent = (it) => (it.data.channel ? ` to ${channel(it.data.channel).noun}s` : "");

function arrived(it) {
  const origin = it.index?.events.get(it.event.cause);
  const from = origin?.system && origin.system !== it.event.system ? system(origin.system, it.entry) : "";
  const to = system(it.event.system, it.entry) || "a system";
  return from ? `${from} told ${to}: ${lower(it.data.fact)}` : `${to} heard: ${lower(it.data.fact)}`;
}

function lost(it) {
  const link = it.data.link ? part(`link ${it.data.link}`, it.entry) : "a connection";
  return `${link} lost the news “${lower(it.data.fact)}”${because(it.event)}`;
}

const FAULTS = {
  down: "was down", late: "was late", lossy: "lost part of what it carried", altered: "changed what it carried",
  duplicated: "carried things twice", duplicate: "carried things twice",
};

function fault(it, over) {
  const what = part(it.data.of, it.entry) || "something";
  const how = FAULTS[it.data.fault] ?? `had a fault (${inSentence(it.data.fault, 40)})`;
  return over ? `${what} was in order again` : `from now on ${what} ${how}`;
}

function withheld(it) {
  const told = it.index?.withheld.get(it.event.id)?.sentence;
  if (told) return inSentence(told, 400);
  const then = it.data.then === "hold" ? `; it waits${until(it.data.until)}` : "";
  return `not sent: ${theMessage(it)}${because(it.event)}${then}`;
}

const OF_MESSAGES = {
  "Message Sent": (it) => `the automation sent ${it.who} ${theMessage(it)}`,
  "Message Withheld": withheld,
  "Message Delivered": (it) => `${theMessage(it)} was handed to the provider of ${it.who}`,
  "Message Received": (it) => `${theMessage(it)} ${it.data.folder === "spam" ? `landed among ${it.whose} spam` : `reached ${it.who}`}`,
  "Message Opened": (it) => `${it.who} opened ${theMessage(it)}`,
  "Message Clicked": (it) => `${it.who} clicked on a link in ${theMessage(it)}`,
  "Message Bounced": (it) => `${theMessage(it)} came back${it.data.hard === false ? " for now" : ""}${because(it.event)}`,
  "Message Marked As Spam": (it) => `${it.who} marked ${theMessage(it)} as spam`,
  "Message Unrecognised": (it) => `the automation sent a message that nobody planned: “${inSentence(it.data.subject, 90)}”`,
  "Message Refused": (it) => `a message was refused${because(it.event)}`,
  "Message Deferred": (it) => `a message was put off${because(it.event)}`,
};

function exited(it) {
  if (it.data.reason === "completed") return `${it.who} came to the end of the journey ${journey(it)}`;
  return `${it.who} left the journey ${journey(it)}${because(it.event)}`;
}

const OF_JOURNEYS = {
  "Journey Entered": (it) => `${it.who} entered the journey ${journey(it)}`,
  "Journey Not Entered": (it) => `${it.who} did not enter the journey ${journey(it)}${because(it.event)}`,
  "Journey Exited": exited,
  "Goal Reached": (it) => `${it.who} reached the goal of the journey ${journey(it)}`,
  "Split Taken": (it) => `${it.who} went the way “${branch(it.data.branch)}” of the journey ${journey(it)}`,
  "Command Issued": (it) => `the automation asked ${system(it.data.to_system, it.entry)}: ${spaced(it.data.command)}`,
  "Command Answered": (it) => `${system(it.event.system, it.entry)} answered the automation`,
  "Journeys Published": () => "the journeys went live",
};

const OF_SYSTEMS = {
  "Fact Arrived": arrived,
  "Fact Lost": lost,
  "Fault Began": (it) => fault(it, false),
  "Fault Ended": (it) => fault(it, true),
  "Profiles Linked": () => "two entries were recognised as the same person",
  "Profile Updated": (it) => `${system(it.event.system, it.entry)} changed what it knows of ${it.who}`,
};

const OF_PEOPLE = {
  "Birthday Began": (it) => `${it.whose} birthday began`,
  "Signed Up": (it) => `${it.who} signed up`,
  "Customer Erased": (it) => `everything about ${it.who} was erased`,
  "Customer Lost": (it) => `${it.who} left for good`,
  "Consent Given": (it) => `${it.who} gave consent${consent(it)}`,
  "Consent Withdrawn": (it) => `${it.who} withdrew the consent${consent(it)}`,
  Arrived: (it) => `${it.who} arrived${at(it)}`,
  "Checked In": (it) => `${it.who} was checked in${at(it)}`,
  "Question Asked": (it) => `${it.who} asked a question${it.data.about ? ` about “${spaced(it.data.about)}”` : ""}`,
  "Question Answered": (it) => `${it.whose} question was answered`,
  "Complaint Raised": (it) => `${it.who} complained${by(it)}`,
  "Complaint Reminded": (it) => `${it.who} asked again about the complaint`,
  "Complaint Answered": (it) => `${it.whose} complaint was answered`,
  "Complaint Closed": (it) => `${it.whose} complaint was closed`,
  "Contact Received": (it) => `${it.who} wrote or called${by(it)}${it.data.about ? `: a ${inSentence(it.data.about, 30)}` : ""}`,
  "Contact Classified": (it) => `it was decided what ${it.whose} contact is about`,
  "Contact Assigned": (it) => `somebody was put in charge of ${it.whose} contact`,
  "Contact Answered": (it) => `${it.whose} contact was answered`,
  "Contact Closed": (it) => `${it.whose} contact was closed`,
};

const OF_TRADE = {
  "Order Completed": (it) => `${it.who} bought${item(it) || " something"}${paid(it)}${at(it)}`,
  "Order Promised": (it) => `${it.who} was promised the order${it.data.promised_at ? ` for ${when(it.data.promised_at)}` : ""}`,
  "Order Handed Over": (it) => `${it.who} was handed the order${at(it)}`,
  "Delivery Rescheduled": (it) => `the delivery was moved${it.data.promised_at ? ` to ${when(it.data.promised_at)}` : ""}${because(it.event)}`,
  "Purchase Recorded": (it) => `${system(it.event.system, it.entry)} recorded ${it.whose} purchase`,
  "Item Returned": (it) => `${it.who} sent something back`,
  "Coupon Granted": (it) => `${it.who} was granted a coupon${it.data.discount ? ` of ${inSentence(it.data.discount, 10)} %` : ""}${valid(it)}`,
  "Coupon Applied": (it) => `${it.whose} coupon was applied`,
  "Coupon Redeemed": (it) => `${it.who} used the coupon${at(it)}`,
  "Coupon Presented": (it) => `${it.who} showed the coupon${at(it)}`,
  "Discount Asked": (it) => `${it.who} asked for the discount${at(it)}`,
  "Discount Granted": (it) => `${it.who} got the discount${at(it)}`,
  "Discount Refused": (it) => `${it.who} was refused the discount${it.data.reason ? `: “${inSentence(it.data.reason)}”` : ""}`,
  "Offer Made": (it) => `${it.who} was made an offer${it.data.price ? ` of ${inSentence(it.data.price, 20)}` : ""}${valid(it)}`,
  "Promise Made": (it) => `${it.who} was made a promise${it.data.valid_until ? `, good until ${when(it.data.valid_until)}` : ""}`,
  "Appointment Booked": (it) => `${it.who} booked an appointment${it.data.starts_at ? ` for ${when(it.data.starts_at)}` : ""}${at(it)}`,
  "Appointment Set": (it) => `an appointment was set${it.data.starts_at ? ` for ${when(it.data.starts_at)}` : ""}${at(it)}`,
  "Bill Presented": (it) => `${it.who} was presented a bill${paid(it)}${at(it)}`,
  "Invoice Issued": (it) => `an invoice was issued to ${it.who}${paid(it)}`,
  "Check Promised": (it) => `${it.who} was promised that somebody would look into it`,
  "Task Opened": () => "a task was opened",
  "Task Closed": () => "the task was closed",
};

const TELL = { ...OF_MESSAGES, ...OF_JOURNEYS, ...OF_SYSTEMS, ...OF_PEOPLE, ...OF_TRADE };

// An event that an organisation invented: "Order Flagged Delivered" -> "Camille: order flagged delivered".
const invented = (it) => `${it.event.system ? system(it.event.system, it.entry) : it.who}: ${lower(it.event.name)}`;

// What happened, as a sentence without its full stop. With the exhibit it names the person and the message, with the
// entry it knows the journeys, the places and the automation; it copes without either.
export function says(event, exhibit, entry) {
  const who = firstName(exhibit);
  const whose = who === "the customer" ? "the customer's" : `${who}'s`;
  const it = { event, data: event.data ?? {}, who, whose, entry, index: index(exhibit) };
  const tell = Object.hasOwn(TELL, event.name) ? TELL[event.name] : invented;
  return capital(tell(it));
}

// "coupon.status = used and order.item is known" -> "the coupon status is used and the order item is known"
export function branch(condition) {
  const text = inSentence(condition, 160);
  if (text === "else" || text === "") return text && "otherwise";
  if (/^[\d.]+ %$/.test(text)) return `${text} by lot`;
  return plainCondition(text);
}

// A step of a journey in plain words: {verb, what}.
export function step(node, entry) {
  const label = inSentence(node.label, 160);
  const sent = /^send (\S+) by (.+)$/.exec(label);
  if (sent) {
    const title = entry?.scenario?.messages?.[sent[1]]?.message;
    return { verb: `Send ${channel(sent[2]).a}`, what: title ? inSentence(title, 80) : spaced(sent[1]) };
  }
  const told = /^tell ([^:]+): (.+)$/.exec(label);
  if (told) return { verb: `Ask ${system(told[1], entry)}`, what: spaced(told[2]) };
  const other = /^(wait until|wait for|wait|exit:|goal:) ?(.*)$/.exec(label);
  if (!other) return node.kind === "split" ? { verb: "Decide", what: "" } : { verb: capital(spaced(node.kind)) || "Step", what: label };
  const verbs = { "wait until": "Wait until", "wait for": "Wait for", wait: "Wait", "exit:": "Leave", "goal:": "Goal" };
  const rest = other[1] === "wait for" ? lower(other[2]) : other[2].replace(/\b([a-z]+)\.([a-z_]+)/g, (_, a, b) => `${a} ${spaced(b)}`);
  return { verb: verbs[other[1]], what: rest };
}

const PATTERN = /^([A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)+)(?: where (.+))?$/;

// When a journey begins, in words: "the birthday, 15 days before, at 09:00 by the person's clock".
export function trigger(text) {
  const told = inSentence(text, 200).replace(/\b\d{4}-\d\d-\d\d\b/g, (date) => day(date));
  const segment = /^segment (\S+)(.*)$/.exec(told);
  if (segment) return `whoever belongs to “${spaced(segment[1])}”${segment[2]}`;
  const pattern = PATTERN.exec(told);
  if (pattern) return `when this happens: ${lower(pattern[1])}${pattern[2] ? `, if ${plainCondition(pattern[2])}` : ""}`;
  return plainCondition(told.replace(/anniversary of customer\.birth_date/, "the birthday"))
    .replace(/, -(\d+ \w+) away/, ", $1 before").replace(/, (\d+ \w+) away/, ", $1 after")
    .replace(/ local$/, " by the person's clock");
}

// What a fault was and how long it lasted, for a mark in a chart: [{began, ended, ms, sentence}].
export function faults(entry) {
  const open = [];
  for (const event of entry?.organisation_events ?? []) {
    const key = `${event.data?.fault} ${event.data?.of}`;
    if (event.name === "Fault Began") open.push({ key, began: event.time, ended: null, data: event.data ?? {} });
    const earlier = event.name === "Fault Ended" && open.find((one) => one.key === key && !one.ended);
    if (earlier) earlier.ended = event.time;
  }
  return open.map(({ began, ended, data }) => {
    const what = capital(part(data.of, entry) || "something");
    const how = FAULTS[data.fault] ?? `had a fault (${inSentence(data.fault, 40)})`;
    const span = ended ? `from ${when(began)} until ${when(ended)}` : `from ${when(began)} on`;
    return { began, ended, sentence: `${what} ${how} ${span}.` };
  });
}

