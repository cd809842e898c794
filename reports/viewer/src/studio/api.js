// What the studio asks its server on this machine. Each failure becomes a sentence that says what to do.

import { values } from "./ndjson.js";

export class Trouble extends Error {
  // `told` is the problem as the server told it; without one the server could not be asked at all.
  constructor(sentence, told = null) {
    super(sentence);
    this.told = told;
    this.where = told?.where ?? null;
  }
}

const GONE = "The studio does not answer. Perhaps it was stopped: start it again with journeyproof studio, then try again.";
const STRANGER = "The studio does not know this page any more. Open the address that journeyproof studio has printed.";
const BROKEN = "The answer stopped half way. Try again.";

const isAbort = (error) => error?.name === "AbortError";

export function connect(token, fetching = (...all) => fetch(...all)) {
  async function ask(path, body, signal) {
    const headers = { "X-Journeyproof-Token": token };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetching(path, {
        method: body === undefined ? "GET" : "POST", headers, signal, body: body && JSON.stringify(body), cache: "no-store",
      });
    } catch (error) {
      throw isAbort(error) ? error : new Trouble(GONE);
    }
    if (!response.ok) throw await trouble(response);
    return response;
  }

  async function json(path, body, signal) {
    const answer = await (await ask(path, body, signal)).json().catch(failing);
    if (answer.problem) throw new Trouble(answer.problem.sentence, answer.problem);
    return answer;
  }

  async function streamed(path, body, { signal, onProgress }) {
    const response = await ask(path, body, signal);
    let last = null;
    try {
      for await (const value of values(response.body)) {
        if (value.progress) onProgress?.(value);
        else last = value;
      }
    } catch (error) {
      failing(error);
    }
    if (!last) throw new Trouble(BROKEN);
    if (last.problem) throw new Trouble(last.problem.sentence, last.problem);
    return last;
  }

  return {
    catalogue: () => json("/api/catalogue"),
    scenario: (wish, signal) => json("/api/scenario", { wish }, signal),
    run: (wish, how) => streamed("/api/run", { wish }, how),
    compare: (a, b, how) => streamed("/api/compare", { a, b }, how),
    save: (wish, name) => json("/api/save", { wish, name }),
    share: async (wishes) => {
      const response = await ask("/api/share", wishes);
      if (/json/.test(response.headers.get("Content-Type") ?? "")) {
        const { problem } = await response.json();
        throw new Trouble(problem?.sentence ?? BROKEN);
      }
      return { blob: await response.blob(), name: fileName(response.headers.get("Content-Disposition")) };
    },
  };
}

function failing(error) {
  if (isAbort(error) || error instanceof Trouble) throw error;
  throw new Trouble(BROKEN);
}

export function fileName(disposition) {
  return /filename="?([^";]+)"?/.exec(disposition ?? "")?.[1] ?? "journeyproof-report.html";
}

async function trouble(response) {
  if (response.status === 401 || response.status === 403) return new Trouble(STRANGER);
  try {
    const { problem } = await response.json();
    if (problem?.sentence) return new Trouble(problem.sentence, problem);
  } catch {
    // Whatever else came is not meant for people.
  }
  return new Trouble(`The studio could not answer this (${response.status}). Try again; if it stays so, its window says more.`);
}

// Many changes, one answer: waits until no newer question has come for a moment, gives up the question before, and lets
// only the newest one speak. `ask(question, signal)` may be slow; `then` hears {question, answer} or {question, trouble}.
export function newestOnly(ask, then, wait = 150) {
  let timer = 0;
  let running = null;
  const go = async (question) => {
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await ask(question, mine.signal);
      if (running === mine) then({ question, answer });
    } catch (error) {
      if (running === mine && !isAbort(error)) then({ question, trouble: error });
    }
  };
  return (question, atOnce = false) => {
    clearTimeout(timer);
    running?.abort();
    running = null;
    if (atOnce) return go(question);
    timer = setTimeout(() => go(question), wait);
    return undefined;
  };
}
