// Instants (ms UTC) on the wall clock of a person's zone. Formatters are made once for each zone, because making one is
// slow and scrubbing asks at every step.

const formatters = new Map();

function partsOf(at, zone) {
  if (!formatters.has(zone)) {
    formatters.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", weekday: "long", year: "numeric", month: "long", day: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  return Object.fromEntries(formatters.get(zone).formatToParts(at).map(({ type, value }) => [type, value]));
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

// An instant -> the wall clock there, written as if it were UTC (ms), which makes calendar arithmetic plain.
export function wall(at, zone) {
  const parts = partsOf(at, zone);
  return Date.UTC(+parts.year, MONTHS.indexOf(parts.month), +parts.day, +parts.hour, +parts.minute, +parts.second) + (((at % 1000) + 1000) % 1000);
}

// The wall clock -> the instant. In the hour that a clock change skips: as long after the change as it says; in the hour
// that comes twice: the first one.
export function instant(clock, zone) {
  const before = wall(clock - 86_400_000, zone) - (clock - 86_400_000);
  const after = wall(clock + 86_400_000, zone) - (clock + 86_400_000);
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (wall(clock - offset, zone) === clock) return clock - offset;
  }
  return clock - before;
}

// Whole calendar days, at the same time of the day there.
export const addDays = (at, days, zone) => instant(wall(at, zone) + days * 86_400_000, zone);

// "2026-03-28", for date fields.
export const dayOf = (at, zone) => new Date(wall(at, zone)).toISOString().slice(0, 10);

// Another day, at the same time of the day.
export function onDay(at, day, zone) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight)) return at;
  const clock = wall(at, zone);
  return instant(midnight + (clock - Math.floor(clock / 86_400_000) * 86_400_000), zone);
}

// "Europe/Rome" -> "Rome".
export const placeOf = (zone) => zone.split("/").pop().replaceAll("_", " ");

// "Saturday 28 March 2026 18:40, Rome": what a screen reader says of the scrubber.
export function spoken(at, zone) {
  const { weekday, day, month, year, hour, minute } = partsOf(at, zone);
  return `${weekday} ${day} ${month} ${year} ${hour}:${minute}, ${placeOf(zone)}`;
}

// The pieces that the big clock shows in places of a fixed width.
export function shown(at, zone) {
  const { weekday, day, month, year, hour, minute } = partsOf(at, zone);
  return { weekday: weekday.slice(0, 3), day: `${day} ${month.slice(0, 3)} ${year}`, time: `${hour}:${minute}`, place: placeOf(zone) };
}

// Some months or days as words under the scrubber: at most `most` of them, each at a local midnight.
export function ticks([from, to], zone, most = 8) {
  const days = (to - from) / 86_400_000;
  const step = [1, 2, 7, 14].find((many) => days / many <= most);
  if (days <= 1.5) return hours(from, to, zone);
  const marks = step ? byDays(from, to, zone, step) : byMonths(from, to, zone, most);
  return marks.filter(({ at }) => at >= from && at <= to);
}

function hours(from, to, zone) {
  const marks = [];
  for (let clock = Math.ceil(wall(from, zone) / 14_400_000) * 14_400_000; clock <= wall(to, zone); clock += 14_400_000) {
    marks.push({ at: instant(clock, zone), label: new Date(clock).toISOString().slice(11, 16) });
  }
  return marks;
}

const short = (clock) => `${new Date(clock).getUTCDate()} ${MONTHS[new Date(clock).getUTCMonth()].slice(0, 3)}`;

function byDays(from, to, zone, step) {
  const marks = [];
  for (let clock = Math.ceil(wall(from, zone) / 86_400_000) * 86_400_000; clock <= wall(to, zone); clock += step * 86_400_000) {
    marks.push({ at: instant(clock, zone), label: short(clock) });
  }
  return marks;
}

function byMonths(from, to, zone, most) {
  const first = new Date(wall(from, zone));
  const months = Math.ceil((to - from) / (30 * 86_400_000));
  const step = [1, 2, 3, 6, 12, 24].find((many) => months / many <= most) ?? 60;
  const marks = [];
  for (let index = 0; index <= months + step; index += step) {
    const clock = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1 + index, 1);
    const year = new Date(clock).getUTCMonth() === 0 || index === 0 ? ` ${new Date(clock).getUTCFullYear()}` : "";
    marks.push({ at: instant(clock, zone), label: `${MONTHS[new Date(clock).getUTCMonth()].slice(0, 3)}${year}` });
  }
  return marks;
}
