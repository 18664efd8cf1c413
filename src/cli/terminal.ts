/**
 * Where commands print, and in what colours: plain when not a terminal, `NO_COLOR` honoured. Streams that are no terminal
 * always get the same bytes; a terminal that cannot show more than ASCII gets ASCII.
 */
import picocolors from "picocolors";

export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  readonly colours: ReturnType<typeof picocolors.createColors>;
}

/** A terminal on which lines can be changed after they were written. */
export interface Screen {
  readonly unicode: boolean;
  /** Whether errors go to the same terminal. */
  readonly showsErrors: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Writes text as it is, with what moves the cursor; its lines were made with `clean`. */
  write(text: string): void;
  /** A line as it is safe to show on this screen. */
  clean(line: string): string;
  /** Calls `fn` when the size changes, until the returned function is called. */
  onResize(fn: () => void): () => void;
}

type Env = Readonly<Record<string, string | undefined>>;

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const coloured = picocolors.isColorSupported && stdout.isTTY === true;
  const ascii = !showsUnicode(env);
  return {
    out: (line) => void stdout.write(`${printable(line, coloured, ascii && stdout.isTTY === true)}\n`),
    // The two may go to different places: `codex build 2> faults.txt`.
    err: (line) =>
      void stderr.write(`${printable(line, coloured && stderr.isTTY === true, ascii && stderr.isTTY === true)}\n`),
    colours: picocolors.createColors(coloured),
  };
}

/** The screen that the output goes to; undefined where lines are to be printed one after the other. */
export function processScreen(): Screen | undefined {
  const { stdout, stderr, env } = process;
  if (stdout.isTTY !== true || env.TERM === "dumb" || isSet(env.CI)) return undefined;
  const unicode = showsUnicode(env);
  return {
    unicode,
    showsErrors: stderr.isTTY === true,
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (text) => void stdout.write(text),
    clean: (line) => printable(line, picocolors.isColorSupported, !unicode),
    onResize(fn) {
      stdout.on("resize", fn);
      return () => stdout.off("resize", fn);
    },
  };
}

/** Whether an environment variable says yes. */
export const isSet = (value: string | undefined): boolean => !["", "0", "false", undefined].includes(value);

/** Whether the locale says UTF-8. The Linux console's font has few signs, whatever the locale. */
export function showsUnicode(env: Env): boolean {
  if (env.TERM === "linux") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return process.platform === "win32" || process.platform === "darwin" || /utf-?8/i.test(locale);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /\u001b\[[\d;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** What Codex itself prints beyond ASCII; names and texts of others stay as they are. */
const IN_ASCII: Readonly<Record<string, string>> = {
  "✓": "+",
  "✗": "x",
  "→": ">",
  "←": "<",
  // Not a hyphen: in the table of states that is another one.
  "·": ".",
  "•": "*",
  "…": "...",
  "“": '"',
  "”": '"',
  "×": "x",
  "–": "-",
  "—": "-",
};
const SIGNS = new RegExp(`[${Object.keys(IN_ASCII).join("")}]`, "g");

/**
 * A line as it is safe to print: what agents and files say may hold sequences that a terminal obeys (its title, what it
 * showed before). Only colours are let through, and only where colours are shown; they are ours, or do no harm.
 */
const printable = (line: string, coloured: boolean, ascii: boolean): string => {
  const safe = line.replaceAll("\r\n", "\n").replace(CONTROL, (found) => {
    if (found.length > 1) return coloured ? found : "";
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return ascii ? safe.replace(SIGNS, (sign) => IN_ASCII[sign]!) : safe;
};
