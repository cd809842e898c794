// The reasons behind an event, gathered from a story and its entry. Pure.

import { because, capital, faults, journeyTitle, says, system, trigger, when } from "./words.js";

// From the fact that began it down to the event itself.
export function chainBack(exhibit, event) {
  const byId = new Map(exhibit.events.map((each) => [each.id, each]));
  const chain = [];
  const seen = new Set();
  for (let at = event; at && !seen.has(at.id); at = byId.get(at.cause)) {
    seen.add(at.id);
    chain.unshift(at);
  }
  return chain;
}

// What began the chain where no fact did: the calendar of a journey, in a sentence; else nothing.
export function beganBy(entry, first) {
  const journey = entry.journeys?.find((each) => each.journey === first?.data?.journey);
  if (!journey || first.cause || !journey.trigger) return "";
  return `The automation began it by itself. The journey “${journeyTitle(journey.journey, entry)}” starts so: ${trigger(journey.trigger)}.`;
}

const DAY = 86_400_000;

// What was out of order in the organisation between two instants: sentences.
export function faultsAround(entry, from, to) {
  const touches = (fault) => Date.parse(fault.began) <= to && (!fault.ended || Date.parse(fault.ended) >= from);
  return faults(entry).filter(touches).slice(0, 6).map((fault) => fault.sentence);
}

// The stretch in which something could have kept an event from being right.
export function stretchOf(event, broken) {
  const at = Date.parse(event.time);
  const moments = broken.flatMap(({ violation }) => [violation.onset, violation.true_since]).filter(Boolean).map((iso) => Date.parse(iso));
  const from = Math.min(at, ...moments);
  return { from: Math.max(from, at - 14 * DAY), to: Math.max(at, ...moments) };
}

const NO_LINK = /^no link from (\S+) to (\S+)$/;
const DEAF = /^link (\S+) to (\S+) \(does not carry (.+)\)$/;
const BROKEN = /^link (\S+) to (\S+) \((late|lost|altered)\)$/;
const STRANGER = /^identity \((.+)\)$/;

// Where the news stopped, as a sentence: "link crm to esp (does not carry Coupon Redeemed)" -> plain words.
export function siloWords(silo, entry) {
  const names = (found) => [system(found[1], entry), system(found[2], entry)];
  let found = NO_LINK.exec(silo);
  if (found) return `Nothing connects ${names(found)[0]} with ${names(found)[1]}.`;
  if ((found = DEAF.exec(silo))) return `The connection from ${names(found)[0]} to ${names(found)[1]} does not carry “${found[3].toLowerCase()}”.`;
  if ((found = BROKEN.exec(silo))) {
    const how = { late: "was too slow", lost: "lost it", altered: "changed it on the way" }[found[3]];
    return `The connection from ${names(found)[0]} to ${names(found)[1]} ${how}.`;
  }
  if ((found = STRANGER.exec(silo))) return `Two entries of one person were never linked: ${found[1]}.`;
  return `${capital(silo)}.`;
}

// Who knew what when, of one violation: [term, words, tone].
export function knowledgeOf(entry, violation) {
  const actor = violation.actor ? system(violation.actor, entry) : "whoever acted";
  const steps = [];
  if (violation.true_since) steps.push(["True since", when(violation.true_since), ""]);
  if (violation.known_since) {
    const late = Date.parse(violation.known_since) > Date.parse(violation.onset);
    steps.push([`Known to ${actor}`, `since ${when(violation.known_since)}${late ? ": too late" : ""}`, late ? "bad" : ""]);
  } else if (violation.silo) {
    steps.push([`Known to ${actor}`, "never in time", "bad"]);
  }
  if (violation.silo) steps.push(["Where it stopped", siloWords(violation.silo, entry), "bad"]);
  if (violation.onset) steps.push(["Rule broken", when(violation.onset), ""]);
  return steps;
}

const MISSED = new Set(["Message Withheld", "Message Refused", "Message Bounced", "Journey Not Entered", "Fact Lost"]);

// Results from before version-1 files told this: from the events themselves.
function told(exhibit) {
  if (exhibit.not_sent) return exhibit.not_sent;
  return exhibit.events.filter((event) => MISSED.has(event.name)).map((event) => ({
    event: event.id, time: event.time, subject: null, line: event.data?.line ?? null, message: event.data?.message_id,
    sentence: event.name === "Fact Lost" ? `${says(event, exhibit)}.` : `${capital(`${event.name.toLowerCase()}${because(event)}`)}.`,
  }));
}

// What did not come: about this very event, and the nearest others in time.
export function missedOf(exhibit, event, near) {
  const all = told(exhibit);
  const about = all.filter((item) => item.event === event.id);
  const at = Date.parse(event.time);
  const others = all
    .filter((item) => item.event !== event.id)
    .map((item) => ({ item, far: Math.abs(Date.parse(item.time) - at) }))
    .filter(({ far }) => far < 14 * 86_400_000)
    .sort((one, other) => one.far - other.far)
    .slice(0, near)
    .map(({ item }) => item)
    .sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
  return { about, others };
}
