// What is looked at, as the part of the address behind the #, so that any view can be linked. Pure.

const KEYS = { variant: "v", customer: "c", event: "e", tab: "t", panel: "p" };

// -> "#v=late-birthday/one-day-incident&c=camille&e=camille/25&r=1763000000000-1763200000000"
export function format(route) {
  const parts = [];
  for (const [name, key] of Object.entries(KEYS)) {
    if (route[name]) parts.push(`${key}=${encodeURIComponent(route[name]).replaceAll("%2F", "/")}`);
  }
  if (route.range) parts.push(`r=${Math.round(route.range.from)}-${Math.round(route.range.to)}`);
  return `#${parts.join("&")}`;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// The reverse; whatever cannot be read is left out. -> { variant, customer, event, tab, panel, range }
export function parse(hash) {
  const given = new Map();
  for (const part of String(hash).replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at > 0) given.set(part.slice(0, at), decoded(part.slice(at + 1)));
  }
  const route = {};
  for (const [name, key] of Object.entries(KEYS)) route[name] = given.get(key) || null;
  const range = /^(-?\d+)-(-?\d+)$/.exec(given.get("r") ?? "");
  const [from, to] = range ? [Number(range[1]), Number(range[2])] : [0, 0];
  route.range = to > from ? { from, to } : null;
  return route;
}
