// A mail without whatever would run, load or lead away, so that the browser has nothing to refuse. This is for the quiet of
// the console alone: what slips through here meets the empty sandbox and the policies of frame and page.
// It goes through the text once, so a mail of any size and any malice takes as long as its length.

const GONE = new Set("animate animatemotion animatetransform applet audio base embed frame iframe link meta object param portal script set source track video".split(" "));
const RAW = new Set(["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"]);
const LOADING = new Set(["src", "srcset", "poster", "background", "data", "href", "xlink:href", "lowsrc", "dynsrc", "imagesrcset"]);
const NEVER = new Set(["srcdoc", "ping", "action", "formaction", "autofocus", "manifest", "codebase", "attributionsrc"]);
const INSIDE = /^\s*(?:data:|#|$)/i;
const SPACE = /[\s/]/;

// Style sheets that load nothing: no imports, no fonts, and pictures only from inside.
export function quietStyle(css) {
  return css.replace(/@import[^;]*;?/gi, "").replace(/@font-face/gi, "@media not all")
    .replace(/url\(\s*(["']?)(?!\s*(?:data:|#))/gi, "url($1data:,");
}

function kept(tag, name, value) {
  if (/^on/.test(name) || NEVER.has(name)) return false;
  if (!LOADING.has(name)) return true;
  // Links stay for a moment: their addresses are shown, and then taken out of the document.
  return (name === "href" && (tag === "a" || tag === "area")) || INSIDE.test(value);
}

// The attributes of a tag from a place on: their text and the place behind the tag, which is the end where nothing closes it.
function attributes(text, from, tag) {
  let at = from;
  let words = "";
  let remote = 0;
  while (at < text.length && text[at] !== ">") {
    if (SPACE.test(text[at])) { at += 1; continue; }
    const start = at;
    at += 1;
    while (at < text.length && !SPACE.test(text[at]) && text[at] !== ">" && text[at] !== "=") at += 1;
    const name = text.slice(start, at).toLowerCase();
    while (at < text.length && /\s/.test(text[at])) at += 1;
    let value = "";
    if (text[at] === "=") {
      at += 1;
      while (at < text.length && /\s/.test(text[at])) at += 1;
      const quote = text[at] === '"' || text[at] === "'" ? text[at] : "";
      const begins = at + quote.length;
      if (quote) at = text.indexOf(quote, begins);
      else while (at < text.length && !/[\s>]/.test(text[at])) at += 1;
      if (at < 0) return { words, end: text.length, remote };
      value = text.slice(begins, at);
      at += quote.length;
    }
    if (kept(tag, name, value)) words += ` ${name}="${(name === "style" ? quietStyle(value) : value).replaceAll('"', "&quot;")}"`;
    else if (tag === "img" && name === "src") remote += 1;
  }
  return { words, end: at + 1, remote };
}

// -> { html, remote }: the mail, and how many pictures of it lie elsewhere.
export function quiet(text) {
  const out = [];
  let remote = 0;
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("<", at);
    if (open < 0) break;
    out.push(text.slice(at, open));
    if (text.startsWith("<!--", open)) {
      const close = text.indexOf("-->", open + 2);
      at = close < 0 ? text.length : close + 3;
      continue;
    }
    const [, tag] = /^<([a-z][^\s/>]*)/i.exec(text.slice(open, open + 60)) ?? [];
    if (!tag) {
      out.push("<");
      at = open + 1;
      continue;
    }
    const name = tag.toLowerCase();
    const { words, end, remote: more } = attributes(text, open + 1 + tag.length, name);
    const gone = GONE.has(name);
    remote += more;
    if (!gone) out.push(`<${name}${words}>`);
    at = end;
    if (!RAW.has(name)) continue;
    const close = closing(text, name, at);
    if (!gone) out.push(name === "style" ? quietStyle(text.slice(at, close)) : text.slice(at, close));
    at = close;
  }
  out.push(text.slice(at));
  return { html: out.join(""), remote };
}

function closing(text, name, from) {
  const end = new RegExp(`</${name}`, "gi");
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}
