// One look at a story: a range of time and a width in, everything in pixels out. Pure, and cheap enough for every
// step of a zoom: only what lies in the range is visited, and marks that would overlap become one with a number.

import { short } from "./lanes-layout.js";
import { changeWords, clockWords, shadesOf, spansOf, ticksOf } from "./lanes-time.js";

export const AXIS = 46;
const CHIP = 26;
const POLES = 20;
const GAP = 20;
const WIDE_GAP = 42;
const TRACK = 28;
const MOST_TRACKS = 3;
const MOST_LINKS = 160;
const LETTER = 6.3;
const BOLD = 7;
const HALO = 15;
const FOOT = 18;

// The first place in a rising list whose value is not below `value`.
export function lowerBound(values, value) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Marks of one line within a range, those closer than `gap` pixels taken together.
// -> [{ x, top, first, last, count }]: positions in the line; `top` is the one that is drawn.
export function cluster(line, from, to, scale, gap = GAP) {
  const groups = [];
  const { times, ranks } = line;
  const end = lowerBound(times, to + 1);
  let group = null;
  for (let at = lowerBound(times, from); at < end; at += 1) {
    const x = (times[at] - from) * scale;
    if (group && x - group.x < gap) {
      group.last = at;
      group.count += 1;
      if (ranks[at] > ranks[group.top]) group.top = at;
    } else {
      group = { x, top: at, first: at, last: at, count: 1 };
      groups.push(group);
    }
  }
  return groups;
}

export function fitted(text, room) {
  const letters = Math.floor(room / LETTER);
  if (text.length <= letters) return text;
  return letters >= 8 ? `${text.slice(0, letters - 1).trimEnd()}…` : "";
}

// Heights do not depend on the range, so that zooming never moves a row.
export function measure(story) {
  const levels = Math.min(3, story.flags.length);
  let y = AXIS + (levels ? levels * CHIP + POLES + 6 : 8);
  const tracks = Math.min(MOST_TRACKS, overlapping(story.bars));
  const rows = story.rows.map((row) => {
    const height = row.kind === "automation" ? 84 + tracks * TRACK : row.kind === "life" ? 58 : 44;
    const automation = row.kind === "automation";
    const placed = { ...row, y, height, line: y + (automation ? 31 : 22), acts: y + 64, bars: y + 84 };
    y += height;
    return placed;
  });
  const foot = story.clock.changes.length ? FOOT : 4;
  return { rows, levels, tracks, height: y + foot, floor: y, top: AXIS + (levels ? levels * CHIP + POLES + 6 : 8) };
}

function overlapping(bars) {
  if (!bars.length) return 0;
  let most = 1;
  const ends = [];
  for (const bar of bars) {
    const free = ends.findIndex((end) => end < bar.start);
    if (free >= 0) ends[free] = bar.end;
    else ends.push(bar.end);
    most = Math.max(most, ends.length);
    if (most >= MOST_TRACKS) break;
  }
  return most;
}

function heights(plan, automation) {
  const at = new Map();
  for (const row of plan.rows) {
    at.set(row.key, row.line);
    if (row.kind === "automation") at.set(`acts:${automation}`, row.acts);
  }
  return at;
}

function marksOf(story, range, scale, width, levels) {
  const marks = [];
  for (const line of story.lines.values()) {
    const y = levels.get(line.key);
    if (y === undefined) continue;
    const seen = lowerBound(line.times, range.to + 1) - lowerBound(line.times, range.from);
    const groups = cluster(line, range.from, range.to, scale, seen * 10 > width ? WIDE_GAP : GAP);
    groups.forEach((group, place) => {
      const kind = line.kinds[group.top];
      const event = story.events[line.events[group.top]];
      const next = groups[place + 1]?.x ?? width;
      const words = kind === "known" ? "" : short(story.entry, event, kind);
      const wrong = line.ranks[group.top] >= 100;
      const room = (next - group.x - (group.count > 1 ? 21 : 17) - HALO) * (wrong ? LETTER / BOLD : 1);
      marks.push({
        key: `${line.key}|${event.id}`, x: group.x, y, kind, count: group.count, id: event.id, wrong,
        label: fitted(words, room), words, start: line.times[group.first], end: line.times[group.last],
        ids: group.count > 1 ? [line.events[group.first], line.events[group.last]] : null, line,
        first: group.first, last: group.last,
      });
    });
  }
  return marks;
}

function pathsOf(story, range, scale, levels, chain) {
  const paths = [];
  const seen = new Set();
  let hidden = 0;
  const inRange = story.links.filter((link) => link.start <= range.to && link.end >= range.from);
  const grain = inRange.length > 1500 ? 16 : 4;
  const add = (link) => {
    const y0 = levels.get(link.source);
    const y1 = levels.get(link.target);
    if (y0 === undefined) return;
    const x0 = (link.start - range.from) * scale;
    const x1 = (link.end - range.from) * scale;
    // One number for each pair of rows and pixels: arrows that would lie on one another are drawn once.
    const place = (Math.round(x0 / grain) + 5000) * 100_000 + Math.min(Math.round(x1 / grain) + 5000, 99_999);
    const key = (place * 2000 + y0) * 2 + (y1 === undefined ? 0 : y1 > y0 ? 1 : 0);
    if (seen.has(key)) return;
    seen.add(key);
    if (paths.length >= MOST_LINKS) {
      hidden += 1;
      return;
    }
    paths.push({ key: `${story.events[link.to].id}`, kind: link.kind, words: link.words, x0, y0, x1, y1: y1 ?? y0 + 30, id: story.events[link.to].id });
  };
  for (const link of inRange) if (link.kind === "lost" || chain.has(story.events[link.to].id)) add(link);
  for (const link of inRange) add(link);
  return { paths, hidden };
}

function barsOf(story, range, scale, width, plan) {
  const row = plan.rows.find((each) => each.kind === "automation");
  const ends = Array(plan.tracks).fill(-Infinity);
  const last = Array(plan.tracks).fill(null);
  const bars = [];
  for (const bar of story.bars) {
    if (bar.start > range.to || bar.end < range.from) continue;
    const x0 = Math.max((bar.start - range.from) * scale, -20);
    const x1 = Math.max(Math.min((bar.end - range.from) * scale, width + 20), x0 + 6);
    let track = 0;
    for (let other = 1; other < ends.length; other += 1) if (ends[other] < ends[track]) track = other;
    if (ends[track] + 6 >= x0) {
      last[track].more += 1;
      continue;
    }
    const named = Math.min(bar.title.length * LETTER + 8, 150);
    const drawn = {
      key: bar.instance, x0, x1, y: row.bars + track * TRACK, title: bar.title, open: bar.open, more: 0,
      moments: bar.moments.map((at) => (at - range.from) * scale).filter((x) => x >= -1 && x <= width + 1).slice(0, 60),
      id: story.events[bar.first].id, last: story.events[bar.last].id,
      words: `${bar.title}, ${bar.open ? "still going on" : `left: ${bar.reason}`}`,
    };
    bars.push(drawn);
    last[track] = drawn;
    ends[track] = Math.max(x1, x0 + named);
  }
  bars.forEach((bar, place) => {
    const next = bars.slice(place + 1).find((other) => other.y === bar.y)?.x0 ?? width;
    const from = Math.max(bar.x0, 4);
    bar.textX = from + 7;
    bar.label = fitted(bar.more ? `${bar.title} + ${bar.more}` : bar.title, next - from - 15);
  });
  return bars;
}

const chipWords = (flag) => (flag.kind === "wrong" ? flag.title : `${flag.title}: ${flag.words}`);

function flagsOf(story, range, scale, width, plan) {
  const ends = Array(plan.levels).fill(-Infinity);
  const placed = Array(plan.levels).fill(null);
  const flags = [];
  const shown = story.flags.filter((flag) => flag.from <= range.to && flag.to >= range.from);
  const drawn = new Set();
  for (const flag of shown) {
    const x0 = (flag.from - range.from) * scale;
    const x1 = (flag.to - range.from) * scale;
    const pixels = `${Math.round(x0 / 3)} ${Math.round(x1 / 3)}`;
    const twice = drawn.has(pixels);
    drawn.add(pixels);
    const words = chipWords(flag);
    const wide = Math.min(words.length * BOLD + 24, 420, width - 8);
    const x = Math.max(2, Math.min(x0, width - wide - 2));
    let level = ends.findIndex((end) => end + 4 <= x);
    let chip = null;
    if (level >= 0) {
      chip = { x, y: AXIS + 2 + level * CHIP, wide, words: fitted(words, ((wide - 22) * LETTER) / BOLD), more: 0 };
      ends[level] = x + wide + 26;
      placed[level] = chip;
    } else {
      level = ends.indexOf(Math.min(...ends));
      placed[level].more += 1;
    }
    if (twice && !chip) continue;
    flags.push({ key: flag.id, id: flag.event, kind: flag.kind, x0, x1, chip, sentence: flag.sentence, flag });
  }
  return flags;
}

// Stretches of time taken together where they touch, so that shading never adds up. -> [[from, to]]
export function union(stretches) {
  const merged = [];
  for (const [from, to] of [...stretches].sort((one, other) => one[0] - other[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function ignorance(flags, [from, to]) {
  const facts = new Set(flags.filter((flag) => flag.since >= from && flag.since <= to).map((flag) => flag.unknown).filter(Boolean));
  return facts.size ? `was not told: ${[...facts].join(", ")}` : "was not told";
}

// What is tinted because of broken rules: lateness over all rows, ignorance in the row of the system that acted.
function tintsOf(story, range, scale, width, plan) {
  const pixels = ([from, to]) => ({ x0: Math.max((from - range.from) * scale, -2), x1: Math.min((to - range.from) * scale, width + 2) });
  const near = story.flags.filter((flag) => Math.min(flag.since ?? flag.from, flag.from) <= range.to && Math.max(flag.to, flag.onset) >= range.from);
  const late = union(near.filter((flag) => flag.to > flag.from).map((flag) => [flag.from, flag.to]))
    .map((stretch) => ({ kind: "span", ...pixels(stretch), y: plan.top - 6, height: plan.floor - plan.top + 6 }));
  const ignorant = plan.rows.filter((row) => row.system).flatMap((row) => {
    const mine = near.filter((flag) => flag.since !== undefined && flag.actor === row.system);
    return union(mine.map((flag) => [flag.since, flag.onset])).map((stretch) => ({ kind: "unknown", ...pixels(stretch), y: row.y + 1, height: row.height - 2, words: ignorance(mine, stretch), label: row.kind === "automation" ? 11 : row.height - 5 }));
  });
  return [...late, ...ignorant].map((tint, place) => ({ ...tint, key: place }));
}

const MOST_POLES = 12;

function polesOf(story, flags, plan, width, range) {
  const y = AXIS + plan.levels * CHIP + 14;
  const wanted = new Map();
  if (flags.length > MOST_POLES) return [];
  const days = (range.to - range.from) / 86_400_000;
  const hour = (ms) => (days < 4 ? clockWords(story.clock, ms).slice(-5) : clockWords(story.clock, ms).split(" ").slice(1, 3).join(" "));
  for (const { flag, x0, x1 } of flags) {
    if (flag.due !== undefined) wanted.set(Math.round(x0), { x: x0, words: `due ${hour(flag.due)}` });
    if (flag.came !== undefined) wanted.set(Math.round(x1), { x: x1, words: `came ${hour(flag.came)}` });
    if (flag.kind === "early") wanted.set(Math.round(x1), { x: x1, words: `only from ${hour(flag.to)}` });
  }
  let end = -Infinity;
  return [...wanted.values()].sort((one, other) => one.x - other.x).filter((pole) => {
    if (pole.x < 0 || pole.x + 66 > width + 20 || pole.x < end + 6) return false;
    end = pole.x + pole.words.length * LETTER;
    pole.y = y;
    return true;
  });
}

function bandsOf(story, range, scale, plan) {
  return story.bands.filter((band) => band.from <= range.to && band.to >= range.from).map((band, place) => {
    const rows = plan.rows.filter((row) => band.rows.includes(row.key));
    const top = rows.length ? Math.min(...rows.map((row) => row.y)) : plan.top;
    const bottom = rows.length ? Math.max(...rows.map((row) => row.y + row.height)) : plan.floor;
    const x0 = Math.max((band.from - range.from) * scale, -10);
    const x1 = Math.max((band.to - range.from) * scale, x0 + 3);
    return { key: `${place}`, x0, x1, y: top, height: bottom - top, words: band.words };
  });
}

// Changes of the clock; their words only where there is room for them.
function changesOf(story, range, x, width) {
  let free = 0;
  return story.clock.changes.filter((change) => change.at >= range.from && change.at <= range.to).map((change) => {
    const words = changeWords(change);
    const wide = words.length * LETTER + 8;
    const textX = Math.min(x(change.at) + 5, width - wide);
    const fits = textX >= free;
    if (fits) free = textX + wide;
    return { x: x(change.at), at: change.at, textX, words: fits ? words : "" };
  });
}

// -> { rows, height, ticks, spans, shades, changes, marks, paths, hidden, bars, flags, poles, bands }
export function frame(story, range, width, plan = measure(story), chain = new Set()) {
  const scale = width / (range.to - range.from);
  const x = (at) => (at - range.from) * scale;
  const levels = heights(plan, story.automation);
  const context = { shading: story.entry.shading, holidays: story.holidays };
  const flags = flagsOf(story, range, scale, width, plan);
  return {
    ...plan, width, scale,
    ticks: ticksOf(story.clock, range.from, range.to, width).map((tick) => ({ ...tick, x: x(tick.at) })),
    spans: spansOf(story.clock, range.from, range.to, width).map((span) => ({ ...span, x0: Math.max(x(span.from), 0), x1: Math.min(x(span.to), width) })),
    shades: shadesOf(story.clock, range.from, range.to, width, context).map((shade) => ({ ...shade, x0: Math.max(x(shade.from), 0), x1: Math.min(x(shade.to), width) })),
    changes: changesOf(story, range, x, width),
    marks: marksOf(story, range, scale, width, levels),
    ...pathsOf(story, range, scale, levels, chain),
    bars: barsOf(story, range, scale, width, plan),
    flags,
    tints: tintsOf(story, range, scale, width, plan),
    poles: polesOf(story, flags, plan, width, range),
    bands: bandsOf(story, range, scale, plan),
  };
}
