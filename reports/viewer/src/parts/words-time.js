// Instants, days and durations in words. Clock times come out of the ISO text with its own offset, so a page reads the
// same on every machine; only a bare instant of a named zone asks the browser what the offset was.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d\d:\d\d(?::\d\d)?)?)?$/;
const OFFSET = /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const two = (number) => String(number).padStart(2, "0");
const counted = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;

// ISO text -> its parts as numbers, or null if it is something else.
function parts(iso) {
  const found = ISO.exec(String(iso ?? ""));
  if (!found) return null;
  const [, year, month, day, hour, minute, second, ms] = found.map((text) => (text === undefined ? 0 : Number(text)));
  return { year, month, day, hour, minute, second, ms: ms && ms * 10 ** (3 - found[7].length), offset: found[8] ?? "Z" };
}

// "+01:00" -> ms east of UTC; anything else -> 0.
export function offsetMs(text) {
  const found = OFFSET.exec(text ?? "");
  if (!found) return 0;
  const size = Number(found[2]) * HOUR + Number(found[3]) * MINUTE + Number(found[4] ?? 0) * SECOND;
  return found[1] === "-" ? -size : size;
}

// ISO text -> ms UTC; NaN if it is something else. A bare date means its midnight UTC.
export function instant(iso) {
  const it = parts(iso);
  if (!it) return NaN;
  return Date.UTC(it.year, it.month - 1, it.day, it.hour, it.minute, it.second, it.ms) - offsetMs(it.offset);
}

const weekday = (it) => DAYS[new Date(Date.UTC(it.year, it.month - 1, it.day)).getUTCDay()];
const dayOf = (it) => `${weekday(it)} ${it.day} ${MONTHS[it.month - 1]} ${it.year}`;
const clockOf = (it) => `${two(it.hour)}:${two(it.minute)}`;

// "Sat 15 Nov 2025 08:07", by the clock that the text itself tells. Text of another form comes back as it is.
export function when(iso) {
  const it = parts(iso);
  if (!it) return String(iso ?? "");
  return String(iso).includes("T") ? `${dayOf(it)} ${clockOf(it)}` : dayOf(it);
}

// "Sat 15 Nov 2025"
export const day = (iso) => (parts(iso) ? dayOf(parts(iso)) : String(iso ?? ""));

// "08:07"
export const clock = (iso) => (parts(iso) ? clockOf(parts(iso)) : "");

// "15 Nov": for axes, where the year stands elsewhere.
export const shortDay = (iso) => {
  const it = parts(iso);
  return it ? `${it.day} ${MONTHS[it.month - 1]}` : String(iso ?? "");
};

// "Nov 2025"
export const month = (iso) => {
  const it = parts(iso);
  return it ? `${MONTHS[it.month - 1]} ${it.year}` : String(iso ?? "");
};

// The ISO text of an instant by a clock that is `offset` (ms) east of UTC.
export function isoAt(ms, offset = 0) {
  const local = new Date(Math.floor(ms) + offset).toISOString().replace("Z", "");
  const size = Math.abs(offset);
  const sign = offset < 0 ? "-" : "+";
  return `${local}${sign}${two(Math.floor(size / HOUR))}:${two(Math.floor((size % HOUR) / MINUTE))}`;
}

// The clock of a person: a function from ms to ms east of UTC. It knows the clock changes of the run; outside them, and
// for a zone without any, it takes what the person's own events tell.
export function clockFor(entry, exhibit) {
  const zone = exhibit?.zone ?? entry?.calendar?.zone;
  const changes = (entry?.calendar?.clock_changes ?? []).filter((change) => change.zone === zone);
  const marks = changes.map((change) => ({ at: instant(change.at), from: offsetMs(change.from), to: offsetMs(change.to) }));
  marks.sort((a, b) => a.at - b.at);
  const told = exhibit?.events?.[0]?.time ?? entry?.virtual_start;
  const usual = told ? offsetMs(parts(told)?.offset) : 0;
  return (ms) => {
    const passed = marks.filter((mark) => mark.at <= ms).at(-1);
    return passed ? passed.to : (marks[0]?.from ?? usual);
  };
}

const formats = new Map();

// ms east of UTC of a named zone at an instant; 0 for a name that the browser does not know.
function offsetIn(zone, ms) {
  try {
    if (!formats.has(zone)) {
      const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
      formats.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", calendar: "gregory", ...fields }));
    }
    const at = Object.fromEntries(formats.get(zone).formatToParts(ms).map((part) => [part.type, Number(part.value)]));
    const local = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
    return local - Math.floor(ms / SECOND) * SECOND;
  } catch {
    return 0;
  }
}

// The ISO text of an instant in a zone: a clock of `clockFor`, an offset ("+01:00") or a name ("Europe/Rome").
export function isoIn(ms, zone) {
  if (typeof zone === "function") return isoAt(ms, zone(ms));
  if (!zone || zone === "UTC" || OFFSET.test(zone)) return isoAt(ms, offsetMs(zone));
  return isoAt(ms, offsetIn(zone, ms));
}

// An instant as `when` writes it. See `isoIn` for what a zone may be.
export const time = (ms, zone) => (Number.isFinite(ms) ? when(isoIn(ms, zone)) : "");

// "22 h 7 min", "3 days 2 h": the two largest units, the rest cut off. Days are counted from 48 h on, because below that
// "1 day" and "24 h" would be taken for each other. The sign is left to the words around it.
export function duration(ms) {
  let rest = Math.abs(Math.round(ms));
  if (!Number.isFinite(rest)) return "";
  const units = [["h", HOUR], ["min", MINUTE], ["s", SECOND], ["ms", 1]];
  if (rest >= 2 * DAY) units.unshift(["day", DAY]);
  const words = [];
  let taken = 0;
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (!count && !taken) continue;
    if (count) words.push(unit === "day" ? counted(count, "day") : `${count} ${unit}`);
    taken += 1;
    if (taken === 2) break;
  }
  return words.join(" ") || "0 min";
}

// A margin: "2 h to spare", "22 h 7 min late", "just in time".
export function margin(ms) {
  if (ms === 0) return "just in time";
  return ms < 0 ? `${duration(ms)} late` : `${duration(ms)} to spare`;
}
