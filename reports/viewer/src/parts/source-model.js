// Places in documents. Pure.

// "fixtures/journeys/birthday.journey.yaml:8" -> { file, line }
export function splitPlace(place) {
  const found = /^(.*?):(\d+)(?::\d+)?$/.exec(place ?? "");
  return found ? { file: found[1], line: Number(found[2]) } : { file: String(place ?? ""), line: 0 };
}

// [[number, text]] of the lines around one of them; empty where there is no text.
export function excerpt(text, line, around = 7) {
  if (!text) return [];
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  const first = Math.max(1, Math.min(line, lines.length) - around);
  const last = Math.min(lines.length, line + around);
  return lines.slice(first - 1, last).map((each, at) => [first + at, each]);
}
