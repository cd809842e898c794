// Small pieces that the rooms of the studio share.

import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

// A titled part of the page. Its title names it for those who jump from part to part.
export function Pane({ id, title, note, actions, className = "", children, ...rest }) {
  return html`<section class=${`st-pane ${className}`} id=${id} aria-labelledby=${`${id}-title`} ...${rest}>
    <div class="st-pane-head">
      <h2 id=${`${id}-title`} tabindex="-1">${title}</h2>
      ${note && html`<p class="st-pane-note">${note}</p>`}
      ${actions}
    </div>
    ${children}
  </section>`;
}

// A scrolling body that the keyboard can reach, so that nothing below its edge is for the mouse alone.
export function Scroll({ label, className = "", children }) {
  return html`<div class=${`st-scroll ${className}`} tabindex="0" role="group" aria-label=${label}>${children}</div>`;
}

export function Skeleton({ lines = 4, label }) {
  return html`<div class="st-skeleton" role="status"><span class="st-hidden">${label ?? "Loading"}</span>
    ${Array.from({ length: lines }, (_, index) => html`<span key=${index} style=${{ inlineSize: `${88 - ((index * 23) % 47)}%` }}></span>`)}
  </div>`;
}

// What went wrong, in a sentence, and the way on.
export function Trouble({ trouble, onRetry, label = "Try again" }) {
  return html`<div class="st-trouble" role="alert">
    <p><span aria-hidden="true">!</span> ${trouble.sentence}</p>
    ${onRetry && html`<button type="button" class="st-button" onClick=${onRetry}>${label}</button>`}
  </div>`;
}

// A modal dialog; when it closes, the focus goes back to where it was.
export function Dialog({ title, open, onClose, children }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!open || dialog.open) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      before?.focus?.();
    };
  }, [open]);
  if (!open) return html`<dialog ref=${ref}></dialog>`;
  const outside = (event) => { if (event.target === ref.current) onClose(); };
  return html`<dialog ref=${ref} class="st-dialog" aria-labelledby="dialog-title" onClose=${onClose} onCancel=${onClose} onClick=${outside}>
    <div class="st-dialog-body">
      <div class="st-dialog-head">
        <h2 id="dialog-title">${title}</h2>
        <button type="button" class="st-button st-plain" onClick=${onClose}>Close</button>
      </div>
      ${children}
    </div>
  </dialog>`;
}

