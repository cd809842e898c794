// The shapes of the lanes. Each kind has a shape of its own, so that none is told by colour alone.

import { html } from "htm/preact";

const envelope = html`<rect x="-8" y="-6" width="16" height="12" rx="2" /><path d="M-7.5 -5 L0 1.5 L7.5 -5" class="in" />`;

export const SHAPES = {
  fact: html`<path d="M0 -8 L8 0 L0 8 L-8 0 Z" />`,
  known: html`<circle r="4" />`,
  act: html`<rect x="-6" y="-6" width="12" height="12" rx="1.5" />`,
  arrived: html`<circle r="6" class="hollow" /><circle r="2" />`,
  lost: html`<path d="M-6 -6 L6 6 M6 -6 L-6 6" class="stroke" />`,
  sent: envelope,
  received: html`<g class="hollow-envelope">${envelope}</g>`,
  opened: html`<path d="M-8 -2 L0 -8 L8 -2 V7 H-8 Z" class="hollow" /><path d="M-8 -2 L0 3 L8 -2" class="stroke thin" />`,
  clicked: html`<path d="M-4 -7 L6 2 L1.5 2.6 L4 8 L1 9 L-1.4 3.8 L-5 7 Z" />`,
  bounced: html`${envelope}<path d="M-9 9 L9 -9" class="stroke" />`,
  spam: html`<path d="M-3.5 -8 H3.5 L8 -3.5 V3.5 L3.5 8 H-3.5 L-8 3.5 V-3.5 Z" /><path d="M0 -4.5 V1 M0 3.4 V4.6" class="in" />`,
  withheld: html`<circle r="7.5" class="hollow thick" /><path d="M-5 5 L5 -5" class="stroke" />`,
  notentered: html`<circle r="5.5" class="hollow" /><path d="M-3.5 0 H3.5" class="stroke thin" />`,
  goal: html`<path d="M0 -8 L2.4 -2.6 L8 -2 L3.8 1.8 L5 7.6 L0 4.6 L-5 7.6 L-3.8 1.8 L-8 -2 L-2.4 -2.6 Z" />`,
  split: html`<path d="M-7 0 H-1 L6 -6 M-1 0 L6 6" class="stroke" />`,
  command: html`<path d="M-7 -5 H2 V-8 L8 0 L2 8 V5 H-7 Z" />`,
  coupon: html`<path d="M-8 -5 H8 V-2 A2 2 0 0 0 8 2 V5 H-8 V2 A2 2 0 0 0 -8 -2 Z" /><path d="M2 -3 V3" class="in dashed" />`,
};

export const LEGEND = [
  ["fact", "something happened"], ["known", "recorded in this system"], ["arrived", "the system hears of it"], ["lost", "got lost on the way"],
  ["act", "done behind the scenes"], ["sent", "message sent"], ["withheld", "not sent"], ["received", "received"], ["opened", "opened"],
  ["clicked", "clicked"], ["goal", "goal reached"], ["coupon", "coupon granted"],
];

export function Mark({ mark, state, dim }) {
  const classes = ["mark", `mark-${mark.kind}`, mark.wrong && "wrong", state, dim && "dim"].filter(Boolean).join(" ");
  return html`<g class=${classes} transform=${`translate(${mark.x.toFixed(1)} ${mark.y})`} data-mark=${mark.key}>
    <title>${mark.title}</title>
    <rect x="-14" y="-20" width=${28 + mark.label.length * 6.3} height="40" class="hit" />
    ${(state || mark.wrong) && html`<circle r="13" class="halo" />`}
    <g class="shape">${SHAPES[mark.kind]}</g>
    ${mark.count > 1 && html`<g class="count" transform="translate(9 -10)"><rect x="-7" y="-7.5" width=${mark.count > 99 ? 27 : mark.count > 9 ? 20 : 14} height="15" rx="7.5" /><text y="3.6" x=${mark.count > 99 ? 6.5 : mark.count > 9 ? 3 : 0}>${mark.count}</text></g>`}
    ${mark.label && html`<text x=${mark.count > 1 ? 21 : state || mark.wrong ? 17 : 13} y="4" class="mark-label">${mark.label}</text>`}
  </g>`;
}

// An arrow between two rows: straight down when nothing was late, else drawn out as long as it took.
export function Path({ path, lit, dim }) {
  const { x0, y0, x1, y1 } = path;
  const classes = ["path", `path-${path.kind}`, lit && "lit", dim && "dim"].filter(Boolean).join(" ");
  if (path.kind === "lost") {
    const [mx, my] = [x0 + 16, y0 + (y1 - y0) * 0.5];
    return html`<g class=${classes}>
      <path d=${`M${x0} ${y0} Q${x0 + 2} ${my} ${mx} ${my}`} />
      <path d=${`M${mx - 5} ${my - 5} l10 10 m0 -10 l-10 10`} class="cross" />
      <text x=${mx + 10} y=${my + 4}>${path.words}</text>
    </g>`;
  }
  const down = y1 > y0 ? 1 : -1;
  const tip = y1 - down * 9;
  const bend = Math.min(Math.max((x1 - x0) * 0.5, 0), 160);
  const line = x1 - x0 < 5 ? `M${x0} ${y0} L${x1} ${tip}` : `M${x0} ${y0} C${x0 + bend} ${y0 + down * 4} ${x1 - bend * 0.2} ${y1 - down * 34} ${x1} ${tip}`;
  return html`<g class=${classes}><path d=${line} /><path class="tip" d=${`M${x1 - 4} ${tip - down * 5} L${x1} ${tip} L${x1 + 4} ${tip - down * 5}`} /></g>`;
}

export function Bar({ bar, lit, dim }) {
  const y = bar.y + 19;
  const classes = ["bar", lit && "lit", dim && "dim"].filter(Boolean).join(" ");
  return html`<g class=${classes} data-bar=${bar.id}>
    <title>${bar.words}</title>
    <rect class="hit" x=${bar.x0 - 4} y=${bar.y} width=${Math.max(bar.x1 - bar.x0, 40) + 8} height="28" />
    <path class="wait" d=${`M${bar.x0} ${y} H${bar.x1}`} />
    <path class="cap" d=${`M${bar.x0} ${y - 5} V${y + 5}`} />
    ${!bar.open && html`<path class="cap" d=${`M${bar.x1} ${y - 5} V${y + 5}`} />`}
    ${bar.moments.map((x) => html`<circle cx=${x.toFixed(1)} cy=${y} r="3" />`)}
    ${bar.label && html`<text x=${bar.textX} y=${bar.y + 9}>${bar.label}</text>`}
  </g>`;
}

export function Flag({ flag, top, bottom, width, onPick }) {
  const pole = (x) => x >= 0 && x <= width && html`<path class="pole" d=${`M${x} ${top} V${bottom}`} />`;
  return html`<g class=${`flag flag-${flag.kind}`}>
    ${pole(flag.x0)}${flag.x1 - flag.x0 > 1 && pole(flag.x1)}
    ${flag.chip && html`<g class="chip" data-flag=${flag.key} onClick=${() => onPick(flag)}>
      <title>${flag.sentence}</title>
      <rect x=${flag.chip.x} y=${flag.chip.y} width=${flag.chip.wide} height="22" rx="4" />
      <path d=${`M${flag.chip.x + 7} ${flag.chip.y + 5.5} v11 m0 -11 h6 l-2 3 l2 3 h-6`} />
      <text x=${flag.chip.x + 18} y=${flag.chip.y + 15}>${flag.chip.words}</text>
      ${flag.chip.more > 0 && html`<text class="more" x=${flag.chip.x + flag.chip.wide + 4} y=${flag.chip.y + 15}>+${flag.chip.more}</text>`}
    </g>`}
  </g>`;
}
