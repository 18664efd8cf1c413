/**
 * A terminal for tests: what a person would see of the text written to it. It knows the sequences that Codex writes and
 * throws at any other, wraps long lines, keeps what scrolls by, and wraps anew when its width changes.
 */
import stringWidth from "string-width";

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one.
const SEQUENCE = /^\u001b\[(\??)([\d;]*)([A-Za-z])/;

interface Row {
  /** A character a column; a wide one has an empty column after it. */
  cells: string[];
  /** Whether the line goes on in the next row because it was too long. */
  wrapped: boolean;
}

export class VirtualTerminal {
  columns: number;
  rows: number;
  /** Every row since the start; the last `rows` of them, and the cursor's, can be reached. */
  private lines: Row[] = [{ cells: [], wrapped: false }];
  private row = 0;
  private column = 0;
  /** How often it was written to, and how much. */
  writes = 0;
  bytes = 0;
  /** Every line that ever stood there, with what it was later replaced by. */
  readonly seen: string[] = [];

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writes++;
    this.bytes += text.length;
    for (let rest = text; rest !== ""; ) {
      const sequence = SEQUENCE.exec(rest);
      if (sequence !== null) {
        this.obey(sequence[1]!, sequence[2]!, sequence[3]!);
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const [character = ""] = rest;
      if (character === "\n") {
        this.seen.push(this.lines[this.row]!.cells.join("").trimEnd());
        this.lines[this.row]!.wrapped = false;
        this.down(1, true);
        this.column = 0;
      } else if (character === "\r") this.column = 0;
      else if (character < " " || character === "\u007f")
        throw new Error(`not printable: ${JSON.stringify(character)}`);
      else this.put(character);
      rest = rest.slice(character.length);
    }
  }

  /** What is there, from the first line to the last that is not empty; wrapped rows joined. */
  text(): string[] {
    const joined: string[] = [];
    let open = false;
    for (const { cells, wrapped } of this.lines) {
      const text = cells.join("");
      if (open) joined.push(joined.pop()! + text);
      else joined.push(text);
      open = wrapped;
    }
    const lines = joined.map((line) => line.trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** Makes it narrower or wider: as terminals do, lines are wrapped anew and the cursor stays with its text. */
  resize(columns: number, rows: number): void {
    const rewrapped: Row[] = [];
    let cursor = 0;
    let whole: string[] = [];
    let holdsCursor = false;
    for (const [index, { cells, wrapped }] of this.lines.entries()) {
      whole.push(...cells);
      holdsCursor ||= index === this.row;
      if (wrapped) continue;
      while (whole.at(-1) === " ") whole.pop();
      const first = rewrapped.length;
      for (let at = 0; at === 0 || at < whole.length; at += columns)
        rewrapped.push({ cells: whole.slice(at, at + columns), wrapped: at + columns < whole.length });
      if (holdsCursor) cursor = first;
      whole = [];
      holdsCursor = false;
    }
    this.lines = rewrapped;
    this.row = cursor;
    this.columns = columns;
    this.rows = rows;
  }

  private obey(mark: string, argument: string, command: string): void {
    const count = argument === "" ? 1 : Number(argument);
    if (mark === "?" && argument === "2026") return;
    const line = this.lines[this.row]!;
    switch (command) {
      case "A":
        this.row = Math.max(this.row - count, this.top());
        return;
      case "B":
        this.down(count, false);
        return;
      case "J":
        if (argument !== "") break;
        this.lines.length = this.row + 1;
        line.cells.length = Math.min(line.cells.length, this.column);
        return;
      case "K":
        if (argument !== "") break;
        line.cells.length = Math.min(line.cells.length, this.column);
        return;
      case "m":
        return;
    }
    throw new Error(`unknown sequence ${mark}${argument}${command}`);
  }

  private top(): number {
    return Math.max(0, this.lines.length - this.rows);
  }

  private down(count: number, scrolls: boolean): void {
    this.row += count;
    if (!scrolls) this.row = Math.min(this.row, this.top() + this.rows - 1);
    while (this.lines.length <= this.row) this.lines.push({ cells: [], wrapped: false });
  }

  private put(character: string): void {
    const width = stringWidth(character);
    if (this.column + width > this.columns) {
      this.lines[this.row]!.wrapped = true;
      this.down(1, true);
      this.column = 0;
    }
    const { cells } = this.lines[this.row]!;
    while (cells.length < this.column) cells.push(" ");
    cells.splice(this.column, width, character, ...Array<string>(width - 1).fill(""));
    this.column += width;
  }
}
