// The state of the studio as the part of an address after `#`, so that a link opens the same story at the same instant.
// The key of the session is no part of it, and never will be.

const WORDS = ["target", "variant", "customer", "event"];

// {wish, at (ms), event, a (what B is compared with)} -> text without the `#`.
export function toHash({ wish, at, event, a }) {
  const words = new URLSearchParams();
  words.set("target", wish.target);
  words.set("variant", wish.variant);
  if (wish.customer) words.set("customer", wish.customer);
  if (wish.edits.length) words.set("edits", JSON.stringify(wish.edits.map((edit) => [edit.control, edit.value])));
  if (Number.isFinite(at)) words.set("at", new Date(at).toISOString().replace(".000", ""));
  if (event) words.set("event", event);
  if (a) words.set("a", JSON.stringify(shortA(a)));
  return words.toString();
}

function shortA(a) {
  if (a.kind === "variant") return { variant: a.variant, target: a.target };
  if (a.kind === "pinned") return { pinned: { target: a.wish.target, variant: a.wish.variant, edits: a.wish.edits } };
  return {};
}

// Text of a link -> the same state, or null. A link may be old or cut: whatever cannot be read is left out.
export function fromHash(text) {
  const words = new URLSearchParams(text.replace(/^#/, ""));
  if (!words.get("target")) return null;
  const state = Object.fromEntries(WORDS.map((word) => [word, words.get(word) || null]));
  const at = Date.parse(words.get("at") ?? "");
  state.at = Number.isNaN(at) ? null : at;
  state.edits = pairs(words.get("edits"));
  state.a = readA(words.get("a"));
  return state;
}

function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function pairs(text) {
  const found = parsed(text);
  if (!Array.isArray(found)) return [];
  return found.filter((pair) => Array.isArray(pair) && typeof pair[0] === "string" && pair.length === 2)
    .map(([control, value]) => ({ control, value }));
}

function readA(text) {
  const found = parsed(text);
  if (!found || typeof found !== "object") return null;
  if (typeof found.variant === "string") return { kind: "variant", variant: found.variant, target: found.target };
  const wish = found.pinned;
  if (wish && typeof wish.target === "string") {
    const edits = Array.isArray(wish.edits) ? wish.edits : [];
    return { kind: "pinned", wish: { target: wish.target, variant: wish.variant, edits } };
  }
  return { kind: "as-is" };
}
