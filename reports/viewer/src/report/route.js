// Where the reader is. A step to another page is a step of the back button; zooming and panning are not.

import { signal } from "@preact/signals";
import { format, parse } from "./hash.js";

export const route = signal(parse(location.hash));

let listening = false;

export function listen() {
  if (listening) return;
  listening = true;
  addEventListener("popstate", () => { route.value = parse(location.hash); });
  addEventListener("hashchange", () => { route.value = parse(location.hash); });
}

function write(hash, replace) {
  try {
    history[replace ? "replaceState" : "pushState"](null, "", hash);
  } catch {
    // Some browsers forbid this for pages from the disk; the view then works without an address of its own.
  }
}

// Changes some of what is looked at. `replace` leaves no trace for the back button.
export function go(change, { replace = false } = {}) {
  const next = { ...route.peek(), ...change };
  const hash = format(next);
  if (hash !== format(route.peek())) write(hash, replace);
  route.value = next;
}

export const linkTo = (change) => format({ ...change });

// A link of the page: an ordinary click moves within it, every other click does what the browser does.
export const follow = (change) => (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go({ variant: null, customer: null, event: null, tab: null, panel: null, range: null, ...change });
  if (!change.stay) scrollTo(0, 0);
};
