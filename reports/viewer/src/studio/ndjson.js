// Answers that take long come as lines of JSON: first how far it has got, at last the answer.

// A function that takes pieces of text and gives the values of the lines completed by each; `null` ends the text.
export function splitter() {
  let rest = "";
  return (piece) => {
    const lines = (rest + (piece ?? "\n")).split("\n");
    rest = lines.pop();
    return lines.filter((line) => line.trim()).map((line) => JSON.parse(line));
  };
}

// The body of a response, value by value.
export async function* values(body) {
  const split = splitter();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      yield* split(done ? null : value);
      if (done) return;
    }
  } finally {
    reader.releaseLock();
  }
}
