// A backend for journeyproof in plain Node.js (18 or later): no framework, no packages.
//
//   node backend.mjs 8700
//   journeyproof run --backend http://127.0.0.1:8700 ...
//
// It knows journeys that an event triggers, `send`, `wait`, and events that end a journey early. Whatever else a
// briefing asks for it refuses, by line: a backend never does something weaker than it was told. The protocol is
// ../../backend.openapi.json; four parts follow: time, the briefing, the automation, and HTTP.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

// ------------------------------------------------------------------------------------------------------------- time
// An instant is a number of milliseconds UTC. `24 h` is exact; `1 day` keeps the time on the customer's wall clock.

const DAY = 86_400_000;
const EXACT = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };
const CALENDAR = { day: 1, days: 1, week: 7, weeks: 7 };

/** `1 day 2 h` as { days, ms }; null for what this backend cannot wait. */
export function duration(text) {
  const parts = [...String(text).trim().matchAll(/(\d+) +([a-z]+) */g)];
  if (!parts.length || parts.map((part) => part[0]).join("") !== String(text).trim()) return null;
  const found = { days: 0, ms: 0 };
  for (const [, count, unit] of parts) {
    if (Object.hasOwn(CALENDAR, unit)) found.days += count * CALENDAR[unit];
    else if (Object.hasOwn(EXACT, unit)) found.ms += count * EXACT[unit];
    else return null;
  }
  return found;
}

/** The instant that lies a duration after another one, in a time zone such as Europe/Rome. */
export function after(instant, { days, ms }, zone) {
  return (days ? atWall(instant + offset(instant, zone) + days * DAY, zone) : instant) + ms;
}

/** When the wall clock shows `wall`. Skipped by a clock change: the moment after it. Shown twice: the first time. */
function atWall(wall, zone) {
  const late = wall - offset(wall - DAY, zone);
  if (late + offset(late, zone) === wall) return late;
  const early = wall - offset(late, zone);
  if (early + offset(early, zone) === wall) return early;
  let [before, since] = [early, late]; // the clock changes in between
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (offset(middle, zone) === offset(late, zone)) since = middle;
    else before = middle;
  }
  return since;
}

const clocks = new Map();

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
function offset(instant, zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }));
  }
  const shown = clocks.get(zone).formatToParts(instant).find((part) => part.type === "timeZoneName").value;
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(shown);
  return sign ? Number(`${sign}1`) * (hours * 60 + Number(minutes)) * EXACT.min : 0;
}

const written = (instant) => new Date(instant).toISOString();

function instantOf(value, pointer) {
  const found = /^\d{4}-\d\d-\d\dT/i.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(found)) return found;
  throw new Problem(422, `${pointer} is no instant`, { errors: [{ pointer, detail: "write RFC 3339" }] });
}

// ----------------------------------------------------------------------------------------------------- the briefing

const OWN = ["Journey Entered", "Journey Not Entered", "Journey Exited", "Message Sent", "Message Withheld"];
const KNOWN = ["journey", "id", "purpose", "trigger", "reentry", "exit", "priority", "steps"];

/** The journeys ready to be walked. Throws a Problem with a refusal for everything that cannot be expressed. */
function compile(briefing) {
  const refusals = [];
  const refuse = (line, sentence) => refusals.push({ line: line ?? "", sentence });
  const kinds = ["customer", ...Object.keys(briefing.organisation.objects ?? {})];
  const event = (pattern, line) => {
    if (/ where /.test(pattern)) refuse(line, `it cannot look into an event: '${pattern}'`);
    if (OWN.includes(pattern)) refuse(line, `it does not hear itself: '${pattern}'`);
    return pattern;
  };
  for (const [part, rule] of Object.entries(briefing.policy ?? {})) {
    const empty = rule === null || rule === "ignored" || (typeof rule === "object" && !Object.keys(rule).length);
    if (!["policy", "id"].includes(part) && !empty) refuse("", `it has no rule of contact such as '${part}'`);
  }
  if (briefing.linked.length) refuse("", "it takes each row for a person: rows that are linked it cannot join");

  const journeys = Object.entries(briefing.journeys).map(([id, journey], order) => {
    const line = briefing.lines[`journeys/${id}`];
    for (const key of Object.keys(journey)) if (!KNOWN.includes(key)) refuse(line, `a journey cannot have '${key}'`);
    const trigger = journey.trigger?.event;
    if (!trigger) refuse(line, "only an event can trigger a journey");
    const reentry = journey.reentry ?? "once";
    if (!/^(once|always|after exit|once per \w+)$/.test(reentry)) refuse(line, `it cannot count entries '${reentry}'`);
    const steps = journey.steps.map((step, number) => {
      const here = briefing.lines[`journeys/${id}/steps/${number}`] ?? line;
      if ("wait" in step) {
        const length = duration(step.wait);
        if (!length) refuse(here, `it cannot wait '${step.wait}'`);
        return { wait: length, line: here };
      }
      const message = briefing.messages[step.send];
      const cannot = Object.keys(step).find((key) => !["send", "channel", "purpose"].includes(key));
      if (cannot || !message) refuse(here, `it cannot '${cannot ?? step.send}'`);
      for (const name of Object.values(message?.names ?? {})) {
        const [kind, ...rest] = name.split(".");
        if (!kinds.includes(kind) || rest.length !== 1) refuse(here, `it cannot look up '${name}'`);
      }
      return { send: step.send, message, channel: step.channel, purpose: step.purpose ?? journey.purpose, line: here };
    });
    const exits = (journey.exit ?? []).map((pattern) => event(pattern, line));
    const { priority = 0 } = journey;
    return { id, order, line, trigger: trigger && event(trigger, line), exits, reentry, priority, steps };
  });
  if (refusals.length) throw new Problem(422, "the briefing asks for what this backend cannot do", { refusals });
  return journeys.sort((one, other) => other.priority - one.priority || one.order - other.order);
}

// --------------------------------------------------------------------------------------------------- the automation

/** One run: what the automation knows, who is in which journey, and what it has promised itself to do. */
export class Automation {
  constructor(briefing, start) {
    this.journeys = compile(briefing);
    this.now = start;
    this.end = Date.parse(briefing.end);
    this.system = briefing.system;
    this.zone = briefing.zone;
    this.kinds = Object.entries(briefing.organisation.objects ?? {}).filter(([, kind]) => kind.key !== "person");
    this.rows = new Map(briefing.profiles.map((profile) => [profile.id, this.row(profile)]));
    this.bounced = new Set();
    this.heard = []; // events that are known and not yet acted on
    this.timers = []; // { due, inside, act }
    this.told = [];
  }

  row({ id, zone, addresses, fields }) {
    const known = { id, zone, addresses: { ...addresses }, fields: { ...fields }, things: {} };
    return { ...known, inside: [], entries: {}, counted: new Set() };
  }

  /** What an event tells is known at once. */
  hear(event) {
    if (!event.profile || OWN.includes(event.type)) return;
    if (event.type === "Profiles Linked") throw new Problem(500, "this example takes each row for a person");
    const { data } = event;
    if (!this.rows.has(event.profile)) this.rows.set(event.profile, this.row({ id: event.profile, zone: this.zone }));
    const row = this.rows.get(event.profile);
    if (event.type === "Customer Erased") row.erased = true;
    if (event.type === "Message Bounced" && data.hard) this.bounced.add(`${data.channel} ${data.address}`);
    if (!event.type.startsWith("Message ")) {
      for (const [kind, { key, fields }] of this.kinds.filter(([, { key }]) => key in data)) {
        const known = (row.things[kind] ??= new Map());
        const thing = { ...known.get(data[key]), [key]: data[key] };
        for (const field of Object.keys(fields)) if (field in data) thing[field] = data[field];
        known.delete(data[key]); // the one heard of last stands at the end
        known.set(data[key], thing);
      }
    }
    if (event.type === "Profile Updated") {
      for (const [name, value] of Object.entries(data)) {
        if (name === "zone") row.zone = value;
        else if (["email", "sms", "push", "letter", "phone"].includes(name)) row.addresses[name] = value;
        else row.fields[name] = value;
      }
    }
    this.heard.push({ event, row });
  }

  nextWakeup() {
    if (this.heard.length) return Math.max(this.now, Date.parse(this.heard[0].event.time));
    return this.timers.length ? Math.min(...this.timers.map((timer) => timer.due)) : null;
  }

  /** Everything that is due up to `to`: first what was heard, then the timers in their order. */
  advance(to) {
    this.now = to;
    this.told = [];
    while (this.heard.length) this.actOn(this.heard.shift());
    for (;;) {
      this.timers.sort((one, other) => one.due - other.due || ranked(one.inside, other.inside));
      if (!this.timers.length || this.timers[0].due > to) return this.told;
      this.timers.shift().act();
    }
  }

  actOn({ event, row }) {
    for (const inside of [...row.inside].sort(ranked)) {
      const { exits } = inside.journey;
      if (row.erased) this.leave(inside, "Customer Erased", event.id);
      else if (!exits.includes(event.type)) continue;
      else if (concerns(inside.keys, event.data)) this.leave(inside, event.type, event.id);
    }
    if (row.erased || this.now > this.end) return;
    for (const journey of this.journeys) if (journey.trigger === event.type) this.enter(journey, row, event);
  }

  enter(journey, row, event) {
    const keys = {};
    for (const [, { key }] of this.kinds) if (key in event.data) keys[key] = event.data[key];
    const refusal = this.refusal(journey, row, event.data);
    if (refusal) {
      const told = { ...keys, journey: journey.id, line: journey.line };
      this.tell("Journey Not Entered", row, event.id, { ...told, reason: refusal });
      return;
    }
    const number = (row.entries[journey.id] = (row.entries[journey.id] ?? 0) + 1);
    const id = `${journey.id}/${row.id}/${number}`;
    const inside = { id, journey, row, number, keys, cause: event.id, step: 0, line: journey.line };
    row.inside.push(inside);
    this.tell("Journey Entered", row, inside.cause, fields(inside));
    this.walk(inside, 0);
  }

  /** Why somebody may not enter now; null if they may: then it counts. */
  refusal({ id, reentry }, row, data) {
    if (reentry === "always") return null;
    if (reentry === "after exit") {
      return row.inside.some((inside) => inside.journey.id === id) ? `re-entry: ${reentry}` : null;
    }
    const key = reentry.startsWith("once per ") ? data[reentry.slice(9)] : "";
    if (key === undefined) return `re-entry: ${reentry}, which is unknown`;
    const entry = JSON.stringify([id, key]);
    if (row.counted.has(entry)) return `re-entry: ${reentry}`;
    row.counted.add(entry);
    return null;
  }

  /** Take the steps from a number on, until one has to wait or the journey is over. */
  walk(inside, number) {
    const { row, journey } = inside;
    for (; number < journey.steps.length; number++) {
      const step = journey.steps[number];
      Object.assign(inside, { step: number, line: step.line });
      if (step.wait) {
        const due = this.waitEnds(step.wait, row);
        if (due <= this.now) continue;
        const following = number + 1;
        this.timers.push({ due, inside, act: () => this.walk(inside, following) });
        return;
      }
      const data = this.message(inside, step);
      if ("address" in data) {
        this.tell("Message Sent", row, inside.cause, data);
        continue;
      }
      const reason = row.addresses[step.channel] ? "address bounced" : "no address";
      this.tell("Message Withheld", row, inside.cause, { ...data, reason, then: "drop" });
      this.leave(inside, reason);
      return;
    }
    this.leave(inside, "completed");
  }

  waitEnds(wait, row) {
    return after(this.now, wait, row.zone);
  }

  /** All that is told of a message: what it names, whom and what it is about, and where it goes. */
  message(inside, { send, message, channel, purpose }) {
    const { row } = inside;
    const data = {};
    let unresolved = 0;
    for (const [name, path] of Object.entries(message.names ?? {})) {
      const value = this.lookUp(inside, ...path.split("."));
      if (value !== undefined) data[name] = value;
      else if (!(message.optional ?? []).includes(name)) unresolved += 1;
    }
    const message_id = `${inside.id}/${inside.step}`;
    Object.assign(data, fields(inside), { message: send, message_id, channel, purpose, unresolved });
    for (const name of ["product", "stance"]) if (message[name]) data[name] = message[name];
    const address = row.addresses[channel];
    if (address && !this.bounced.has(`${channel} ${address}`)) data.address = data.recipient = address;
    return data;
  }

  /** `order.item` is of the order that the journey is about, else of the last one; `customer.x` is of the row. */
  lookUp({ row, keys }, kind, field) {
    const known = this.kinds.find(([name]) => name === kind);
    if (!known) return row.fields[field] ?? undefined;
    const things = row.things[kind];
    const thing = known[1].key in keys ? things?.get(keys[known[1].key]) : [...(things?.values() ?? [])].at(-1);
    return thing?.[field] ?? undefined;
  }

  leave(inside, reason, cause = inside.cause) {
    inside.row.inside = inside.row.inside.filter((other) => other !== inside);
    this.timers = this.timers.filter((timer) => timer.inside !== inside);
    this.tell("Journey Exited", inside.row, cause, { ...fields(inside), reason });
  }

  /** An event of ours, stamped by the clock that `advance` moves. */
  tell(type, row, causeid, data) {
    const event = { specversion: "1.0", id: `n${this.told.length}`, source: "/node-example", type, causeid, data };
    this.told.push({ ...event, time: written(this.now), profile: row.id, system: this.system });
  }
}

const fields = ({ id, journey, keys, line }) => ({ ...keys, journey: journey.id, instance: id, line });

/** An event concerns whoever is inside if it has none of their keys, or one of them with the same value. */
function concerns(keys, data) {
  const shared = Object.keys(keys).filter((key) => key in data);
  return !shared.length || shared.some((key) => keys[key] === data[key]);
}

function ranked(one, other) {
  const [a, b] = [one, other].map(({ journey, row, number }) => [-journey.priority, journey.order, row.id, number]);
  const at = a.findIndex((part, position) => part !== b[position]);
  return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
}

/** The rules of the clock around an automation: what is said twice has one effect. */
export class Session {
  constructor(automation) {
    this.automation = automation;
    this.met = new Set();
    this.step = 0;
    this.answer = null;
  }

  events(events) {
    for (const event of events) {
      const isPast = instantOf(event.time, "/events") < this.automation.now;
      if (isPast) this.goesBack(`'${event.type}' is from before the last step`);
    }
    for (const event of events) {
      if (this.met.has(event.id)) continue;
      this.met.add(event.id);
      this.automation.hear(event);
    }
    return { next_wakeup: this.wakeup() };
  }

  advance(to, step) {
    const { now } = this.automation;
    if (this.answer && step === this.step && to === now) return this.answer;
    if (to < now || (this.answer && step <= this.step)) this.goesBack(`step ${step} goes to ${written(to)}`);
    const events = this.automation.advance(to);
    this.step = step;
    this.answer = { now: written(to), next_wakeup: this.wakeup(), events };
    return this.answer;
  }

  clock() {
    return { now: written(this.automation.now), step: this.step, next_wakeup: this.wakeup() };
  }

  wakeup() {
    const wakeup = this.automation.nextWakeup();
    return wakeup === null ? null : written(wakeup);
  }

  goesBack(detail) {
    const now = written(this.automation.now);
    throw new Problem(409, `${detail}; the clock stands at ${now} after step ${this.step}`, { now, step: this.step });
  }
}

// ------------------------------------------------------------------------------------------------------------- HTTP

export const capabilities = {
  name: "node-example",
  clock: "cooperative",
  granularity_ms: 0,
  deterministic: true,
  independent_customers: true,
  restart: false,
  features: ["trigger.event", "step.send", "step.wait"],
};

const TITLES = {
  400: "Not JSON",
  401: "Token needed",
  404: "Not there",
  409: "Clock turned back",
  413: "Body too large",
  415: "Not declared as JSON",
  421: "Not a name of this machine",
  422: "Cannot be carried out",
  500: "The backend failed",
};

class Problem extends Error {
  constructor(status, detail, more = {}) {
    super(detail);
    this.answer = { type: "about:blank", title: TITLES[status], status, detail, ...more };
  }
}

async function bodyOf(request) {
  const declared = request.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(declared)) throw new Problem(415, "send application/json");
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    if ((length += chunk.length) > 64 * 1024 * 1024) throw new Problem(413, "the body has more than 64 MiB");
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) ?? {};
  } catch (error) {
    throw new Problem(400, `the body is no JSON: ${error.message}`);
  }
}

function wanted(body, member, fits, what) {
  if (fits(body[member])) return body[member];
  throw new Problem(422, `${member} is ${what}`, { errors: [{ pointer: `/${member}`, detail: `write ${what}` }] });
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Serve on a port of 127.0.0.1 (0: any); `makeSession` makes the session of a briefing that begins at an instant. */
export function serve(port, makeSession, delivers = () => true) {
  const sessions = new Map();
  const token = process.env.JOURNEYPROOF_BACKEND_TOKEN;
  let number = 0;

  async function answer(request) {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (!["127.0.0.1", "localhost", "[::1]"].includes(host)) throw new Problem(421, `'${host}' is not this machine`);
    if (token && request.headers.authorization !== `Bearer ${token}`) throw new Problem(401, "send the bearer token");
    const [, id, what] = /^\/v1\/sessions\/([^/]+)(?:\/(\w+))?$/.exec(request.url) ?? [];
    const call = id ? `${request.method} ${what ?? ""}`.trim() : `${request.method} ${request.url}`;
    if (id && !sessions.has(id)) throw new Problem(404, `there is no session '${id}'`);
    const session = sessions.get(id);
    switch (call) {
      case "GET /v1/capabilities":
        return [200, capabilities];
      case "POST /v1/sessions": {
        const body = await bodyOf(request);
        const start = instantOf(body.start, "/start");
        const opened = makeSession(wanted(body, "briefing", isObject, "an object"), start);
        sessions.set(`n${++number}`, opened);
        return [201, { session: `n${number}`, next_wakeup: opened.wakeup() }, { Location: `/v1/sessions/n${number}` }];
      }
      case "POST events": {
        const body = await bodyOf(request);
        const isList = (value) => Array.isArray(value) && value.every(isObject);
        return [202, session.events(wanted(body, "events", isList, "a list of events"))];
      }
      case "POST advance": {
        const body = await bodyOf(request);
        const step = wanted(body, "step", Number.isSafeInteger, "a whole number");
        return [200, session.advance(instantOf(body.to, "/to"), step)];
      }
      case "GET clock":
        return [200, session.clock()];
      case "DELETE":
        sessions.delete(id);
        return [204, null];
      default:
        throw new Problem(404, `there is no ${request.method} ${request.url}`);
    }
  }

  const server = createServer(async (request, response) => {
    let [status, body, headers, media] = [500, null, {}, "application/json"];
    try {
      [status, body, headers = {}] = await answer(request);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, `${error.name}: ${error.message}`);
      [body, media] = [problem.answer, "application/problem+json"];
      status = body.status;
    }
    if (!delivers(request)) return void request.socket.destroy();
    response.writeHead(status, { ...headers, ...(body && { "Content-Type": media }) });
    response.end(body ? JSON.stringify(body) : undefined);
  });
  server.listen(Number(port), "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}`);
  });
  return server;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  serve(process.argv[2] ?? 8700, (briefing, start) => new Session(new Automation(briefing, start)));
}
