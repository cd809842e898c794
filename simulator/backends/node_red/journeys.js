// What the function nodes of a compiled flow share. Node-RED hands it to them as the global `journeys` (settings.js).
//
// A flow keeps time (delay nodes) and sends (e-mail and http request nodes); what a customer table would hold is kept
// in Node-RED's own context, in memory, as its default is. An instance is one customer on the way through one journey;
// the message that walks the wires carries no more than the instance's id and until when it waits.
'use strict';

const DAY = 24 * 3600 * 1000;
const LONGEST_DELAY = 20 * DAY; // a timer of Node.js holds 24.8 days; a longer one fires at once
const EVERY_CHANNEL = '';
const CHANNELS = ['email', 'sms', 'push', 'letter', 'phone'];

// ---- What is known of customers: rows, which of them are one person (a group), and the things they spoke of.

function known(global) {
    let all = global.get('known');
    if (!all) {
        const { rows, linked, kinds, zone, customer } = global.get('briefing');
        all = { rows: {}, groups: {}, kinds, zone, customer, bounced: {}, entered: {}, instances: {}, heard: 0 };
        for (const row of rows) addRow(all, row);
        for (const [first, ...others] of linked) for (const other of others) link(all, first, other);
        global.set('known', all);
    }
    return all;
}

function addRow(all, row) {
    all.rows[row.id] = { ...row, group: row.id };
    all.groups[row.id] = { rows: [row.id], things: {}, decisions: {}, erased: false };
}

function rowOf(all, id) {
    if (!all.rows[id]) addRow(all, { id, zone: all.zone, addresses: {}, consents: [], fields: {} });
    return all.rows[id];
}

const groupOf = (all, id) => all.groups[rowOf(all, id).group];

function link(all, one, other) {
    const into = groupOf(all, one), gone = groupOf(all, other);
    if (into === gone) return;
    const name = rowOf(all, one).group;
    for (const id of gone.rows) all.rows[id].group = name;
    into.rows = [...into.rows, ...gone.rows].sort();
    for (const [kind, things] of Object.entries(gone.things)) into.things[kind] = { ...things, ...into.things[kind] };
    for (const [channel, said] of Object.entries(gone.decisions)) {
        if (!into.decisions[channel] || into.decisions[channel].at < said.at) into.decisions[channel] = said;
    }
    into.erased = into.erased || gone.erased;
}

// Take in what an event tells. A receipt (`Message ...`) tells of a message only.
function hear(msg, global) {
    const all = known(global), { type, profile, data } = msg.payload;
    const row = rowOf(all, profile), group = groupOf(all, profile);
    all.heard += 1;
    if (type === 'Profiles Linked') link(all, profile, data.other);
    if (type === 'Consent Given' || type === 'Consent Withdrawn') {
        group.decisions[data.channel ?? EVERY_CHANNEL] = { at: all.heard, given: type === 'Consent Given' };
    }
    if (type === 'Message Bounced' && data.hard) all.bounced[`${data.channel}:${data.address}`] = true;
    if (type === 'Profile Updated') {
        for (const name of all.customer) if (name in data) row.fields[name] = data[name];
        for (const channel of CHANNELS) if (channel in data) row.addresses[channel] = data[channel];
        if ('zone' in data) row.zone = data.zone;
    }
    if (!type.startsWith('Message ')) {
        for (const [kind, { key, fields }] of Object.entries(all.kinds)) {
            if (!(key in data)) continue;
            const things = (group.things[kind] ??= {}), id = String(data[key]);
            const thing = { ...things[id], [key]: data[key] };
            for (const name of fields) if (name in data) thing[name] = data[name];
            delete things[id]; // the one that was spoken of last comes last
            things[id] = thing;
        }
    }
    if (type === 'Customer Erased') group.erased = true;
    if (groupOf(all, profile).erased) {
        for (const instance of Object.values(all.instances)) {
            if (groupOf(all, instance.row) === groupOf(all, profile)) delete all.instances[instance.id];
        }
    }
    return { payload: msg.payload };
}

// The value of a name such as `order_id`, `customer.first_name` or `order.model`; undefined if it is not known.
function valueOf(all, id, keys, facts, path) {
    const [head, part] = path, group = groupOf(all, id);
    if (part === undefined) return facts[head] ?? keys[head];
    const kind = all.kinds[head];
    if (!kind) {
        const holder = [id, ...group.rows].find((each) => all.rows[each].fields[part] !== undefined);
        return holder && all.rows[holder].fields[part];
    }
    const things = group.things[head] ?? {};
    const key = keys[kind.key] ?? Object.keys(things).at(-1);
    return part === kind.key ? key : things[String(key)]?.[part];
}

// Tests know a third answer: null, where a value is not known.
const is = (value, test) => (value === undefined || value === null ? null : test(value));
const not = (answer) => (answer === null ? null : !answer);
const every = (...answers) => (answers.includes(false) ? false : answers.includes(null) ? null : true);
const some = (...answers) => (answers.includes(true) ? true : answers.includes(null) ? null : false);

// What a message says of a value: in a page, and in an address. Nothing where nothing is known.
const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (value) => String(value ?? '').replace(/[&<>"']/g, (sign) => SIGNS[sign]);
const quoted = (value) => encodeURIComponent(value ?? '');

const keysIn = (all, data) =>
    Object.fromEntries(Object.values(all.kinds).filter(({ key }) => key in data).map(({ key }) => [key, data[key]]));

// ---- Entering and leaving.

function enter(msg, global, { journey, event, where, condition, reentry, key }) {
    const { type, profile, data } = msg.payload;
    if (type !== event) return null;
    const all = known(global), keys = keysIn(all, data), group = groupOf(all, profile);
    const of = (...path) => valueOf(all, profile, keys, data, path);
    if (group.erased || where(of) !== true || condition(of) !== true) return null;
    const mine = (row) => groupOf(all, row) === groupOf(all, profile);
    const entries = (all.entered[journey] ??= []), subject = key === null ? null : (data[key] ?? null);
    if (reentry === 'after exit' && Object.values(all.instances).some((each) => each.journey === journey && mine(each.row))) return null;
    if (reentry === 'once' && entries.some((entry) => mine(entry.row) && entry.subject === subject)) return null;
    if (reentry === 'once' && key !== null && subject === null) return null;
    entries.push({ row: profile, subject });
    const number = entries.filter((entry) => entry.row === profile).length;
    const id = `${journey}/${profile}/${number}`;
    all.instances[id] = { id, journey, row: profile, keys, facts: data };
    return { instance: id };
}

// End the instances of a journey that an event is about, where it fits one of the patterns.
function leaveOn(msg, global, { journey, patterns }) {
    const all = known(global), { type, profile, data } = msg.payload;
    for (const instance of Object.values(all.instances)) {
        if (instance.journey !== journey || groupOf(all, instance.row) !== groupOf(all, profile)) continue;
        const shared = Object.keys(instance.keys).filter((key) => key in data);
        if (shared.length && !shared.some((key) => data[key] === instance.keys[key])) continue;
        const of = (...path) => valueOf(all, instance.row, { ...instance.keys, ...keysIn(all, data) }, data, path);
        if (patterns.some((pattern) => pattern.event === type && pattern.where(of) === true)) delete all.instances[instance.id];
    }
    return null;
}

function leave(msg, global) {
    delete known(global).instances[msg.instance];
    return null;
}

const alive = (msg, global) => known(global).instances[msg.instance];

function reader(all, instance) {
    const facts = { ...instance.facts, ...instance.keys };
    return (...path) => valueOf(all, instance.row, instance.keys, facts, path);
}

// ---- Waiting, splitting, sending. Each returns what leaves through which output.

// First output: to the delay node, which leads back here; second: on, once the time has come.
function wait(msg, global, { days, ms }) {
    const all = known(global), instance = alive(msg, global);
    if (!instance) return null;
    const until = msg.until ?? addDays(Date.now(), days, rowOf(all, instance.row).zone) + ms;
    const left = until - Date.now();
    if (left <= 0) return [null, { instance: instance.id }];
    return [{ instance: instance.id, until, delay: Math.min(left, LONGEST_DELAY) }, null];
}

function split(msg, global, { tests }) {
    const instance = alive(msg, global);
    if (!instance) return null;
    const of = reader(known(global), instance);
    const chosen = tests.findIndex((test) => test(of) === true);
    const outputs = Array(tests.length + 1).fill(null);
    outputs[chosen < 0 ? tests.length : chosen] = { instance: instance.id };
    return outputs;
}

// First output: the message, to the node that sends it; second: on to the next step. Nothing leaves where it must not.
function send(msg, global, { channel, base, consent, required, names, subject, text, html }) {
    const all = known(global), instance = alive(msg, global);
    if (!instance) return null;
    const group = groupOf(all, instance.row), of = reader(all, instance);
    const holders = [instance.row, ...group.rows].map((id) => all.rows[id]);
    const free = (to) => to !== undefined && !all.bounced[`${channel}:${to}`];
    const address = holders.map((row) => row.addresses[channel]).find(free);
    if (address === undefined || (consent && !consents(group, rowOf(all, instance.row), channel))) return leave(msg, global);
    if (required.some((path) => of(...path) === undefined)) return leave(msg, global);
    const values = Object.fromEntries(Object.entries(names).map(([name, path]) => [name, of(...path)]));
    const told = { ...values, ...instance.keys, ...base, profile: instance.row, instance: instance.id };
    const sure = Object.entries(told).filter(([, value]) => value !== undefined && value !== null);
    const reference = new URLSearchParams(sure.map(([name, value]) => [name, String(value)])).toString();
    const body = { text: text(values), html: html && html(values) };
    const next = { instance: instance.id };
    if (channel === 'email') return [mail(address, subject(values), body, reference), next];
    const payload = { channel, to: address, text: body.text, reference, id: `${instance.id}/${base.line}` };
    return [{ payload, headers: { 'content-type': 'application/json' } }, next];
}

function mail(to, topic, { text, html }, reference) {
    const line = `Reference: ${reference}`, plaintext = `${text.trimEnd()}\n\n${line}\n`;
    const headers = { 'X-Journeyproof-Reference': reference };
    const from = 'journeys@example.com';
    if (!html) return { to, from, topic, headers, payload: plaintext };
    return { to, from, topic, headers, plaintext, payload: html };
}

// The last decision that any row of the person made on the channel, else what the row came with.
function consents(group, row, channel) {
    const said = [channel, EVERY_CHANNEL].map((word) => group.decisions[word]).filter(Boolean);
    if (!said.length) return row.consents.includes(channel);
    return said.reduce((one, other) => (one.at > other.at ? one : other)).given;
}

// ---- The calendar: a day later is the same time on the wall clock of the customer's zone.

const formats = new Map();

// What the wall clock shows, as milliseconds since 1970.
function wall(ms, zone) {
    if (!formats.has(zone)) {
        const numeric = Object.fromEntries(['year', 'month', 'day', 'hour', 'minute', 'second'].map((part) => [part, 'numeric']));
        formats.set(zone, new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...numeric }));
    }
    const parts = Object.fromEntries(formats.get(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) + (ms % 1000);
}

function addDays(ms, days, zone) {
    return days ? at(wall(ms, zone) + days * DAY, zone) : ms;
}

// When the wall clock shows this: in a gap the first moment after it, in a fold the first of the two.
function at(shown, zone) {
    const offset = (ms) => wall(ms, zone) - ms;
    const offsets = [offset(shown - DAY), offset(shown + DAY)];
    const fitting = offsets.map((each) => shown - each).filter((ms) => wall(ms, zone) === shown);
    if (fitting.length) return Math.min(...fitting);
    let [low, high] = [shown - Math.max(...offsets), shown - Math.min(...offsets)];
    while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offset(middle) === offsets[1]) high = middle;
        else low = middle;
    }
    return high;
}

module.exports = { hear, enter, leaveOn, leave, wait, split, send, is, not, every, some, html, quoted, addDays };
