// The moments of one person's story that the scrubber shows and that J and K step through.

import { notSent } from "../parts/inbox-model.js";

// What a system did or knew: mechanics, told under "why". What remains is what the person lived through.
const MECHANICS = /^(Message |Journey |Journeys |Fact |Fault |Split |Goal |Command |Profile|Task |Coupon Granted|Contact (Classified|Assigned|Closed))/;

const ORDER = { fault: 0, event: 1, message: 2, "not-sent": 3, broken: 4 };

// exhibit, entry -> [{at (ms), kind, event (id or null), item}] in order. Kinds: message, not-sent, event, fault, broken.
export function moments(entry, exhibit) {
  if (!exhibit) return [];
  const found = [
    ...exhibit.messages.filter(arrived).map((item) => moment("message", arrived(item), item.event, item)),
    ...notSent(exhibit, entry).map((item) => moment("not-sent", item.time, item.event, item)),
    ...exhibit.events.filter((event) => !MECHANICS.test(event.name)).map((item) => moment("event", item.time, item.id, item)),
    ...(entry.organisation_events ?? []).filter((event) => /^Fault/.test(event.name))
      .map((item) => moment("fault", item.time, item.id, item)),
    ...broken(entry, exhibit).map((item) => moment("broken", item.onset, item.witnesses?.[0] ?? item.activation, item)),
  ];
  return found.filter(({ at }) => Number.isFinite(at)).sort((one, other) => one.at - other.at || ORDER[one.kind] - ORDER[other.kind]);
}

const moment = (kind, iso, event, item) => ({ at: Date.parse(iso), kind, event: event ?? null, item });

// When a message came to its reader, or null if it never did.
export const arrived = (message) => message.received ?? null;

export function broken(entry, exhibit) {
  return (entry.checks ?? []).flatMap((check) => check.violations ?? [])
    .filter((violation) => violation.customer === exhibit.customer && violation.onset);
}

// The moment on which one stands: the selected one if the clock is there, else the last before.
function standing(list, at, event) {
  const chosen = list.findIndex((item) => item.event === event && item.at === at);
  if (chosen >= 0) return { before: chosen - 1, after: chosen + 1 };
  let next = list.findIndex((item) => item.at > at);
  if (next < 0) next = list.length;
  let last = next - 1;
  while (last >= 0 && list[last].at === at) last -= 1;
  return { before: last, after: next };
}

export const following = (list, at, event) => list[standing(list, at, event).after] ?? null;
export const preceding = (list, at, event) => list[standing(list, at, event).before] ?? null;
export const ofKind = (list, ...kinds) => list.filter((item) => kinds.includes(item.kind));

// The newest message that is in the inbox at an instant.
export function newest(list, at) {
  for (let index = list.length - 1; index >= 0; index -= 1) {
    if (list[index].at <= at && list[index].kind === "message") return list[index];
  }
  return null;
}

// The last message among those that some events belong to.
function lastTold(exhibit, list, events) {
  const told = new Set(events.map((event) => messageOf(exhibit, event)?.event).filter(Boolean));
  return ofKind(list, "message").filter((item) => told.has(item.event)).at(-1);
}

// The event of a broken rule that happened at the very moment, else the last that tells of it.
function happening(exhibit, { witnesses = [], activation = null }, onset) {
  const then = exhibit.events.find((event) => Date.parse(event.time) === onset && (event.id === activation || witnesses.includes(event.id)));
  return then?.id ?? witnesses.at(-1) ?? activation;
}

// Where a story opens: at what shows the fault best. That is the last message which the broken rule names, else the moment
// at which it was broken; where all went well, the last message.
export function opening(entry, exhibit, list = moments(entry, exhibit)) {
  const cause = (entry.causes ?? []).find((item) => item.first?.customer === exhibit?.customer) ?? null;
  const named = cause && entry.checks.find((check) => check.name === cause.first.check)?.violations?.[cause.first.violation];
  const fault = named ?? (exhibit && broken(entry, exhibit)[0]);
  if (fault) {
    const onset = Date.parse(fault.onset);
    const message = lastTold(exhibit, list, fault.witnesses ?? []) ?? lastTold(exhibit, list, [fault.activation]);
    if (message) return { at: Math.max(message.at, onset), event: message.event };
    return { at: onset, event: happening(exhibit, fault, onset) };
  }
  const last = ofKind(list, "message").at(-1) ?? list.at(-1);
  return last ? { at: last.at, event: last.event } : { at: Date.parse(entry.virtual_end), event: null };
}

// Instants near enough to one are meant: a mouse cannot hit a minute in a year.
export function snapped(list, at, reach) {
  let best = null;
  for (const item of list) {
    const far = Math.abs(item.at - at);
    if (far <= reach && (best === null || far < Math.abs(best.at - at))) best = item;
  }
  return best;
}

// The same thing in another run of the story: by its own id, else the same message nearest in time.
export function again(list, event, was) {
  if (!event) return null;
  const same = list.find((item) => item.event === event && (!was || item.kind === was.kind));
  if (!was) return same ?? null;
  const alike = (item) => item.kind === was.kind && (item.item.message ?? item.item.name) === (was.item.message ?? was.item.name);
  if (same && alike(same)) return same;
  const others = list.filter(alike).sort((one, other) => Math.abs(one.at - was.at) - Math.abs(other.at - was.at));
  return others[0] ?? null;
}

// Marks over the scrubber, in shares of its width; what falls on one place becomes one mark.
export function marks(list, [from, to], places = 300) {
  const cells = new Map();
  for (const item of list) {
    if (item.at < from || item.at > to) continue;
    const place = Math.round(((item.at - from) / (to - from)) * places);
    const key = `${item.kind} ${place}`;
    const cell = cells.get(key);
    if (cell) cell.count += 1;
    else cells.set(key, { kind: item.kind, share: (item.at - from) / (to - from), at: item.at, event: item.event, item: item.item, count: 1 });
  }
  return [...cells.values()];
}

// The message that an event belongs to, if any: the sending itself, or what became of it.
export function messageOf(exhibit, event) {
  const events = new Map((exhibit?.events ?? []).map((one) => [one.id, one]));
  for (let id = event, far = 0; id && far < 6; id = events.get(id)?.cause, far += 1) {
    const message = exhibit?.messages.find((one) => one.event === id);
    if (message) return message;
    if (events.has(id) && !/^Message /.test(events.get(id).name)) return null;
  }
  return null;
}

export const notSentOf = (list, event) => ofKind(list, "not-sent").find((item) => item.event === event)?.item ?? null;
