/** Where commands print, and in what colours: plain when not a terminal, `NO_COLOR` honoured. */
import picocolors from "picocolors";

export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  readonly colours: ReturnType<typeof picocolors.createColors>;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  const coloured = picocolors.isColorSupported && stdout.isTTY === true;
  return {
    out: (line) => void stdout.write(`${printable(line, coloured)}\n`),
    // The two may go to different places: `codex build 2> faults.txt`.
    err: (line) => void stderr.write(`${printable(line, coloured && stderr.isTTY === true)}\n`),
    colours: picocolors.createColors(coloured),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /\u001b\[[\d;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * A line as it is safe to print: what agents and files say may hold sequences that a terminal obeys (its title, what it
 * showed before). Only colours are let through, and only where colours are shown; they are ours, or do no harm.
 */
const printable = (line: string, coloured: boolean): string =>
  line.replaceAll("\r\n", "\n").replace(CONTROL, (found) => {
    if (found.length > 1) return coloured ? found : "";
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
