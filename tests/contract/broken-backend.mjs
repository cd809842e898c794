// The example backend with one thing broken, so that a test can see that it is found out.
//
//   node broken-backend.mjs PORT FAULT
//
// early: each wait ends an hour too soon.   stamps-ahead: events are stamped a minute after the step.
// forgets-events: an event that is told again is heard again.   forgets-steps: a step that is asked again finds nothing
// left to do.   The last two break an answer off now and then, which `breaks-off` does while everything else is right.

import { Automation, Session, serve } from "../../docs/examples/node-backend/backend.mjs";

const [, , port, fault] = process.argv;
const HOUR = 3_600_000;

class Hasty extends Automation {
  waitEnds(wait, row) {
    return super.waitEnds(wait, row) - HOUR;
  }
}

class Ahead extends Automation {
  tell(type, row, cause, data) {
    super.tell(type, row, cause, data);
    const told = this.told.at(-1);
    told.time = new Date(this.now + 60_000).toISOString();
  }
}

class Forgetful extends Session {
  events(events) {
    if (fault === "forgets-events") this.met.clear();
    return super.events(events);
  }

  advance(to, step) {
    if (fault === "forgets-steps") this.answer = null;
    return super.advance(to, step);
  }
}

const Kind = { early: Hasty, "stamps-ahead": Ahead }[fault] ?? Automation;
const breaksOff = ["forgets-events", "forgets-steps", "breaks-off"].includes(fault);
let asked = 0;

/** Every other answer to a post is lost on its way, after the work has been done. */
function delivers(request) {
  return !(breaksOff && request.method === "POST" && ++asked % 2 === 0);
}

serve(port, (briefing, start) => new Forgetful(new Kind(briefing, start)), delivers);
