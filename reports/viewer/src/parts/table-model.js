// Rows and columns without a page: their order, their text, and the rows as CSV.

// A column as a name or as an object -> {key, label, number, text(row), sort(row), cell(row)}.
export function column(given, place) {
  const told = typeof given === "object" && given !== null ? given : { label: given };
  const key = told.key ?? place;
  const value = (row) => row?.[key];
  const plain = (row) => (value(row) === null || value(row) === undefined ? "" : String(value(row)));
  return { ...told, key, label: String(told.label ?? key), text: told.text ?? plain, sort: told.sort ?? value };
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const missing = (value) => value === null || value === undefined || value === "" || Number.isNaN(value);

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

// The rows in the order of a column, `up` or down; what is missing comes last either way, and ties keep their order.
export function sorted(rows, by, up) {
  if (!by) return rows;
  const keyed = rows.map((row, place) => ({ row, place, value: by.sort(row) }));
  keyed.sort((a, b) => {
    const gaps = Number(missing(a.value)) - Number(missing(b.value));
    if (gaps || missing(a.value)) return gaps || a.place - b.place;
    return (up ? compare(a.value, b.value) : compare(b.value, a.value)) || a.place - b.place;
  });
  return keyed.map(({ row }) => row);
}

// A cell of a CSV. A spreadsheet would run what begins like a formula, so such text is marked as text.
function field(text) {
  const safe = /^[=@\t\r]|^[+-](?![\d.,\s]*%?$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

// The table as CSV (RFC 4180), headings first.
export function toCsv(columns, rows) {
  const lines = [columns.map((one) => one.label), ...rows.map((row) => columns.map((one) => String(one.text(row) ?? "")))];
  return lines.map((cells) => cells.map(field).join(",")).join("\r\n") + "\r\n";
}

// Which rows of equal height a scrolled window shows: {first, last (exclusive), above (px), below (px)}.
export function windowed(count, height, top, visible, spare = 8) {
  const first = Math.min(Math.max(0, Math.floor(top / height) - spare), Math.max(0, count - 1));
  const last = Math.min(count, Math.ceil((top + visible) / height) + spare);
  return { first, last, above: first * height, below: (count - last) * height };
}
