// Text that comes from elsewhere, made fit for a sentence; numbers; and the words for channels, outcomes and systems.

// Marks that turn the direction of the text around them, and characters that print nothing.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SILENT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g;
const LEFTWARDS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802-\ud803\ud83a-\ud83b][\udc00-\udfff]/;

// At most `most` characters, never half of a pair.
export function clip(text, most = 200) {
  const whole = String(text ?? "");
  if (whole.length <= most) return whole;
  const half = /[\ud800-\udbff]/.test(whole[most - 2]);
  return `${whole.slice(0, most - (half ? 2 : 1))}…`;
}

// A name or a subject inside a sentence: one line, of bearable length, and unable to turn the sentence around.
export function inSentence(text, most = 120) {
  const plain = String(text ?? "").slice(0, most * 4).replace(TURNING, "").replace(SILENT, "").replace(/\s+/g, " ").trim();
  const short = clip(plain, most);
  return LEFTWARDS.test(short) ? `\u2068${short}\u2069` : short;
}

// 1234567.891 -> "1,234,567.89"
export function number(value, digits = 2) {
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value ?? "");
  const [whole, part = ""] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = part.replace(/0+$/, "");
  const zero = Number(whole) === 0 && !rest;
  return `${value < 0 && !zero ? "−" : ""}${grouped}${rest ? `.${rest}` : ""}`;
}

// 0.4567 -> "46 %". What is not none or all never rounds to none or all.
export function share(part) {
  if (!Number.isFinite(part)) return "";
  const percent = part * 100;
  if (percent > 0 && percent < 1) return "under 1 %";
  if (percent < 100 && percent > 99) return "over 99 %";
  return `${Math.round(percent)} %`;
}

export const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;

// "9 of 10", "87 of 100": a share as a fraction that people say aloud.
export function outOf(part) {
  if (part <= 0) return "none";
  if (part >= 1) return "all";
  const tenths = part * 10;
  if (Math.abs(tenths - Math.round(tenths)) < 0.005) return `${Math.round(tenths)} of 10`;
  return `${Math.min(99, Math.max(1, Math.round(part * 100)))} of 100`;
}

const CHANNELS = {
  email: { noun: "e-mail", a: "an e-mail", icon: "mail" },
  sms: { noun: "text message", a: "a text message", icon: "sms" },
  push: { noun: "push message", a: "a push message", icon: "push" },
  letter: { noun: "letter", a: "a letter", icon: "letter" },
  phone: { noun: "call", a: "a call", icon: "phone" },
  social: { noun: "post", a: "a post", icon: "social" },
};
CHANNELS.post = CHANNELS.letter;
CHANNELS.mail = CHANNELS.email;
CHANNELS["e-mail"] = CHANNELS.email;

// What a channel brings: {noun, a, icon}. A channel that an organisation invented is called by its own name.
export function channel(name) {
  if (Object.hasOwn(CHANNELS, name ?? "")) return CHANNELS[name];
  const own = inSentence(name, 40);
  return own ? { noun: `message by ${own}`, a: `a message by ${own}`, icon: "other" } : { noun: "message", a: "a message", icon: "other" };
}

const OUTCOMES = {
  satisfied: { word: "held", mark: "✓", tone: "good" },
  violated: { word: "broken", mark: "✗", tone: "bad" },
  pending: { word: "still open", mark: "◔", tone: "warn" },
  vacuous: { word: "never put to the test", mark: "○", tone: "soft" },
  unsupported: { word: "cannot be judged here", mark: "–", tone: "soft" },
  error: { word: "could not be judged", mark: "!", tone: "bad" },
};

// The word, the mark and the tone of a verdict.
export const outcome = (name) => (Object.hasOwn(OUTCOMES, name ?? "") ? OUTCOMES[name] : { word: inSentence(name), mark: "?", tone: "soft" });

// Systems that are places or people to whoever speaks of them; others are called a system. Python says the same.
const AS_THEY_ARE = new Set([
  "dealer", "till", "helpdesk", "shop", "store", "warehouse", "workshop", "desk", "bank", "carrier", "website", "app", "database",
  "centre", "tool", "cloud",
]);
const SHORT_FORMS = new Set(["esp", "erp", "api", "ivr"]);
const isShortForm = (word) => word.length <= 4 && (!/[aeiou]/.test(word) || SHORT_FORMS.has(word));

// A system as people speak of it: "the dealer", "the CRM system"; the one that the automation sits in is called so.
export function system(name, entry) {
  if (!name) return "";
  if (name === entry?.scenario?.organisation?.automation || name === "backend") return "the automation";
  if (name === "social") return "the social network";
  const words = inSentence(name, 60).split(/[-_ ]+/).map((word) => (isShortForm(word) ? word.toUpperCase() : word));
  return `the ${words.join(" ")}${AS_THEY_ARE.has(words.at(-1).toLowerCase()) ? "" : " system"}`;
}

// What a fault befell: "link till to loyalty", "backend", "desk care", "channel sms" -> words.
export function part(name, entry) {
  const [, kind = "", rest = ""] = /^(link|desk|channel|system|place) (.*)$/s.exec(name ?? "") ?? [];
  if (kind === "link") {
    const [from, to] = rest.split(" to ");
    return `the link from ${system(from, entry)} to ${system(to, entry)}`;
  }
  if (kind === "desk") return `the desk “${spaced(rest)}”`;
  if (kind === "channel") return `the channel for ${channel(rest).noun}s`;
  if (kind === "place") return place(rest, entry);
  return kind ? system(rest, entry) : system(name, entry);
}

// The name on the door of a place.
export const place = (id, entry) => inSentence(entry?.scenario?.organisation?.places?.[id]?.name ?? spaced(id), 60);

// "birthday-offer" -> "birthday offer"
export const spaced = (id) => inSentence(String(id ?? "").replace(/[-_]+/g, " "), 80);

// "Order Completed" -> "order completed"
export const lower = (name) => inSentence(String(name ?? "").toLowerCase(), 80);

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");

const FIXED = {
  completed: "it was walked to the end",
  holdout: "this person belongs to the comparison group, which is sent nothing",
  "outside the plan": "today lies outside the dates of the campaign",
  "no address": "no address is known for it",
  "address bounced": "an earlier message to that address came back",
  "no consent": "there is no consent for it",
  "quiet hours": "it is the time of quiet hours",
  "re-entry: once": "nobody walks this journey twice",
  "re-entry: once a year": "nobody walks this journey twice in one year",
  "the link was down": "the connection was down",
};

// Why, as half a sentence that may follow "because", from an event or its raw reason; empty for words of the run's own.
export function reasonOf(event) {
  const raw = typeof event === "string" ? event : event?.data?.reason;
  if (!raw) return "";
  const text = String(raw);
  if (Object.hasOwn(FIXED, text)) return FIXED[text];
  const rest = (lead) => inSentence(text.slice(lead.length), 80);
  if (text.startsWith("cap ")) return `the limit “${spaced(rest("cap "))}” is reached`;
  if (text.startsWith("contradicts ")) return `it contradicts “${spaced(rest("contradicts "))}”, which was sent shortly before`;
  if (text.startsWith("suppressed ")) return `the rule “${spaced(rest("suppressed "))}” holds it back`;
  if (text.startsWith("missing ")) return `it needs “${spaced(rest("missing ").replace(".", " "))}”, which is not known`;
  if (text.startsWith("re-entry: ")) return `the journey may be walked again only ${rest("re-entry: ")}`;
  return "";
}

// The same as the end of a sentence: what the rules say follows "because", other people's own words follow a colon.
export function because(event) {
  const why = reasonOf(event);
  if (why) return `, because ${why}`;
  const raw = typeof event === "string" ? event : event?.data?.reason;
  if (!raw) return "";
  const [pattern, condition] = inSentence(raw, 160).split(" where ");
  if (!/^[A-Z][a-z]*( [A-Z][a-z]*)+$/.test(pattern)) return `: ${inSentence(raw, 160)}`;
  return `, because of this: ${pattern.toLowerCase()}${condition ? ` (${plainCondition(condition)})` : ""}`;
}

// "order.item is known and coupon.status = used" -> "order item is known and coupon status is used"
export function plainCondition(condition) {
  return inSentence(condition, 160)
    .replace(/\b([a-z][a-z_-]*)\.([a-z][a-z_-]*)/g, (_, object, field) => `${spaced(object)} ${spaced(field)}`)
    .replace(/ = true\b/g, " is so").replace(/ = false\b/g, " is not so")
    .replace(/ != /g, " is not ").replace(/ >= /g, " is at least ").replace(/ <= /g, " is at most ")
    .replace(/ = /g, " is ").replace(/ > /g, " is over ").replace(/ < /g, " is under ").replace(/_/g, " ");
}
