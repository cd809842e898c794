import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, fileName, newestOnly } from "../src/studio/api.js";
import { splitter } from "../src/studio/ndjson.js";
import { createStudio } from "../src/studio/state.js";
import { plainWish } from "../src/studio/wish.js";

const json = (value, status = 200, type = "application/json") => new Response(JSON.stringify(value), { status, headers: { "Content-Type": type } });
const lines = (...values) => new Response(values.map((value) => `${JSON.stringify(value)}\n`).join(""));

test("lines are put together however the pieces are cut", () => {
  const text = '{"progress":[1,2]}\n\n{"entry":{"name":"ż"}}';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const split = splitter();
    const found = [...split(text.slice(0, cut)), ...split(text.slice(cut)), ...split(null)];
    assert.deepEqual(found, [{ progress: [1, 2] }, { entry: { name: "ż" } }]);
  }
});

test("every question shows the key in a header, and none in its address", async () => {
  const asked = [];
  const api = connect("secret", async (path, how) => { asked.push([path, how]); return json({ families: [] }); });
  await api.catalogue();
  await api.scenario(plainWish("a/a", "b"));
  for (const [path, how] of asked) {
    assert.equal(how.headers["X-Journeyproof-Token"], "secret");
    assert.ok(!path.includes("secret"));
  }
  assert.equal(asked[0][1].method, "GET");
  assert.equal(asked[1][1].headers["Content-Type"], "application/json");
});

test("progress is told, then the answer", async () => {
  const api = connect("t", async () => lines({ progress: [1, 3] }, { progress: [2, 3] }, { entry: { name: "x" }, people: 1, server_ms: 2, edits: [] }));
  const seen = [];
  const answer = await api.run(plainWish("a/a", "b"), { onProgress: ({ progress }) => seen.push(progress[0]) });
  assert.deepEqual(seen, [1, 2]);
  assert.equal(answer.entry.name, "x");
});

test("whatever goes wrong is a sentence with a way on", async () => {
  const failing = (answer) => connect("t", async () => { if (answer instanceof Error) throw answer; return answer; });
  const said = (api) => api.run(plainWish("a/a", "b"), {}).then(() => assert.fail("it must fail"), (error) => error);
  assert.match((await said(failing(new TypeError("fetch failed")))).message, /does not answer.*start it again/i);
  assert.match((await said(failing(json({}, 401)))).message, /Open the address/);
  assert.match((await said(failing(new Response("<h1>oops</h1>", { status: 500 })))).message, /could not answer this \(500\)/);
  assert.match((await said(failing(new Response('{"progress":[1,2]}\n{"entr')))).message, /stopped half way/);
  assert.match((await said(failing(lines({ progress: [1, 2] })))).message, /stopped half way/);
  const problem = await said(failing(lines({ problem: { sentence: "That is no time.", where: "rules.quiet" } })));
  assert.deepEqual([problem.message, problem.where], ["That is no time.", "rules.quiet"]);
  const refused = await said(failing(json({ problem: { sentence: "Nobody is called so." } }, 404)));
  assert.equal(refused.message, "Nobody is called so.");
});

test("a report keeps the name that the server gives it", () => {
  assert.equal(fileName('attachment; filename="what-if.html"'), "what-if.html");
  assert.equal(fileName(null), "journeyproof-report.html");
});

test("of many questions only the newest is answered, also when an older answer comes later", async () => {
  const asked = [];
  const heard = [];
  const answers = new Map();
  const ask = newestOnly((question, signal) => new Promise((resolve) => { asked.push([question, signal]); answers.set(question, resolve); }), (told) => heard.push(told.answer), 1);
  ask(1);
  ask(2);
  await new Promise((done) => setTimeout(done, 10));
  assert.deepEqual(asked.map(([question]) => question), [2], "what was typed over is never asked");
  ask(3, true);
  assert.ok(asked[0][1].aborted, "the question before is given up");
  answers.get(3)("three");
  answers.get(2)("two");
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(heard, ["three"]);
});

// A small company: one fault, two people, and another variant in which only one of them takes part.
function company() {
  const asked = [];
  const exhibit = (customer, hour) => ({
    customer, name: `${customer} Neri`, zone: "Europe/Rome", not_sent: [], events: [{ id: `${customer}/1`, time: `2025-11-14T${hour}:00:00+01:00`, name: "Message Sent" }],
    messages: [{ event: `${customer}/1`, sent: `2025-11-14T${hour}:00:00+01:00`, received: `2025-11-14T${hour}:00:00+01:00`, message: "offer", subject: "For you" }],
  });
  const run = (wish) => ({
    entry: { variant: wish.variant, virtual_start: "2025-11-01T00:00:00+01:00", virtual_end: "2025-12-01T00:00:00+01:00", checks: [], causes: [], organisation_events: [],
      exhibits: [exhibit(wish.customer, wish.edits.length ? "08" : "20")] },
    people: 1, server_ms: 5, edits: wish.edits.map((edit) => `${edit.control} is ${edit.value}.`),
  });
  const controls = [{ control: "fault.0", group: "world", label: "Stands still", kind: "toggle", value: true }];
  const people = { bad: ["anna", "bruno"], good: ["bruno"] };
  const api = {
    catalogue: async () => ({ families: [{ family: "f", scenario: "f", title: "F", target: "f/f", variants: [{ variant: "bad" }, { variant: "good" }] }], start: { target: "f/f", variant: "bad", customer: "anna" } }),
    async scenario(wish) {
      if (wish.customer && !people[wish.variant].includes(wish.customer)) throw new Error(`nobody called '${wish.customer}'`);
      const set = new Map(wish.edits.map((edit) => [edit.control, edit.value]));
      return { zone: "Europe/Rome", customer: wish.customer || people[wish.variant][0], people: people[wish.variant].map((customer) => ({ customer, name: `${customer} Neri` })),
        controls: controls.map((one) => ({ ...one, value: set.get(one.control) ?? one.value })) };
    },
    async run(wish) { asked.push(["run", wish]); return run(wish); },
    async compare(a, b) { asked.push(["compare", a, b]); return { a: run(a), b: run(b), changes: [{ kind: "moved", sentence: "Earlier." }] }; },
  };
  return { api, asked };
}

const rest = () => new Promise((done) => setTimeout(done, 200));

test("the studio opens on the story that the catalogue begins with, at its message", async () => {
  const studio = createStudio(company().api);
  await studio.begin(null);
  assert.equal(studio.person.value.name, "anna Neri");
  assert.equal(studio.at.value, Date.parse("2025-11-14T20:00:00+01:00"));
  assert.equal(studio.selected.value, "anna/1");
  assert.equal(studio.said.value, "Answered in 5 ms, one person run.");
});

test("a change is run once, stays where the clock is, and can be undone", async () => {
  const { api, asked } = company();
  const studio = createStudio(api);
  await studio.begin(null);
  studio.moveTo(Date.parse("2025-11-14T12:00:00+01:00"));
  assert.equal(studio.selected.value, null, "nothing has come by noon");
  studio.change("fault.0", true);
  studio.change("fault.0", false);
  await rest();
  assert.equal(asked.length, 2);
  assert.equal(studio.at.value, Date.parse("2025-11-14T12:00:00+01:00"));
  assert.equal(studio.selected.value, "anna/1", "now the message has come by noon");
  assert.deepEqual(studio.chips.value.map((chip) => chip.sentence), ["fault.0 is false."]);
  assert.equal(studio.controls.value[0].changed, true);
  studio.undo("fault.0");
  await rest();
  assert.deepEqual(studio.chips.value, []);
  assert.equal(studio.controls.value[0].value, true);
});

test("moving the clock and choosing a message asks the server nothing", async () => {
  const { api, asked } = company();
  const studio = createStudio(api);
  await studio.begin(null);
  const before = asked.length;
  studio.moveTo(0);
  assert.equal(studio.at.value, studio.whole.value[0], "the clock stays inside the story");
  studio.select("anna/1");
  studio.zoomTo([studio.whole.value[0], studio.whole.value[0] + 1000]);
  studio.moveTo(studio.whole.value[1]);
  assert.deepEqual(studio.range.value, [studio.whole.value[1] - 1000, studio.whole.value[1]], "a narrowed view goes along");
  await rest();
  assert.equal(asked.length, before);
});

test("comparing with another variant is for somebody who is in both", async () => {
  const { api, asked } = company();
  const studio = createStudio(api);
  await studio.begin(null);
  await studio.compareWith({ kind: "variant", variant: "good", target: "f/f" });
  const [, a, b] = asked.at(-1);
  assert.deepEqual([a.variant, a.customer, b.variant, b.customer], ["good", "bruno", "bad", "bruno"]);
  assert.equal(studio.changes.value[0].sentence, "Earlier.");
  studio.stopComparing();
  assert.equal(studio.entryA.value, null);
});

test("a variant without the person is told by one of its own", async () => {
  const studio = createStudio(company().api);
  await studio.begin(null);
  await studio.chooseVariant("good");
  assert.equal(studio.wish.value.customer, "bruno");
});

test("a link to another instant opens there; one to a story that is gone opens the first", async () => {
  const studio = createStudio(company().api);
  const at = Date.parse("2025-11-20T00:00:00Z");
  await studio.begin({ target: "f/f", variant: "bad", customer: "bruno", edits: [{ control: "fault.0", value: false }, { control: "gone", value: 1 }], at, event: "bruno/1", a: null });
  assert.deepEqual([studio.wish.value.customer, studio.at.value, studio.selected.value], ["bruno", at, "bruno/1"]);
  await studio.begin({ target: "x/x", variant: "y", customer: null, edits: [], at: null, event: null, a: null });
  assert.equal(studio.wish.value.variant, "bad");
});

test("a refused change is told at its control, and the last good answer stays", async () => {
  const { api } = company();
  const refuse = connect("t", async () => lines({ problem: { sentence: "That cannot be." } }));
  const run = api.run;
  api.run = (wish, how) => (wish.edits.length ? refuse.run(wish, how) : run(wish, how));
  const studio = createStudio(api);
  await studio.begin(null);
  studio.change("fault.0", false);
  await rest();
  assert.deepEqual(studio.trouble.value, { sentence: "That cannot be.", where: "fault.0" });
  assert.ok(studio.entry.value);
  studio.undo("fault.0");
  await rest();
  assert.equal(studio.trouble.value, null);
});
