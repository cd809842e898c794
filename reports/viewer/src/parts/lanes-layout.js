// What the lanes show, before anything is measured: rows, what stands in each, arrows, bars, flags and bands.
// Pure: an entry and one customer's story in, plain arrays out. Times are milliseconds UTC.

import { clockOf, duration, offsetOf } from "./lanes-time.js";
import { capital, system } from "./words-text.js";
import { journeyTitle } from "./words-events.js";

// Things that happen to a record and that the customer does not live through.
const BEHIND = new Set([
  "Purchase Recorded", "Task Opened", "Task Closed", "Contact Classified", "Contact Assigned", "Profile Updated",
  "Profiles Linked", "Order Flagged Delivered", "Handover Confirmed", "Delivery Rescheduled", "Command Answered",
]);

const MESSAGE_KINDS = {
  "Message Received": "received", "Message Opened": "opened", "Message Clicked": "clicked",
  "Message Bounced": "bounced", "Message Marked As Spam": "spam",
};

const AUTOMATION_KINDS = {
  "Message Sent": "sent", "Message Withheld": "withheld", "Message Refused": "withheld", "Message Deferred": "withheld",
  "Message Unrecognised": "withheld", "Journey Not Entered": "notentered", "Goal Reached": "goal", "Split Taken": "split",
  "Command Issued": "command", "Coupon Granted": "coupon",
};

// Which of several marks on one spot is drawn; the others are its number.
const RANK = {
  lost: 9, bounced: 9, spam: 9, withheld: 8, sent: 7, received: 7, fact: 7, goal: 6, command: 5, act: 5, coupon: 4,
  arrived: 4, clicked: 4, opened: 3, notentered: 3, split: 2, known: 1,
};

const DEADLINES = new Set(["response", "sla", "succession", "agreement"]);
const plain = (name) => String(name ?? "").replaceAll("-", " ");

// The words beside a mark: short, lower case, nothing technical.
export function short(entry, event, kind) {
  const data = event.data ?? {};
  const message = () => messageTitle(entry, data.message) || "message";
  switch (kind) {
    case "arrived": return `hears: ${(data.fact ?? "").toLowerCase()}`;
    case "lost": return `lost: ${(data.fact ?? "").toLowerCase()}`;
    case "sent": return message();
    case "withheld": return `not sent: ${data.reason ?? event.name.toLowerCase()}`;
    case "notentered": return `not entered: ${data.reason ?? ""}`;
    case "received": return data.folder === "spam" ? `${message()} (in spam)` : message();
    case "opened": return "opened";
    case "clicked": return "clicked";
    case "bounced": return "bounced";
    case "spam": return "marked as spam";
    case "coupon": return "coupon";
    case "split": return `way: ${data.branch ?? ""}`;
    case "command": return `asks: ${plain(data.command)}`;
    default: return event.name.toLowerCase();
  }
}

export function messageTitle(entry, id) {
  return entry.scenario?.messages?.[id]?.message ?? plain(id);
}

// "dealer" -> "Dealer's system": as people speak of it, and without the article, which a list of rows does not need.
export function systemTitle(entry, id) {
  const systems = entry.scenario?.organisation?.systems;
  const found = Array.isArray(systems) ? systems.find((each) => (each.id ?? each.system) === id) : systems?.[id];
  const told = found?.title ?? found?.name ?? system(id, entry).replace(/^the (system )?/, "").replace(/^“(.*)”$/, "$1");
  return capital(told);
}

function systemsOf(entry, exhibit) {
  const declared = entry.scenario?.organisation?.systems ?? [];
  const named = Array.isArray(declared) ? declared.map((each) => each.id ?? each.system ?? each) : Object.keys(declared);
  const seen = new Set(exhibit.events.map((event) => event.system).filter(Boolean));
  return [...new Set([...named, ...seen])];
}

function rowsOf(entry, exhibit) {
  const automation = entry.scenario?.organisation?.automation ?? "esp";
  const others = systemsOf(entry, exhibit).filter((system) => system !== automation);
  return [
    { key: "life", kind: "life", title: exhibit.name || exhibit.customer, note: "what happens" },
    ...others.map((id) => ({ key: `system:${id}`, kind: "system", system: id, title: systemTitle(entry, id), note: "what it knows" })),
    { key: `system:${automation}`, kind: "automation", system: automation, title: systemTitle(entry, automation), note: "what it hears, sends, holds back" },
    { key: "inbox", kind: "inbox", title: "Messages", note: "received and read" },
  ];
}

// Where one event stands: [line key, kind] pairs. A fact stands in the life of the person and in the system that
// records it, because from that moment this system, and no other, knows it.
function spotsOf(name, system, automation) {
  if (name === "Journey Entered" || name === "Journey Exited" || name === "Message Delivered") return [];
  if (MESSAGE_KINDS[name]) return [["inbox", MESSAGE_KINDS[name]]];
  if (name === "Fact Arrived") return [[`system:${system}`, "arrived"]];
  if (name === "Fact Lost") return [[`system:${system}`, "lost"]];
  if (AUTOMATION_KINDS[name]) return [[`acts:${automation}`, AUTOMATION_KINDS[name]]];
  if (BEHIND.has(name) && system) return [[`system:${system}`, "act"]];
  return system ? [["life", "fact"], [`system:${system}`, "known"]] : [["life", "fact"]];
}

// The same for every event of one name and system, so it is worked out once for each such pair.
function spotter(automation) {
  const known = new Map();
  return ({ name, system }) => {
    if (!known.has(name)) known.set(name, new Map());
    const bySystem = known.get(name);
    if (!bySystem.has(system)) bySystem.set(system, spotsOf(name, system, automation));
    return bySystem.get(system);
  };
}

function linesOf(events, times, automation, wrong) {
  const lines = new Map();
  const spots = spotter(automation);
  for (let at = 0; at < events.length; at += 1) {
    for (const [key, kind] of spots(events[at])) {
      let line = lines.get(key);
      if (!line) lines.set(key, (line = { key, times: [], kinds: [], events: [], ranks: [] }));
      line.times.push(times[at]);
      line.kinds.push(kind);
      line.events.push(at);
      line.ranks.push((RANK[kind] ?? 0) + (kind !== "known" && wrong.has(events[at].id) ? 100 : 0));
    }
  }
  return lines;
}

const BROKEN = / to (.+)$/;

function linksOf(events, times, index, automation) {
  const links = [];
  for (let at = 0; at < events.length; at += 1) {
    const event = events[at];
    if (event.name !== "Fact Arrived" && event.name !== "Fact Lost" && event.name !== "Message Received") continue;
    let from = index.get(event.cause);
    if (event.name === "Message Received" && from !== undefined) from = index.get(events[from].cause) ?? from;
    if (from === undefined) continue;
    const origin = events[from];
    if (event.name === "Message Received") {
      links.push({ kind: "mail", from, to: at, start: times[from], end: times[at], source: `acts:${automation}`, target: "inbox" });
    } else if (event.name === "Fact Lost") {
      const target = BROKEN.exec(event.data?.link ?? "")?.[1];
      links.push({ kind: "lost", from, to: at, start: times[from], end: times[at], source: `system:${origin.system}`, target: `system:${target}`, words: event.data?.reason ?? "lost" });
    } else if (origin.system !== event.system) {
      links.push({ kind: "link", from, to: at, start: times[from], end: times[at], source: `system:${origin.system}`, target: `system:${event.system}` });
    }
  }
  return links.sort((one, other) => one.start - other.start);
}

function barsOf(entry, events, times, ends) {
  const bars = new Map();
  events.forEach((event, at) => {
    const { instance, journey } = event.data ?? {};
    if (!instance) return;
    let bar = bars.get(instance);
    if (!bar) bars.set(instance, (bar = { instance, journey, title: capital(journeyTitle(journey, entry)), first: at, last: at, start: times[at], end: ends, moments: [], open: true }));
    bar.moments.push(times[at]);
    bar.last = at;
    if (event.name === "Journey Exited") Object.assign(bar, { end: times[at], open: false, reason: event.data.reason });
  });
  return [...bars.values()].sort((one, other) => one.start - other.start);
}

const CARRIES_NOT = /does not carry (.+)\)$/;

// A broken rule as it stands on the time line. `due` is when it had to be so, `came` when it was, `wrong` the moment
// of an act that should not have been.
export function flagOf(check, violation, index, timeOf, nameOf = () => undefined) {
  const onset = Date.parse(violation.onset);
  const seen = (violation.witnesses ?? []).map((id) => timeOf(id)).filter((at) => at !== undefined);
  const activation = timeOf(violation.activation);
  const flag = { check: check.name, index, onset, activation, sentence: violation.sentence, id: `${check.name}/${index}`, title: plain(check.name) };
  const late = violation.margin_ms;
  // How long it had been true without reaching whoever had to act: only where the news stopped somewhere.
  const since = violation.silo && violation.true_since ? Date.parse(violation.true_since) : undefined;
  if (since < onset) {
    const fact = [violation.activation, ...(violation.witnesses ?? [])].find((id) => timeOf(id) === since);
    Object.assign(flag, { since, actor: violation.actor, unknown: (nameOf(fact) ?? CARRIES_NOT.exec(violation.silo)?.[1])?.toLowerCase() });
  }
  const event = violation.witnesses?.[0] ?? violation.activation;
  if (check.template === "precedence" && late !== null && late < 0) {
    return { ...flag, kind: "early", from: onset, to: onset - late, words: `${duration(late)} too early`, event: violation.activation };
  }
  if (DEADLINES.has(check.template)) {
    if (late === null) return { ...flag, kind: "never", from: onset, to: onset, due: onset, words: check.template === "agreement" ? "never agreed" : "never came", event: violation.activation };
    const came = check.template === "agreement" ? onset - late : (seen[0] ?? onset - late);
    return { ...flag, kind: "late", from: came + late, to: came, due: came + late, came, words: `${duration(late)} late`, event };
  }
  return { ...flag, kind: "wrong", from: onset, to: onset, seen, words: flag.title, event: violation.activation ?? event };
}

export function flagsOf(entry, exhibit, timeOf, nameOf) {
  const flags = [];
  for (const check of entry.checks ?? []) {
    (check.violations ?? []).forEach((violation, index) => {
      if (violation.customer === exhibit.customer) flags.push(flagOf(check, violation, index, timeOf, nameOf));
    });
  }
  return flags.sort((one, other) => one.from - other.from);
}

function bandRows(entry, of, automation) {
  const [kind, ...rest] = String(of).split(" ");
  const name = rest.join(" ");
  if (of === "backend") return [`system:${automation}`];
  if (kind === "desk") return [`system:${entry.scenario?.organisation?.desks?.[name]?.system}`];
  if (kind === "system") return [`system:${name}`];
  if (kind === "link") return name.split(" to ").map((system) => `system:${system}`);
  if (kind === "channel") return ["inbox"];
  return [];
}

const FAULTS = { down: "down", late: "late", altered: "altered data", lost: "losing things" };

// Faults of the organisation: { from, to, rows, words }.
export function bandsOf(entry, automation, ends) {
  const open = new Map();
  const bands = [];
  for (const event of entry.organisation_events ?? []) {
    if (event.name !== "Fault Began" && event.name !== "Fault Ended") continue;
    const { fault, of } = event.data;
    const key = `${fault}/${of}`;
    if (event.name === "Fault Began") {
      const band = { from: Date.parse(event.time), to: ends, rows: bandRows(entry, of, automation), words: `${of === "backend" ? "automation" : of} ${FAULTS[fault] ?? fault}` };
      bands.push(band);
      open.set(key, band);
    } else if (open.has(key)) {
      open.get(key).to = Date.parse(event.time);
      open.delete(key);
    }
  }
  return bands;
}

function holidaysOf(entry, exhibit) {
  const person = entry.scenario?.people?.find?.((each) => each.id === exhibit.customer);
  const country = person?.country ?? entry.calendar?.country;
  const days = entry.calendar?.holidays ?? [];
  return days.filter((holiday) => !country || !holiday.country || holiday.country === country).map((holiday) => holiday.day);
}

const prepared = new WeakMap();

// Everything about one customer's story that does not depend on what is looked at. Computed once for each exhibit.
export function prepare(entry, exhibit) {
  const known = prepared.get(exhibit);
  if (known?.entry === entry) return known;
  const automation = entry.scenario?.organisation?.automation ?? "esp";
  const events = exhibit.events;
  const times = Float64Array.from(events, (event) => Date.parse(event.time));
  const index = new Map(events.map((event, at) => [event.id, at]));
  const timeOf = (id) => (index.has(id) ? times[index.get(id)] : undefined);
  const first = times[0] ?? Date.parse(entry.virtual_start);
  const starts = Math.min(Date.parse(entry.virtual_start) || first, first);
  const ends = Math.max(Date.parse(entry.virtual_end) || 0, times.at(-1) ?? 0, starts + 1000);
  const flags = flagsOf(entry, exhibit, timeOf, (id) => events[index.get(id)]?.name);
  const wrong = new Set(flags.map((flag) => flag.event));
  const made = {
    entry, exhibit, automation, events, times, index, flags, starts, ends,
    rows: rowsOf(entry, exhibit),
    lines: linesOf(events, times, automation, wrong),
    links: linksOf(events, times, index, automation),
    bars: barsOf(entry, events, times, ends),
    bands: bandsOf(entry, automation, ends),
    holidays: holidaysOf(entry, exhibit),
    clock: clockOf(exhibit.zone ?? entry.calendar?.zone ?? "UTC", starts, ends, offsetOf(events[0]?.time)),
  };
  prepared.set(exhibit, made);
  return made;
}

// The flag that says most: the one asked for, else the first cause's, else a measured delay, else the first.
export function decisiveFlag(story) {
  const { entry, exhibit, flags } = story;
  for (const cause of entry.causes ?? []) {
    const { check, violation, customer } = cause.first ?? {};
    if (customer !== exhibit.customer) continue;
    const found = flags.find((flag) => flag.check === check && flag.index === violation);
    if (found) return found;
  }
  return flags.find((flag) => flag.kind === "late") ?? flags[0];
}

const MARGIN = 0.35;
const LEAST = 30 * 3_600_000;

export function rangeAround(story, from, to) {
  const span = Math.max(to - from, LEAST);
  const middle = (from + to) / 2;
  const half = (to - from) / 2 + span * MARGIN;
  return clampRange(story, { from: middle - half, to: middle + half });
}

export function clampRange(story, { from, to }) {
  const whole = story.ends - story.starts;
  const span = Math.min(Math.max(to - from, 60_000), whole);
  const start = Math.min(Math.max(from, story.starts), story.ends - span);
  return { from: start, to: start + span };
}

// Where to look first: around the decisive violation, else at everything that happened.
export function firstRange(story, flag = decisiveFlag(story)) {
  if (flag) {
    const moments = [flag.from, flag.to, flag.since, flag.activation, ...(flag.seen ?? [])].filter((at) => at !== undefined);
    return rangeAround(story, Math.min(...moments), Math.max(...moments));
  }
  const { times } = story;
  if (!times.length) return { from: story.starts, to: story.ends };
  return rangeAround(story, times[0], times.at(-1));
}

// The chain of one event: what it came from, and what came of it. -> Set of event ids
export function chainOf(story, id) {
  const chain = new Set();
  if (!id || !story.index.has(id)) return chain;
  for (let at = id; at && !chain.has(at); at = story.events[story.index.get(at)]?.cause) {
    if (story.index.has(at)) chain.add(at);
    else break;
  }
  const start = story.index.get(id);
  const after = new Set([id]);
  for (let at = start + 1; at < story.events.length; at += 1) {
    const event = story.events[at];
    if (after.has(event.cause)) after.add(event.id);
  }
  for (const each of after) chain.add(each);
  return chain;
}
