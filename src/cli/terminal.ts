/** Where commands print, and in what colours: plain when not a terminal, `NO_COLOR` honoured. */
import picocolors from "picocolors";

export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  readonly colours: ReturnType<typeof picocolors.createColors>;
}

export function processTerminal(): Terminal {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    colours: picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true),
  };
}
