// Curves by day: what they are called, what a day says, and on which days something broke.

import { faults } from "./words-events.js";
import { capital, inSentence, number, spaced } from "./words-text.js";
import { day } from "./words-time.js";

const TITLES = {
  "contact pressure": { title: "Promotions received", short: "promotions per person", digits: 2 },
  "consent base": { title: "People who may still be written to", short: "% still hold a consent", digits: 1, top: 100 },
  "complaints open": { title: "Complaints waiting for an answer", short: "complaints open", digits: 0 },
};

// The curves of an entry, those that move first: {name, title, unit, points, digits, flat, sentence}.
export function curves(entry) {
  const found = Object.entries(entry?.series ?? {}).map(([name, curve]) => {
    const known = Object.hasOwn(TITLES, name) ? TITLES[name] : { title: capital(spaced(name)), short: inSentence(curve.unit, 80), digits: 2 };
    const points = curve.points ?? [];
    const values = points.map(([, value]) => value);
    const least = Math.min(...values);
    const most = Math.max(...values);
    return { name, unit: inSentence(curve.unit, 160), points, ...known, least, most, flat: !values.length || least === most, sentence: sentence(known, points, least, most) };
  });
  return found.sort((a, b) => Number(a.flat) - Number(b.flat));
}

// What the curve comes to, in one sentence.
function sentence({ short, digits }, points, least, most) {
  if (!points.length) return "Nothing was measured.";
  const told = (value) => number(value, digits);
  if (least === most) return `The same on all ${number(points.length)} days: ${told(most)}${short.startsWith("%") ? " %" : ""}.`;
  const [highest] = points.find(([, value]) => value === most);
  if (short.startsWith("%")) {
    const [lowest] = points.find(([, value]) => value === least);
    return `From ${number(points[0][1], digits)} % at the start to ${number(points.at(-1)[1], digits)} % at the end; the least was ${number(least, digits)} % on ${day(lowest)}.`;
  }
  return `The most was ${told(most)}, on ${day(highest)}; on the last day it was ${told(points.at(-1)[1])}.`;
}

export const says = (curve, place) => `${day(curve.points[place][0])}: ${number(curve.points[place][1], curve.digits)} ${curve.short}`;

// Faults that began while the curve runs, numbered: {place (on the axis of days), number, sentence}.
export function marks(entry, points) {
  const days = points.map(([date]) => date);
  return faults(entry).map((fault, nth) => {
    const began = fault.began.slice(0, 10);
    const place = days.findIndex((date) => date >= began);
    return { place: place < 0 ? days.length - 1 : place, number: nth + 1, sentence: fault.sentence };
  });
}

// Marks at one place share one line; a canvas writes their numbers once.
export function grouped(list) {
  const places = new Map();
  for (const mark of list) places.set(mark.place, [...(places.get(mark.place) ?? []), mark.number]);
  return [...places].map(([place, numbers]) => ({ place, text: numbers.length > 3 ? `${numbers[0]}–${numbers.at(-1)}` : numbers.join(", ") }));
}
