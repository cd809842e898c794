// Reads what Python put into the page: a result, packed, or the studio's settings.

// Base64 of gzip of JSON, as one string -> the result document. Throws a sentence that a person can use.
export async function unpack(text) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old to unpack the report. One from 2023 or later can.");
  }
  const letters = atob(text.trim());
  const packed = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) packed[at] = letters.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return read(await new Response(stream).text());
}

// The text of a result file -> the document, or a sentence about what it is instead.
export function read(text) {
  let result;
  try {
    result = JSON.parse(text);
  } catch {
    throw new Error("This is not JSON. A result file is written by: journeyproof run --json result.json");
  }
  if (result?.format !== "journeyproof-result" || !Array.isArray(result.scenarios)) {
    throw new Error("This is not a result file. One is written by: journeyproof run --json result.json");
  }
  if (result.version !== 1) {
    throw new Error(`This result has version ${result.version}; this viewer reads version 1.`);
  }
  return result;
}
