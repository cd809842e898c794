// A wish says which story is played, for whom, and what is changed in it. It is plain data and is never altered in place.

export const SEED = 42;
export const BACKEND = "reference";

// target, variant, customer -> a wish without changes.
export function plainWish(target, variant, customer) {
  return { target, variant, seed: SEED, customer: customer ?? "", backend: BACKEND, edits: [] };
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The edits after one control was set. A control set back to what the story says is no edit any more.
export function withEdit(edits, control, value, original) {
  const rest = edits.filter((edit) => edit.control !== control);
  if (same(value, original)) return rest;
  const place = edits.findIndex((edit) => edit.control === control);
  const edit = { control, value };
  return place < 0 ? [...rest, edit] : [...rest.slice(0, place), edit, ...rest.slice(place)];
}

// An act may be added as often as one likes: each is an edit of its own.
export const withAct = (edits, control, value) => [...edits, { control, value }];

export const withoutEdit = (edits, control) => edits.filter((edit) => edit.control !== control);
export const withoutPlace = (edits, place) => edits.filter((_, index) => index !== place);

// Another person has other controls; only what exists for them too goes along.
export function keepKnown(edits, controls) {
  const known = new Set(controls.map((control) => control.control));
  return edits.filter((edit) => known.has(edit.control));
}

export const sameWish = (one, other) => same(settled(one), settled(other));

function settled(wish) {
  return wish && [wish.target, wish.variant, wish.seed, wish.customer, wish.backend, wish.edits];
}

// What each control said before it was changed: learnt from every answer in which it was not.
export function originalsOf(controls, edits, known = new Map()) {
  const edited = new Set(edits.map((edit) => edit.control));
  const found = new Map(known);
  for (const control of controls) if (!edited.has(control.control)) found.set(control.control, control.value);
  return found;
}

// The controls as they stand now: what the story says, with the edits over it.
export function currentControls(controls, edits, originals = new Map()) {
  const set = new Map(edits.map((edit) => [edit.control, edit.value]));
  return controls.map((control) => {
    const original = originals.has(control.control) ? originals.get(control.control) : control.value;
    const changed = control.kind !== "act" && set.has(control.control);
    return { ...control, original, value: changed ? set.get(control.control) : original, changed };
  });
}

// What A is when A is compared with B: the story as it is, a pinned state, or another variant of the story.
export function wishOfA(a, b) {
  if (a.kind === "pinned") return { ...a.wish, customer: b.customer };
  if (a.kind === "variant") return { ...b, target: a.target ?? b.target, variant: a.variant, edits: [] };
  return { ...b, edits: [] };
}
