// Everything the parts say in words: one door for three rooms.

export * from "./words-time.js";
export * from "./words-text.js";
export * from "./words-events.js";
