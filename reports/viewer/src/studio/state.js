// The state of the studio, as signals, and everything that changes it. Components read signals and call these actions.
// The clock and the selection are local: moving them asks nothing of the server.

import { batch, computed, signal } from "@preact/signals";
import { newestOnly } from "./api.js";
import { wall } from "./clock.js";
import { again, moments, newest, opening } from "./moments.js";
import { answered, changeOf, dated } from "./phrases.js";
import {
  currentControls, keepKnown, originalsOf, plainWish, sameWish, wishOfA, withAct, withEdit, withoutEdit, withoutPlace,
} from "./wish.js";

// An exhibit of an entry: the person's, else the first one there is.
export const exhibitOf = (entry, customer) =>
  entry?.exhibits?.find((exhibit) => exhibit.customer === customer) ?? entry?.exhibits?.[0] ?? null;

// What the parts of the page draw, derived from what was answered and what is chosen.
function derived(state) {
  const entry = computed(() => state.answer.value?.entry ?? null);
  const exhibit = computed(() => exhibitOf(entry.value, state.answer.value?.wish.customer));
  const list = computed(() => (entry.value ? moments(entry.value, exhibit.value) : []));
  const entryA = computed(() => state.answerA.value?.entry ?? null);
  const exhibitA = computed(() => exhibitOf(entryA.value, state.answer.value?.wish.customer));
  const whole = computed(() => wholeRange(entry.value));
  return {
    entry, exhibit, list, entryA, exhibitA, whole,
    listA: computed(() => (entryA.value ? moments(entryA.value, exhibitA.value) : [])),
    zone: computed(() => exhibit.value?.zone ?? state.scenario.value?.zone ?? "UTC"),
    range: computed(() => state.zoom.value ?? whole.value),
    controls: computed(() => currentControls(state.scenario.value?.controls ?? [], state.wish.value?.edits ?? [], state.originals.value)),
    // Whoever has chosen nothing looks at the newest message.
    selected: computed(() => state.chosen.value ?? newest(list.value, state.at.value)?.event ?? null),
    // What takes long to draw follows when the clock rests.
    shown: computed(() => state.rest.value.chosen ?? newest(list.value, state.rest.value.at)?.event ?? null),
    person: computed(() => state.scenario.value?.people.find((one) => one.customer === state.wish.value?.customer) ?? null),
    chips: computed(() => chips(state)),
    said: computed(() => (state.answer.value ? answered(state.answer.value) : "")),
  };
}

function wholeRange(entry) {
  if (!entry) return [0, 1];
  return [Date.parse(entry.virtual_start), Date.parse(entry.virtual_end)];
}

// One chip for each change, in the server's words once it has said them.
function chips(state) {
  const edits = state.wish.value?.edits ?? [];
  const told = state.answer.value;
  const spoken = told && sameWish(told.wish, state.wish.value) && told.edits?.length === edits.length ? told.edits : null;
  const controls = new Map((state.scenario.value?.controls ?? []).map((control) => [control.control, control]));
  return edits.map((edit, place) => ({
    key: `${edit.control} ${place}`, place, sentence: dated(spoken?.[place] ?? changeOf(controls.get(edit.control), edit.value)),
  }));
}

export function createStudio(api) {
  const state = {
    catalogue: signal(null), scenario: signal(null), wish: signal(null), answer: signal(null), answerA: signal(null),
    changes: signal([]), a: signal(null), pinned: signal(null), busy: signal(null), trouble: signal(null), at: signal(0),
    chosen: signal(null), zoom: signal(null), originals: signal(new Map()), peopleA: signal(null), rest: signal({ at: 0, chosen: null }), restored: null,
  };
  const studio = { ...state, ...derived(state), api };
  const ask = newestOnly((question, stop) => answerTo(api, studio, question, stop), (told) => hear(studio, told));
  // After something else was chosen nothing of the old run may stay for long; after a change it stays till the new one is there.
  studio.play = (atOnce = false) => {
    studio.trouble.value = null;
    studio.busy.value = { progress: null };
    return ask({ wish: studio.wish.value, a: studio.a.value }, atOnce);
  };
  return Object.assign(studio, choosing(studio), changing(studio), moving(studio));
}

async function answerTo(api, studio, { wish, a }, signal) {
  const onProgress = (progress) => { if (!signal.aborted) studio.busy.value = progress; };
  // A change can bring other controls along, as another journey does. Where the server refuses, the run says why.
  const shaping = api.scenario(wish, signal).catch(() => null);
  if (!a) return { b: { ...(await api.run(wish, { signal, onProgress })), wish }, scenario: await shaping };
  const told = await api.compare(wishOfA(a, wish), wish, { signal, onProgress });
  return { a: told.a, b: { ...told.b, wish }, changes: told.changes ?? [], scenario: await shaping };
}

function hear(studio, { answer, trouble }) {
  batch(() => {
    studio.busy.value = null;
    if (trouble) {
      studio.trouble.value = { sentence: trouble.message, where: guilty(studio, trouble) };
      return;
    }
    const { b, a, changes, scenario } = answer;
    if (scenario) take(studio, scenario, b.wish.edits);
    const before = studio.answer.value;
    const was = studio.list.value.find((item) => item.event === studio.chosen.value) ?? null;
    studio.answer.value = b;
    studio.answerA.value = a ?? null;
    studio.changes.value = changes ?? [];
    const fresh = !before || before.wish.target !== b.wish.target || before.wish.variant !== b.wish.variant || before.wish.customer !== b.wish.customer;
    if (fresh) open(studio);
    else stay(studio, was);
    studio.settle();
  });
}

// The control that a problem is about: the one it names, else the one that was changed since all was well.
function guilty(studio, trouble) {
  const controls = studio.scenario.value?.controls ?? [];
  if (controls.some((control) => control.control === trouble.where)) return trouble.where;
  if (!trouble.told) return null;
  const well = new Set((studio.answer.value?.wish.edits ?? []).map((edit) => JSON.stringify(edit)));
  return studio.wish.value.edits.filter((edit) => !well.has(JSON.stringify(edit))).at(-1)?.control ?? null;
}

// The controls as the server tells them, and what they say without any change.
function take(studio, scenario, edits) {
  studio.originals.value = originalsOf(scenario.controls, edits, studio.originals.value);
  studio.scenario.value = scenario;
}

// A story that has just been opened shows the instant that says most, or the one that a link names.
function open(studio) {
  const wanted = studio.restored;
  studio.restored = null;
  studio.zoom.value = null;
  const start = opening(studio.entry.value, studio.exhibit.value, studio.list.value);
  const [from, to] = studio.whole.value;
  const at = wanted?.at ?? start.at;
  studio.at.value = Math.min(to, Math.max(from, at));
  studio.chosen.value = wanted?.at ? wanted.event : start.event;
}

// After a change the clock stays where it is, and so does the selection if its like is still there.
function stay(studio, was) {
  const [from, to] = studio.whole.value;
  studio.at.value = Math.min(to, Math.max(from, studio.at.value));
  studio.chosen.value = was ? again(studio.list.value, was.event, was)?.event ?? null : null;
}

// The scenario of a wish. Whoever is not part of it gives way to its first person.
async function scenarioOf(api, wish) {
  try {
    return await api.scenario({ ...wish, edits: [] });
  } catch (error) {
    if (!wish.customer) throw error;
    return api.scenario({ ...wish, edits: [], customer: "" });
  }
}

// The edits of a wish that the server still understands, and the scenario with them in it.
async function withEdits(api, wish, plain) {
  if (!wish.edits.length) return [[], plain];
  try {
    return [wish.edits, await api.scenario(wish)];
  } catch {
    return [keepKnown(wish.edits, plain.controls), plain];
  }
}

function choosing(studio) {
  let newestLoad = 0;
  async function load(wish, restored = null) {
    const mine = ++newestLoad;
    batch(() => {
      studio.trouble.value = null;
      studio.busy.value = { progress: null };
      studio.wish.value = wish;
    });
    try {
      const plain = await scenarioOf(studio.api, wish);
      const known = plain.people.some((one) => one.customer === wish.customer);
      const whose = { ...wish, customer: known ? wish.customer : plain.customer ?? plain.people[0]?.customer ?? "" };
      const [edits, scenario] = await withEdits(studio.api, whose, plain);
      if (mine !== newestLoad) return;
      batch(() => {
        studio.restored = restored;
        studio.originals.value = originalsOf(plain.controls, []);
        take(studio, scenario, edits);
        studio.wish.value = { ...whose, edits };
      });
      await studio.play(true);
    } catch (error) {
      if (mine !== newestLoad) return;
      const shown = studio.answer.value?.wish;
      batch(() => {
        studio.busy.value = null;
        studio.trouble.value = { sentence: error.message, where: null, again: () => load(wish, restored) };
        // What is on the screen must not be taken for the story that was asked for.
        if (shown?.target !== wish.target || shown?.variant !== wish.variant) {
          studio.answer.value = null;
          studio.answerA.value = null;
          studio.scenario.value = null;
        }
      });
    }
  }

  return {
    // The first screen: what a link says, else the story that the catalogue begins with. Never blank.
    async begin(linked) {
      studio.trouble.value = null;
      try {
        const catalogue = await studio.api.catalogue();
        studio.catalogue.value = catalogue;
        const there = (wanted) => catalogue.families.find((story) => story.target === wanted.target)?.variants.some((one) => one.variant === wanted.variant);
        const kept = linked && there(linked) ? linked : null;
        const { target, variant, customer } = kept ?? catalogue.start;
        const wish = { ...plainWish(target, variant, customer), edits: kept?.edits ?? [] };
        studio.a.value = kept?.a ? readable(kept.a, wish) : null;
        await load(wish, kept);
      } catch (error) {
        studio.trouble.value = { sentence: error.message, where: null, again: () => studio.begin(linked) };
      }
    },
    chooseStory(target) {
      const story = studio.catalogue.value.families.find((one) => one.target === target);
      studio.stopComparing();
      return load(plainWish(target, story.variants[0].variant));
    },
    chooseVariant(variant) {
      const { target, customer } = studio.wish.value;
      if (studio.a.value?.kind === "as-is") studio.stopComparing();
      return load(plainWish(target, variant, customer));
    },
    choosePerson: (customer) => load({ ...studio.wish.value, customer }),
    retry: () => (studio.trouble.value?.again ?? (() => studio.play(true)))(),
  };
}

const readable = (a, wish) => (a.kind === "pinned" ? { ...a, wish: { ...wish, ...a.wish } } : a);

function changing(studio) {
  const edit = (edits) => {
    studio.wish.value = { ...studio.wish.value, edits };
    studio.play();
  };
  const edits = () => studio.wish.value.edits;
  // Only people who are in both stories can be compared.
  async function compareWith(a) {
    studio.a.value = a;
    studio.peopleA.value = null;
    try {
      if (a.kind === "variant") await meet(studio, wishOfA(a, studio.wish.value));
    } catch (error) {
      studio.trouble.value = { sentence: error.message, where: null };
      return undefined;
    }
    return studio.play(true);
  }
  return {
    change(control, value) {
      const act = studio.controls.value.find((one) => one.control === control)?.kind === "act";
      edit(act ? withAct(edits(), control, value) : withEdit(edits(), control, value, studio.originals.value.get(control)));
    },
    undo: (control) => edit(withoutEdit(edits(), control)),
    undoPlace: (place) => edit(withoutPlace(edits(), place)),
    reset: () => edit([]),
    compareWith,
    wishA: () => wishOfA(studio.a.value, studio.wish.value),
    stopComparing() {
      batch(() => {
        studio.a.value = null;
        studio.peopleA.value = null;
        studio.answerA.value = null;
        studio.changes.value = [];
      });
    },
    pin() {
      studio.pinned.value = studio.wish.value;
      return compareWith({ kind: "pinned", wish: studio.wish.value });
    },
  };
}

async function meet(studio, wishA) {
  const { people } = await studio.api.scenario({ ...wishA, customer: "", edits: [] });
  const there = new Set(people.map((one) => one.customer));
  studio.peopleA.value = there;
  const { customer } = studio.wish.value;
  const both = studio.scenario.value.people.find((one) => there.has(one.customer));
  if (!there.has(customer) && both) studio.wish.value = { ...studio.wish.value, customer: both.customer };
}

const REST = 90;

function moving(studio) {
  let timer = 0;
  const settle = () => {
    clearTimeout(timer);
    studio.rest.value = { at: studio.at.value, chosen: studio.chosen.value };
  };
  const inside = (at) => {
    const [from, to] = studio.whole.value;
    return Math.min(to, Math.max(from, at));
  };
  return {
    // Whoever moves the clock follows the newest message again.
    moveTo(at, event = null) {
      batch(() => {
        studio.at.value = inside(at);
        studio.chosen.value = event;
        follow(studio);
      });
      clearTimeout(timer);
      timer = setTimeout(settle, REST);
    },
    settle,
    // A day from the clock on, as controls write instants.
    dayFromNow() {
      const local = wall(studio.at.value, studio.zone.value);
      const text = (clock) => new Date(clock).toISOString().slice(0, 16).replace("T", " ");
      return { from: text(local), until: text(local + 86_400_000) };
    },
    select(event) {
      studio.chosen.value = event;
      settle();
    },
    zoomTo(range) {
      const [from, to] = studio.whole.value;
      if (!range || (range[0] <= from && range[1] >= to)) studio.zoom.value = null;
      else studio.zoom.value = [Math.max(from, range[0]), Math.min(to, range[1])];
    },
  };
}

// A narrowed view goes along with the clock.
function follow(studio) {
  const zoom = studio.zoom.value;
  if (!zoom) return;
  const at = studio.at.value;
  if (at >= zoom[0] && at <= zoom[1]) return;
  const [from, to] = studio.whole.value;
  const wide = zoom[1] - zoom[0];
  const start = Math.min(Math.max(at - wide / 2, from), to - wide);
  studio.zoom.value = [start, start + wide];
}
