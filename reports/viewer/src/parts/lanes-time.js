// The time axis of the lanes: one zone's clock, ticks that fit, and what is shaded. Pure; milliseconds UTC everywhere.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const two = (number) => String(number).padStart(2, "0");

// "2025-11-14T10:00:00+01:00" -> its offset from UTC in ms; 0 when it says none.
export function offsetOf(iso) {
  const found = /([+-])(\d\d):(\d\d)$/.exec(iso ?? "");
  return found ? (found[1] === "-" ? -1 : 1) * (found[2] * HOUR + found[3] * MINUTE) : 0;
}

function prober(zone) {
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...parts });
  return (ms) => {
    const at = {};
    for (const { type, value } of format.formatToParts(ms)) at[type] = Number(value);
    return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) - Math.floor(ms / 1000) * 1000;
  };
}

function transition(probe, low, high) {
  const after = probe(high);
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (probe(middle) === after) high = middle;
    else low = middle;
  }
  return high;
}

// The clock of one zone between two instants. `fallback` is the offset where the browser does not know the zone.
// -> { offset(ms), local(ms), instant(year, month, day, minutes), changes: [{ at, before, after }] }
export function clockOf(zone, from, to, fallback = 0) {
  let probe = () => fallback;
  try {
    probe = prober(zone);
  } catch {
    // An unknown zone: the offset that the events themselves carry is the best there is.
  }
  const changes = [];
  const start = from - 2 * DAY;
  let known = probe(start);
  const first = known;
  for (let at = start; at < to + 2 * DAY; at += 6 * DAY) {
    const next = probe(at + 6 * DAY);
    if (next !== known) changes.push({ at: transition(probe, at, at + 6 * DAY), before: known, after: next });
    known = next;
  }
  const offset = (ms) => {
    let current = first;
    for (const change of changes) {
      if (change.at > ms) break;
      current = change.after;
    }
    return current;
  };
  const local = (ms) => {
    const date = new Date(ms + offset(ms));
    return {
      year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(),
      hour: date.getUTCHours(), minute: date.getUTCMinutes(), weekday: date.getUTCDay(),
    };
  };
  const instant = (year, month, day, minutes = 0) => {
    const wall = Date.UTC(year, month, day) + minutes * MINUTE;
    return wall - offset(wall - offset(wall - first));
  };
  return { offset, local, instant, changes: changes.filter((change) => change.at >= from && change.at <= to) };
}

// Every local day that touches the range: { year, month, day, weekday, from, to }.
export function daysOf(clock, from, to) {
  const days = [];
  const { year, month, day } = clock.local(from);
  for (let step = 0; ; step += 1) {
    const date = new Date(Date.UTC(year, month, day + step));
    const at = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    const start = clock.instant(...at);
    if (start >= to) return days;
    const next = new Date(Date.UTC(at[0], at[1], at[2] + 1));
    const end = clock.instant(next.getUTCFullYear(), next.getUTCMonth(), next.getUTCDate());
    days.push({ year: at[0], month: at[1], day: at[2], weekday: date.getUTCDay(), from: start, to: end });
  }
}

const STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => ({ unit: "minute", count: minutes, ms: minutes * MINUTE, room: 52 })),
  { unit: "day", count: 1, ms: DAY, room: 46 },
  { unit: "week", count: 1, ms: 7 * DAY, room: 46 },
  { unit: "month", count: 1, ms: 30 * DAY, room: 42 },
  { unit: "month", count: 3, ms: 91 * DAY, room: 42 },
  { unit: "month", count: 12, ms: 365 * DAY, room: 42 },
];

export function stepFor(span, width) {
  return STEPS.find((step) => (step.ms / span) * width >= step.room) ?? STEPS.at(-1);
}

function minuteTicks(clock, from, to, count) {
  const ticks = [];
  let last = -Infinity;
  for (const day of daysOf(clock, from, to)) {
    for (let minutes = 0; minutes < 1440; minutes += count) {
      const at = clock.instant(day.year, day.month, day.day, minutes);
      if (at <= last || at < from || at > to) continue;
      ticks.push({ at, label: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`, strong: minutes === 0 });
      last = at;
    }
  }
  return ticks;
}

function monthTicks(clock, from, to, count) {
  const ticks = [];
  const first = clock.local(from);
  for (let month = first.month - (first.month % count); ; month += count) {
    const year = first.year + Math.floor(month / 12);
    const at = clock.instant(year, month % 12, 1);
    if (at > to) return ticks;
    if (at >= from) ticks.push({ at, label: count === 12 ? String(year) : MONTHS[month % 12].slice(0, 3), strong: month % 12 === 0 });
  }
}

// -> [{ at, label, strong }]
export function ticksOf(clock, from, to, width) {
  const step = stepFor(to - from, width);
  if (step.unit === "minute") return minuteTicks(clock, from, to, step.count);
  if (step.unit === "month") return monthTicks(clock, from, to, step.count);
  return daysOf(clock, from, to)
    .filter((day) => day.from >= from && (step.unit === "day" || day.weekday === 1))
    .map((day) => ({
      at: day.from,
      label: step.unit === "day" ? `${WEEKDAYS[day.weekday]} ${day.day}` : String(day.day),
      strong: day.day === 1,
    }));
}

// The line above the ticks: which day, month or year this is. -> [{ from, to, label }]
export function spansOf(clock, from, to, width) {
  const { unit, count } = stepFor(to - from, width);
  if (unit === "minute") {
    const roomy = (DAY / (to - from)) * width > 150;
    return daysOf(clock, from, to).map((day) => ({
      from: day.from, to: day.to,
      label: roomy ? `${WEEKDAYS[day.weekday]} ${day.day} ${MONTHS[day.month]} ${day.year}` : `${WEEKDAYS[day.weekday]} ${day.day} ${MONTHS[day.month].slice(0, 3)}`,
    }));
  }
  if (unit === "month" && count === 12) return [];
  const spans = [];
  const first = clock.local(from);
  const long = unit !== "month";
  for (let step = 0; ; step += 1) {
    const month = long ? first.month + step : 0;
    const year = long ? first.year + Math.floor(month / 12) : first.year + step;
    const start = clock.instant(year, month % 12, 1);
    if (start >= to) return spans;
    const end = long ? clock.instant(year + Math.floor(((month % 12) + 1) / 12), (month + 1) % 12, 1) : clock.instant(year + 1, 0, 1);
    spans.push({ from: start, to: end, label: long ? `${MONTHS[month % 12]} ${year}` : String(year) });
  }
}

const minutesOf = (text) => {
  const [hours, minutes] = String(text).split(":").map(Number);
  return hours * 60 + (minutes || 0);
};

function daily(clock, days, from, until) {
  const [begins, ends] = [minutesOf(from), minutesOf(until)];
  const stretch = (day) => {
    const next = new Date(Date.UTC(day.year, day.month, day.day + (ends <= begins ? 1 : 0)));
    const end = clock.instant(next.getUTCFullYear(), next.getUTCMonth(), next.getUTCDate(), ends);
    return { from: clock.instant(day.year, day.month, day.day, begins), to: end };
  };
  return days.map(stretch);
}

// What is shaded between two instants: nights, quiet hours, weekends, holidays. Nights are left out where days are
// too narrow to tell apart. -> [{ kind, from, to, words }]
export function shadesOf(clock, from, to, width, { shading, holidays }) {
  const pixels = (DAY / (to - from)) * width;
  if (pixels < 0.4) return [];
  const days = daysOf(clock, from - DAY, to);
  const shades = [];
  const add = (kind, words) => (stretch) => {
    if (stretch.to > from && stretch.from < to) shades.push({ kind, words, ...stretch });
  };
  if (pixels >= 30) {
    const night = shading?.night ?? ["22:00", "07:00"];
    daily(clock, days, night[0], night[1]).forEach(add("night", "night"));
    for (const quiet of shading?.quiet_hours ?? []) {
      daily(clock, days, quiet.from, quiet.until).forEach(add("quiet", `quiet hours ${quiet.from} to ${quiet.until}`));
    }
  }
  if (pixels >= 3) {
    for (const day of days.filter((each) => each.weekday === 6 || each.weekday === 0)) {
      add("weekend", day.weekday === 6 ? "Saturday" : "Sunday")({ from: day.from, to: day.to });
    }
  }
  const free = new Set(holidays);
  for (const day of days) {
    if (free.has(`${day.year}-${two(day.month + 1)}-${two(day.day)}`)) add("holiday", "public holiday")({ from: day.from, to: day.to });
  }
  return shades;
}

const hours = (ms) => `${Math.round(Math.abs(ms) / MINUTE / 6) / 10} h`.replace(".0 h", " h");

export function changeWords(change) {
  const step = change.after - change.before;
  return `clocks go ${step > 0 ? "forward" : "back"} ${hours(step)}`;
}

// 79620000 -> "22 h 7 min": the two largest units, as people say it.
export function duration(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const units = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [name, size] = units[at];
  const whole = Math.floor(seconds / size);
  const said = name === "day" ? `${whole} ${whole === 1 ? "day" : "days"}` : `${whole} ${name}`;
  const rest = units[at + 1] ? Math.floor((seconds % size) / units[at + 1][1]) : 0;
  return rest ? `${said} ${rest} ${units[at + 1][0]}` : said;
}

// A local time of this clock in words: "Fri 14 Nov 2025 10:00".
export function clockWords(clock, ms) {
  const at = clock.local(ms);
  return `${WEEKDAYS[at.weekday]} ${at.day} ${MONTHS[at.month].slice(0, 3)} ${at.year} ${two(at.hour)}:${two(at.minute)}`;
}
