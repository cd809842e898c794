// What the report wants to know of a result, beside drawing it. Pure; every optional key may be absent.

import { flagOf, prepare } from "../parts/lanes-layout.js";

export const keyOf = (entry) => `${entry.name}/${entry.variant}`;

export const spoken = (id) => {
  const words = String(id ?? "").replaceAll("-", " ").replace(/\be mail\b/g, "e-mail");
  return words ? words[0].toUpperCase() + words.slice(1) : "";
};

const plural = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

// The verdict of one entry in a sentence, and its tone.
export function headlineOf(entry) {
  if (entry.headline?.sentence) return entry.headline;
  for (const check of entry.checks ?? []) {
    if (check.violations?.length) return { sentence: check.violations[0].sentence, tone: "bad" };
  }
  if (entry.outcome === "satisfied") return { sentence: `All ${entry.checks.length} checks hold.`, tone: "good" };
  if (entry.outcome === "violated") return { sentence: "A check was broken.", tone: "bad" };
  return { sentence: entry.unexpected?.[0] ?? "Nothing was broken, and not everything could be judged.", tone: "unclear" };
}

// Why this story of many is shown, in plain words; "" where everybody is, because that says nothing of any one of them.
export function whyShown(exhibit) {
  const reason = exhibit.why_shown ?? "";
  if (reason === "everybody is shown") return "";
  if (reason === "a protagonist") return "a main character";
  if (reason === "a path of their own") return "went a way of their own";
  const broken = /^violates (.+)$/.exec(reason);
  return broken ? `breaks “${spoken(broken[1])}”` : reason;
}

// Why things went wrong. Without the key of that name: one cause for each place where news stopped, else each check.
export function causesOf(entry) {
  if (entry.causes) return entry.causes;
  const groups = new Map();
  for (const check of entry.checks ?? []) {
    (check.violations ?? []).forEach((violation, index) => {
      const key = violation.silo ?? check.name;
      let group = groups.get(key);
      if (!group) {
        const first = { check: check.name, violation: index, customer: violation.customer };
        group = { cause: key, title: violation.silo ? spoken(violation.silo) : check.rule, sentence: violation.sentence, checks: new Set(), people: new Set(), violations: 0, first, silo: violation.silo ?? null, declared: true };
        groups.set(key, group);
      }
      group.checks.add(check.name);
      group.people.add(violation.customer);
      group.violations += 1;
    });
  }
  return [...groups.values()].map(({ people, checks, ...rest }) => ({ ...rest, checks: [...checks], customers: people.size }));
}

export function violationOf(entry, { check, violation }) {
  return entry.checks?.find((each) => each.name === check)?.violations?.[violation];
}

export const exhibitOf = (entry, customer) => entry.exhibits?.find((each) => each.customer === customer) ?? null;

// The event to look at for a violation: what came too late or should not have been, else what asked for it.
export function eventOf(entry, customer, place) {
  const exhibit = exhibitOf(entry, customer);
  const check = entry.checks?.find((each) => each.name === place.check);
  const violation = check?.violations?.[place.violation];
  if (!exhibit || !violation) return null;
  const { index, times } = prepare(entry, exhibit);
  const flag = flagOf(check, violation, place.violation, (id) => (index.has(id) ? times[index.get(id)] : undefined));
  return index.has(flag.event) ? flag.event : null;
}

// How many rules were broken for each customer. -> Map customer -> [{ check, violation (its number) }]
export function brokenFor(entry) {
  const broken = new Map();
  for (const check of entry.checks ?? []) {
    (check.violations ?? []).forEach((violation, index) => {
      if (!broken.has(violation.customer)) broken.set(violation.customer, []);
      broken.get(violation.customer).push({ check: check.name, violation: index });
    });
  }
  return broken;
}

// What went wrong around one event of a customer: [{ check, violation, index }], the closest first.
export function violationsAbout(entry, customer, ids) {
  const found = [];
  for (const check of entry.checks ?? []) {
    (check.violations ?? []).forEach((violation, index) => {
      if (violation.customer !== customer) return;
      if (ids.has(violation.activation) || (violation.witnesses ?? []).some((id) => ids.has(id))) found.push({ check, violation, index });
    });
  }
  return found;
}

export function rerunOf(entry, customer) {
  const parts = ["journeyproof run", entry.family ?? entry.name, "--variant", entry.variant, "--seed", entry.seed];
  if (entry.backend && entry.backend !== "reference") parts.push("--backend", entry.backend);
  const one = customer ?? entry.customer;
  if (one) parts.push("--customer", one);
  return parts.join(" ");
}

// Entries by story, in the order of the result, those that match; the main story of a family comes before its others.
// -> [{ family, name, entries }]
export function familiesOf(entries, { family = "", outcome = "", odd = false, text = "" } = {}) {
  const wanted = text.trim().toLowerCase();
  const groups = new Map();
  for (const entry of entries) {
    if (family && entry.family !== family) continue;
    if (outcome && entry.outcome !== outcome) continue;
    if (odd && entry.as_expected) continue;
    const said = `${entry.family} ${entry.name} ${entry.variant} ${entry.title} ${entry.says} ${headlineOf(entry).sentence}`.toLowerCase();
    if (wanted && !said.includes(wanted)) continue;
    const { family: of, name } = entry;
    const key = JSON.stringify([of, name]);
    if (!groups.has(key)) groups.set(key, { family: of, name, entries: [] });
    groups.get(key).entries.push(entry);
  }
  const families = [...new Set([...groups.values()].map((group) => group.family))];
  const rank = (group) => 2 * families.indexOf(group.family) + (group.name === group.family ? 0 : 1);
  return [...groups.values()].sort((one, other) => rank(one) - rank(other));
}

// One sentence about everything.
export function summaryOf(entries) {
  const odd = entries.filter((entry) => !entry.as_expected).length;
  const broken = entries.filter((entry) => entry.outcome === "violated").length;
  const all = plural(entries.length, "rehearsal");
  if (odd) return `${odd} of ${all} did not come out as expected`;
  if (!broken) return `All ${all} went well`;
  return `All ${all} came out as expected: ${broken} of them go wrong, as they were written to`;
}

// The customers shown, with what stands beside their names; those with the most broken rules first.
export function customersOf(entry, { text = "", check = "", broken = false } = {}) {
  const wrong = brokenFor(entry);
  const wanted = text.trim().toLowerCase();
  return (entry.exhibits ?? [])
    .map((exhibit) => ({ exhibit, wrong: wrong.get(exhibit.customer) ?? [] }))
    .filter(({ exhibit, wrong: mine }) => {
      if (wanted && !`${exhibit.name} ${exhibit.customer} ${exhibit.why_shown}`.toLowerCase().includes(wanted)) return false;
      if (check && !mine.some((each) => each.check === check)) return false;
      return !broken || mine.length > 0;
    });
}
