// What a text message costs. GSM 03.38 (3GPP TS 23.038): 160 septets in one message, 153 in each of several; a character
// of the extension table takes two. Any character outside makes the whole message UCS-2: 70 units, or 67 in each.

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
  "abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";

const SEPTETS = new Map([...[...BASIC].map((letter) => [letter, 1]), ...[...EXTENSION].map((letter) => [letter, 2])]);

// An assumption, not a fact: what one segment costs. Providers ask between a cent and a quarter of a euro.
export const ASSUMED_PRICE = { amount: 0.07, currency: "EUR" };

const GSM = { encoding: "GSM-7", single: 160, joined: 153 };
const UCS = { encoding: "UCS-2", single: 70, joined: 67 };
const COUNTED = 100_000;

// How a text is cut: {encoding, units, segments, left (units still free in the last), odd (characters that are not GSM)}.
// A pair (an escape with its letter, or two surrogates) never lies across two segments.
export function segments(text) {
  const letters = [...String(text ?? "").slice(0, COUNTED)];
  const odd = [...new Set(letters.filter((letter) => !SEPTETS.has(letter)))];
  const kind = odd.length ? UCS : GSM;
  const sizes = letters.map((letter) => (odd.length ? letter.length : SEPTETS.get(letter)));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= kind.single) return { encoding: kind.encoding, units, segments: units ? 1 : 0, left: kind.single - units, each: kind.single, odd };
  let count = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > kind.joined) {
      count += 1;
      filled = 0;
    }
    filled += size;
  }
  return { encoding: kind.encoding, units, segments: count, left: kind.joined - filled, each: kind.joined, odd };
}

// What so many segments cost, in hundredths made whole before they are written: "0.14 EUR".
export function cost(count, price = ASSUMED_PRICE) {
  const thousandths = Math.round(count * price.amount * 1000);
  const amount = thousandths % 10 ? (thousandths / 1000).toFixed(3) : (thousandths / 1000).toFixed(2);
  return `${amount} ${price.currency}`;
}
