// Sentences of the studio itself. What needs knowledge of the story is said by the server.

import { when } from "../parts/words-time.js";

// Days and instants as documents write them, in the words of the rest of the page.
export const dated = (text) => String(text ?? "").replace(/\b(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?\b/g, (_, day, clock) => when(clock ? `${day}T${clock}:00` : day));

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

// "as-it-should-have-gone" -> "As it should have gone".
export function words(slug) {
  const text = String(slug ?? "").replaceAll("-", " ").replaceAll("_", " ").replace(/\be mail\b/g, "e-mail").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const WELL = "as-it-should-have-gone";
const CALENDAR = new Set(["spring-clock-change", "autumn-clock-change", "clock-changes", "leap-day", "year-end", "public-holiday"]);

// The variants of a story, in the three groups that people think in. Empty groups are left out.
export function variantGroups(variants) {
  const groups = [
    { label: "As it happened, and how else it goes wrong", variants: variants.filter(({ variant }) => variant !== WELL && !CALENDAR.has(variant)) },
    { label: "As it should have gone", variants: variants.filter(({ variant }) => variant === WELL) },
    { label: "On awkward days of the calendar", variants: variants.filter(({ variant }) => CALENDAR.has(variant)) },
  ];
  return groups.filter((group) => group.variants.length);
}

export function variantName(variant, index = -1) {
  const name = words(variant);
  return index === 0 && variant !== WELL && !CALENDAR.has(variant) ? `As it happened: ${name.charAt(0).toLowerCase()}${name.slice(1)}` : name;
}

// Stories: the main one of each family first, the others (calendar days, engines) after them.
export function storyGroups(families) {
  const main = families.filter((story) => story.scenario === story.family);
  const other = families.filter((story) => story.scenario !== story.family);
  return [{ label: "Five stories that happened", stories: main }, { label: "The same on awkward days", stories: other }]
    .filter((group) => group.stories.length);
}

// "Answered in 23 ms, one person run."
export function answered({ server_ms, people }) {
  const took = server_ms >= 1000 ? `${(server_ms / 1000).toFixed(1)} s` : `${Math.max(1, Math.round(server_ms))} ms`;
  if (people === 1) return `Answered in ${took}, one person run.`;
  return `Answered in ${took}; ${plural(people, "person", "people")} had to be run, because they depend on one another.`;
}

// "120 of 515 days played, for 318 people": how far a long answer is.
export function progressOf({ progress: [done, all], people }) {
  const whom = people > 1 ? `, for ${plural(people, "person", "people")}` : "";
  return `${done.toLocaleString("en-GB")} of ${plural(all, "day")} played${whom}`;
}

// A change before the server has put it into a sentence of its own.
export function changeOf(control, value) {
  if (!control) return "A change";
  return `${control.label}: ${valueOf(control, value)}`;
}

export function valueOf(control, value) {
  if (control.kind === "window" && value) return dated(`from ${value.from} until ${value.until}`);
  if (value === null || value === undefined || value === "") return control.kind === "window" ? "never" : "not known";
  if (control.kind === "toggle") return value ? "yes" : "no";
  const choice = control.choices?.find((each) => each.value === value);
  if (choice) return choice.label;
  if (control.kind === "percent") return `${value} %`;
  return control.unit ? `${value} ${control.unit}` : dated(value);
}

export const GROUPS = [
  ["person", "The person"],
  ["behaviour", "What people do"],
  ["world", "What happens, and what goes wrong"],
  ["rules", "Rules of contact"],
  ["journey", "The journey"],
];

// A control that says more about another stands under it: "fault.0.from" under "fault.0", with the rest of its label.
export function nested(controls) {
  const known = new Map(controls.map((control) => [control.control, { ...control, short: capital(control.label), parts: [] }]));
  const top = [];
  for (const control of known.values()) {
    const owner = known.get(control.control.slice(0, control.control.lastIndexOf(".")));
    const part = owner && control.label.startsWith(`${owner.label}: `);
    if (part) control.short = capital(control.label.slice(owner.label.length + 2));
    (part ? owner.parts : top).push(control);
  }
  return top;
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// Mishaps before everyday acts, and what people add themselves before what is there.
const EARLY = [/^fault\./, /^act\.new$/, /^act\./];
const rank = ({ control }) => (EARLY.findIndex((form) => form.test(control)) + EARLY.length + 1) % (EARLY.length + 1);
const byRank = (one, other) => rank(one) - rank(other);

// Controls that hold every word of a search, in the groups of the page. Unknown groups come last under their own name.
export function grouped(controls, search = "", person = "The person") {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (control) => {
    const text = `${control.label} ${control.hint ?? ""} ${control.choices?.map((choice) => choice.label).join(" ") ?? ""}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  const names = new Map(GROUPS.map(([group, label]) => [group, group === "person" ? person : label]));
  for (const control of controls) if (!names.has(control.group)) names.set(control.group, words(control.group));
  const found = controls.filter(fits);
  return [...names].map(([group, label]) => ({ group, label, controls: nested(found.filter((control) => control.group === group).sort(byRank)) }))
    .filter((group) => group.controls.length);
}

// What one would try first: is the mishap to blame, or a missing way between two systems, or the journey, or the clock of
// the person, or the rules? At most so many of each.
const TELLING = [
  [2, (control) => /^fault\.\d+$/.test(control.control)],
  [2, (control) => /^link\.[^.]+$/.test(control.control) && control.original === false && !control.more],
  [1, (control) => /^journey\.[^.]+$/.test(control.control) && control.kind === "choice"],
  [1, (control) => control.control === "person.birth_date"],
  [1, (control) => control.control === "person.zone"],
  [2, (control) => /^policy\.(caps\.[^.]+|quiet_hours)$/.test(control.control) && control.kind === "toggle"],
];

export function telling(controls, most = 6) {
  // The last mishaps of a story are what it is about; those before them are its everyday life.
  return TELLING.flatMap(([many, fits]) => controls.filter(fits).slice(-many)).slice(0, most);
}

// "2 h 30 min", "3 days" -> {amount, unit} when it is one number and one unit, else null.
export const UNITS = [["min", "minutes"], ["h", "hours"], ["day", "days"], ["week", "weeks"], ["month", "months"]];
const ALIKE = { m: "min", mins: "min", minute: "min", minutes: "min", hour: "h", hours: "h", d: "day", days: "day", weeks: "week", w: "week", months: "month" };

export function duration(text) {
  const found = /^\s*([-+]?\d+)\s*([a-z]+)\s*$/i.exec(String(text ?? ""));
  if (!found) return null;
  const unit = ALIKE[found[2].toLowerCase()] ?? found[2].toLowerCase();
  return UNITS.some(([name]) => name === unit) ? { amount: Number(found[1]), unit } : null;
}

export const durationText = (amount, unit) => `${amount} ${Math.abs(amount) !== 1 && ["day", "week", "month"].includes(unit) ? `${unit}s` : unit}`;

// "Camille Moreau" -> "CM", for the round picture beside a name.
export function initials(name) {
  const parts = String(name ?? "").split(/[\s'’-]+/u).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => [...(part ?? "")][0] ?? "").join("").toUpperCase();
}

export const given = (name) => String(name ?? "").split(" ")[0] || "this person";

// A name for a saved test: letters, digits and dashes, as names of scenarios are.
const PLAIN = { ł: "l", ø: "o", đ: "d", ß: "ss", æ: "ae", œ: "oe" };

export function slug(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[łøđßæœ]/g, (letter) => PLAIN[letter]).replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "");
}
