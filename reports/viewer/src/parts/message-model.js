// What a message looks like before a page is there: the layout filled in, long text cut in pieces, its header lines.

import { channel, clip, inSentence } from "./words-text.js";
import { duration, instant, when } from "./words-time.js";

// The first thing in the frame of a mail. The parser puts it first in the head whatever the mail brings along, because
// nothing of the mail has been read by then.
export const POLICY =
  '<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src \'unsafe-inline\'">';

const SCHEME = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi;

// The style of a mail as a dark or a light mail program reads it, whatever this browser prefers.
export const asIn = (scheme, style) => style.replace(SCHEME, (_, wanted) => (wanted.toLowerCase() === scheme ? "(min-width: 0px)" : "(max-width: 0px)"));

const PLAIN = "<style>:where(html){font:16px/1.5 system-ui,sans-serif;color:#1d2126;}:where(body){margin:16px;overflow-wrap:anywhere}:where(a){color:#1f4e8c;text-decoration:underline}</style>";
const MARK = /\{\{ (content|subject|preheader|lang|dir) \}\}/g;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export const escaped = (text) => String(text ?? "").replace(/[&<>"']/g, (letter) => ESCAPES[letter]);

// The HTML of a message inside its layout. Exactly the five marks are replaced, in one pass: what a message says is never
// read as a mark. All but the content is text and escaped.
export function compose(entry, message) {
  const inner = message.html ?? "";
  const layout = message.layout && entry?.layouts && Object.hasOwn(entry.layouts, message.layout) ? entry.layouts[message.layout] : null;
  if (typeof layout !== "string") return inner;
  const values = {
    content: inner,
    subject: escaped(message.subject),
    preheader: escaped(message.preheader),
    lang: escaped(message.lang ?? "en"),
    dir: escaped(message.dir ?? "ltr"),
  };
  return layout.replace(MARK, (_, mark) => values[mark]);
}

// A whole document for the frame.
export const framed = (html, scheme = "light") => `${POLICY}<style>:root{color-scheme:${scheme}!important}</style>${PLAIN}${html}`;

// Long text in blocks that a browser lays out quickly: cut at line ends where there are any, in the middle where not.
export function blocks(text, size = 4000) {
  const found = [];
  let from = 0;
  while (from < text.length) {
    let to = Math.min(from + size, text.length);
    const end = text.lastIndexOf("\n", to - 1);
    if (to < text.length && end > from) to = end + 1;
    else if (to < text.length && /[\ud800-\udbff]/.test(text[to - 1])) to += 1;
    found.push(text.slice(from, to));
    from = to;
  }
  return found;
}

// A push message as a locked screen shows it; how much fits is an assumption, because every phone differs.
export const LOCK_SCREEN = { title: 40, text: 110 };

export function lockScreen(message) {
  const title = String(message.subject ?? message.title ?? "");
  const text = String(message.text ?? "").slice(0, 5000).replace(/\s+/g, " ").trim();
  const cut = [title.length > LOCK_SCREEN.title && "title", text.length > LOCK_SCREEN.text && "text"].filter(Boolean);
  return { title: clip(title, LOCK_SCREEN.title), text: clip(text, LOCK_SCREEN.text), cut, length: text.length };
}

const RECEIPTS = [
  ["delivered", "Delivered"], ["received", "Received"], ["opened", "Opened"], ["clicked", "Clicked"],
  ["bounced", "Came back"], ["marked_as_spam", "Marked as spam"],
];

// An organisation by its name alone: "A Polish insurer with three systems and an automation tool" -> "A Polish insurer".
const shortName = (text) => inSentence(String(text ?? "").split(/[,:;(.]|\s[–—-]\s|\s(?:with|whose|which|that|and (?:its|their|one))\s/)[0], 60);

// Who sends: what the message says of itself, else the short name of the organisation.
export const sender = (entry, message) => message.from ?? message.sender ?? shortName(entry?.scenario?.organisation?.organisation);

// The header lines of a message: [label, text, how much later than the sending].
export function headers(entry, message) {
  const rows = [];
  const add = (label, text, later = "") => text && rows.push([label, clip(text, 500), later]);
  const subject = channel(message.channel).noun === "text message" ? "" : message.subject;
  add("From", sender(entry, message));
  add("To", message.address);
  add("Subject", subject);
  add("Sent", message.sent && when(message.sent));
  for (const [key, label] of RECEIPTS) {
    if (!message[key]) continue;
    const gap = instant(message[key]) - instant(message.sent);
    add(label, when(message[key]), gap >= 60_000 ? `${duration(gap)} later` : "");
  }
  const noun = channel(message.channel).noun;
  if (!message.received && !message.bounced) add("Received", "not by the end of the run");
  else if (message.received && !message.opened && noun === "e-mail") add("Opened", "not by the end of the run");
  if (noun === "e-mail" || message.folder === "spam") add("Folder", message.folder && inSentence(message.folder, 40));
  return rows;
}

const OF_SOURCE = new Set(["From", "To", "Subject", "Sent"]);

// The source as a mail program shows it: the header lines, an empty line, and the HTML or the text.
export function source(entry, message) {
  const lines = headers(entry, message).filter(([label]) => OF_SOURCE.has(label)).map(([label, text]) => `${label}: ${text.replace(/\s+/g, " ")}`);
  const body = message.html ? compose(entry, message) : (message.text ?? "");
  return `${lines.join("\n")}\n\n${body}`;
}
