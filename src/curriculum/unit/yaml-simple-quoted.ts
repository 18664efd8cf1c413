/** Quoted scalars, over several lines if need be. Part of the simple reader; refuses what it is not sure of. */
export interface Quoted {
  readonly value: string;
  /** Offset behind the closing quote. */
  readonly after: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "\\": "\\",
  "/": "/",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};

/** How many hexadecimal digits follow `\x`, `\u` and `\U`. */
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The character of the escape whose letter stands at an offset. */
function escapeAt(text: string, at: number): Quoted | undefined {
  const letter = text[at] ?? "";
  const digits = DIGITS[letter];
  if (digits === undefined) {
    const value = ESCAPES[letter];
    return value === undefined ? undefined : { value, after: at + 1 };
  }
  const hex = text.slice(at + 1, at + 1 + digits);
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : 0x110000;
  return code > 0x10ffff ? undefined : { value: String.fromCodePoint(code), after: at + 1 + digits };
}

/** Reads the scalar whose opening quote stands at an offset. */
export function readQuoted(text: string, at: number): Quoted | undefined {
  const quote = text[at] ?? "";
  const next = text.indexOf(quote, at + 1);
  if (next === -1) return undefined;
  // Nearly every quoted scalar is one line without escapes.
  const inner = text.slice(at + 1, next);
  const simple = quote === '"' ? !inner.includes("\\") : text[next + 1] !== "'";
  if (simple && !inner.includes("\n")) return { value: inner, after: next + 1 };
  return quote === '"' ? doubleQuoted(text, at + 1) : singleQuoted(text, at + 1);
}

function singleQuoted(text: string, start: number): Quoted | undefined {
  const lines: string[] = [];
  let line = "";
  for (let i = start; i < text.length; ) {
    const c = text[i];
    if (c === "'" && text[i + 1] !== "'") return { value: lines.join("") + line, after: i + 1 };
    if (c === "\n") {
      const fold = foldAt(text, i);
      if (fold === undefined) return undefined;
      lines.push(trimBlanks(line), fold.value);
      line = "";
      i = fold.after;
    } else {
      line += c;
      i += c === "'" ? 2 : 1;
    }
  }
  return undefined;
}

function doubleQuoted(text: string, start: number): Quoted | undefined {
  const lines: string[] = [];
  let line = "";
  // White space before this length of the line was escaped and survives folding.
  let kept = 0;
  for (let i = start; i < text.length; ) {
    const c = text[i];
    if (c === '"') return { value: lines.join("") + line, after: i + 1 };
    if (c === "\n") {
      const fold = foldAt(text, i);
      if (fold === undefined) return undefined;
      lines.push(line.slice(0, kept), trimBlanks(line.slice(kept)), fold.value);
      line = "";
      kept = 0;
      i = fold.after;
    } else if (c === "\\") {
      const escaped = escapeAt(text, i + 1);
      // Escaped line ends, and mistakes, are left to the full reader.
      if (escaped === undefined) return undefined;
      line += escaped.value;
      kept = line.length;
      i = escaped.after;
    } else {
      line += c;
      i += 1;
    }
  }
  return undefined;
}

/** A line end inside quotes becomes a space, and n blank lines become n line ends. */
function foldAt(text: string, newline: number): Quoted | undefined {
  let breaks = 0;
  let i = newline;
  while (text[i] === "\n") {
    breaks += 1;
    i += 1;
    if (text.startsWith("---", i) || text.startsWith("...", i)) return undefined;
    while (text[i] === " " || text[i] === "\t") i += 1;
  }
  return { value: breaks === 1 ? " " : "\n".repeat(breaks - 1), after: i };
}

/** The text without blanks at its end. */
export function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end -= 1;
  return text.slice(0, end);
}
