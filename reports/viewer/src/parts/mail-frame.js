// A mail in a frame that may do nothing: an empty sandbox, a policy that lets in styles and embedded pictures alone, and
// links without addresses, so that nothing leaves this page whatever the mail holds.

import { html } from "htm/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { quiet } from "./mail-quiet.js";
import { asIn, framed } from "./message-model.js";
import { number } from "./words-text.js";

const HEIGHT = 560;
const HEAVY = 300_000;
const NEVER = "script, base, link, meta, iframe, frame, object, embed, portal";
const LEADING = ["href", "xlink:href", "ping", "target", "action", "formaction"];

// The mail with every link and form without its target. Parsed apart from the page: nothing in it runs or loads.
export function inert(text, dark = false) {
  const { html: calm, remote } = quiet(text);
  const parsed = new DOMParser().parseFromString(calm, "text/html");
  for (const element of parsed.querySelectorAll(NEVER)) element.remove();
  for (const element of parsed.querySelectorAll("a, area, form, button, input")) {
    const address = element.getAttribute("href");
    for (const name of LEADING) element.removeAttribute(name);
    if (address) element.setAttribute("title", address.slice(0, 500));
    if (address && !element.getAttribute("style")) element.setAttribute("style", "text-decoration:underline");
  }
  const styles = [...parsed.querySelectorAll("style")];
  const knowsDark = styles.some((style) => /prefers-color-scheme\s*:\s*dark/i.test(style.textContent));
  const scheme = dark && knowsDark ? "dark" : "light";
  for (const style of styles) style.textContent = asIn(scheme, style.textContent);
  // A frame without anything to focus is passed over by Tab, and its end could be read with a mouse alone.
  parsed.body?.setAttribute("tabindex", "0");
  return { html: framed(parsed.documentElement.outerHTML, scheme), remote, scheme };
}

// The width that is there, so that a desktop's mail shrinks on a phone instead of leaving the screen.
function useRoom() {
  const box = useRef(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(([seen]) => setRoom(Math.floor(seen.contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return [box, room];
}

function Frame({ text, title, width, dark }) {
  const [box, room] = useRoom();
  const safe = useMemo(() => inert(text, dark), [text, dark]);
  const wide = width ?? room;
  const scale = room && wide > room ? room / wide : 1;
  const remote = safe.remote === 1 ? "One picture lies on the network and is" : `${safe.remote} pictures lie on the network and are`;
  const size = { width: `${wide}px`, height: `${HEIGHT / scale}px`, transform: scale < 1 ? `scale(${scale})` : "none" };
  return html`<div class="message-desk" ref=${box}>
      ${room > 0 && html`<div class="message-screen" style=${{ width: `${wide * scale}px`, height: `${HEIGHT}px` }}>
        <iframe class=${safe.scheme === "dark" ? "message-frame message-frame-dark" : "message-frame"} sandbox="" referrerpolicy="no-referrer"
          tabindex="0" title=${title} srcdoc=${safe.html} style=${size}></iframe>
      </div>`}
    </div>
    ${dark && safe.scheme === "light" && html`<p class="message-note">This mail has no colours of its own for dark mail programs.</p>`}
    ${scale < 1 && html`<p class="message-note">Shown at ${Math.round(scale * 100)} % of its width of ${wide} pixels.</p>`}
    ${safe.remote > 0 && html`<p class="message-note">${remote} not fetched here.</p>`}`;
}

// `width` in pixels, or null for the width of the text column.
export function MailFrame({ text, title, width, dark }) {
  const [asked, setAsked] = useState(false);
  if (text.length > HEAVY && !asked) {
    return html`<p class="message-note">This mail has ${number(text.length)} characters, and drawing it may take a while.
      <button type="button" class="message-button" onClick=${() => setAsked(true)}>Draw it all the same</button></p>`;
  }
  return html`<${Frame} text=${text} title=${title} width=${width} dark=${dark} />`;
}
