// A journey as boxes and arrows in plain words: what each step says, how often it was walked, what was never walked.

import { branch, step, trigger } from "./words-events.js";
import { clip, many, number } from "./words-text.js";

const WIDTH = 208;
const LINE = 19;

// Text in lines of about so many characters; a longer word is cut.
export function wrap(text, most) {
  const lines = [];
  for (const word of String(text ?? "").split(/\s+/).filter(Boolean)) {
    for (let from = 0; from < word.length; from += most) {
      const piece = word.slice(from, from + most);
      const last = lines.at(-1);
      if (last !== undefined && from === 0 && `${last} ${piece}`.length <= most) lines[lines.length - 1] = `${last} ${piece}`;
      else lines.push(piece);
    }
  }
  return lines.length > 5 ? [...lines.slice(0, 4), `${lines[4]}…`] : lines;
}

const times = (count, none) => (count === undefined ? "" : count === 0 ? none : many(count, "time"));

function box(node, entry) {
  const { verb, what } = step(node, entry);
  const walked = times(node.visits, "never reached");
  const lines = wrap(what, 25);
  const head = clip(verb, 27);
  const shape = { wait_for: "wait", wait_until: "wait" }[node.kind] ?? node.kind;
  const height = 22 + LINE * (1 + lines.length + (walked ? 1 : 0));
  const size = shape === "split" ? { width: 172, height: 84 } : { width: WIDTH, height };
  return { id: node.node, shape, verb: head, lines, walked, never: node.visits === 0, place: node.place, visits: node.visits, ...size };
}

function arrow(edge, most) {
  const told = branch(edge.label);
  const count = edge.taken;
  const walked = count === undefined ? "" : count === 0 ? "never taken" : `${number(count)} ×`;
  const lines = [...wrap(told, 22), ...(walked && !edge.quiet ? [walked] : [])];
  const width = lines.length ? Math.max(...lines.map((line) => line.length)) * 7 + 12 : 10;
  const weight = count === undefined ? 2 : count === 0 ? 1.5 : 1.5 + 5.5 * (count / Math.max(1, most));
  return { from: edge.from, to: edge.to, lines, told, taken: count, never: count === 0, weight, width, height: lines.length * 17 + (lines.length ? 4 : 0) };
}

const START = "start";
const END = -1;

// The journey's boxes and arrows, with the trigger above and the end below.
export function drawing(journey, entry) {
  const nodes = journey.nodes ?? [];
  const edges = journey.edges ?? [];
  const most = Math.max(journey.entered ?? 0, ...edges.map((edge) => edge.taken ?? 0));
  const lines = wrap(trigger(journey.trigger), 25);
  const entered = times(journey.entered, "nobody entered");
  const height = 26 + LINE * (1 + lines.length + (entered ? 1 : 0));
  const never = journey.entered === 0;
  const start = { id: START, shape: "start", verb: "Begins", lines, walked: entered, never, width: WIDTH, height };
  const boxes = [start, ...nodes.map((node) => box(node, entry))];
  if (edges.some((edge) => edge.to === END) || !nodes.length) {
    boxes.push({ id: END, shape: "end", verb: "End", lines: [], walked: "", never: false, width: 84, height: 40 });
  }
  const first = { from: START, to: nodes[0]?.node ?? END, label: "", taken: journey.entered, quiet: true };
  return { boxes, arrows: [first, ...edges].map((edge) => arrow(edge, most)) };
}

function part([hit, all], one) {
  if (!all) return "";
  if (hit === all) return all === 1 ? `the only ${one}` : `all ${all} ${one}s`;
  return `${hit} of ${many(all, one)}`;
}

// "6 of 7 steps and 3 of 4 arms were walked."
export function coverage(journey) {
  const told = journey.coverage;
  if (!told?.nodes) return "";
  const words = [part(told.nodes, "step"), part(told.arms ?? [0, 0], "arm")].filter(Boolean).join(" and ");
  if (!words) return "";
  const single = !words.includes(" and ") && (words.startsWith("the only") || words.startsWith("1 of"));
  const sentence = `${words} ${single ? "was" : "were"} walked.`;
  return sentence[0].toUpperCase() + sentence.slice(1);
}

// The rows of the twin: steps with how often they were walked, then ways from step to step.
export function twins({ boxes, arrows }) {
  const name = (id) => {
    const found = boxes.find((one) => one.id === id);
    return found ? [found.verb, ...found.lines].join(" ") : "";
  };
  const steps = boxes.filter((one) => one.id !== START && one.id !== END);
  return {
    steps: steps.map((one) => ({ step: name(one.id), times: one.visits ?? null, place: one.place ?? "" })),
    ways: arrows.map((one) => ({ from: name(one.from), way: one.told, to: name(one.to), times: one.taken ?? null })),
  };
}
