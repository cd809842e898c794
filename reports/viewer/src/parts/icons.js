// Small signs, drawn as lines. Each stands beside the word it means and is hidden from readers that speak.

import { html } from "htm/preact";

const LINES = {
  mail: "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5",
  sms: "M2 3h12v8H7l-3 3v-3H2zM5 6h6M5 8.5h4",
  push: "M4 11V7.5a4 4 0 0 1 8 0V11l1 1H3zM6.7 13.7h2.6M8 2v1.2",
  letter: "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 7.5h5M5.5 10h5",
  phone: "M4 2l2.2 3-1.2 1.6a8 8 0 0 0 4.4 4.4L11 9.8l3 2.2-1 2c-6 .5-11-4.5-10.5-11z",
  social: "M5.8 8l5-3.5M5.8 8l5 3.5M3.9 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12.5 5.5a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM12.5 14.3a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8z",
  other: "M2 3h12v8H7l-3 3v-3H2z",
  stop: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM3.7 3.7l8.6 8.6",
  wait: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.5 1.8",
  flag: "M4 14.5v-13M4 2h8l-2 3 2 3H4",
  hint: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.2v4M8 4.6v.6",
};

export const Icon = ({ name, size = 16 }) => html`<svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
  <path d=${LINES[name] ?? LINES.other} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" />
</svg>`;
