/** Reads the audit log as an auditor would: what was written stays, the chain holds, and each book's states follow on one another. */

import { hashOf, type LogLine } from "../../src/campaign/audit-log.ts";
import { BOOK_STATES } from "../../src/campaign/states.ts";
import type { Disk } from "./disk.ts";
import { Violation } from "./violation.ts";

const PATH = "manifests/campaign.log.jsonl";

export class LogReader {
  private readonly disk: Disk;
  /** The log as it was last seen. */
  private seen = "";
  /** What of it no power cut may take. */
  private safe = "";
  private last: LogLine | undefined;
  private readonly states = new Map<string, string>();
  /** The lines of `seen` that were taken in. */
  private taken = 0;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  /**
   * The log as it is must begin with the log as it was.
   * @param troubled whether the disk has refused something: then a line may be there that was not made safe.
   */
  check(troubled: boolean): void {
    const text = this.disk.read(PATH) ?? "";
    if (text === this.seen) return;
    if (!text.startsWith(this.seen)) throw new Violation("append-only log", "what was in the log is another now");
    this.seen = text;
    this.takeIn();
    // Everything has come to rest: whoever wrote a line goes on as if it stood.
    if (this.disk.unsynced(PATH).length === 0) this.safe = text;
    else if (!troubled) throw new Violation("append-only log", "a line was relied on that a power cut may take");
  }

  /** After a power cut: what was there when everything was last at rest is there, and a torn rest may be. */
  afterCut(): void {
    const text = this.disk.read(PATH) ?? "";
    if (!text.startsWith(this.safe)) throw new Violation("append-only log", "the power cut took lines that were safe");
    this.seen = text;
    this.recount();
  }

  private recount(): void {
    this.taken = 0;
    this.last = undefined;
    this.states.clear();
    this.takeIn();
  }

  private takeIn(): void {
    const lines = this.seen.split("\n");
    // The last one has no newline yet, or is empty.
    for (const text of lines.slice(this.taken, -1)) {
      this.taken++;
      const line = parsed(text);
      // Torn in a crash: it stays as evidence.
      if (line === undefined) continue;
      const { hash, ...rest } = line;
      if (hashOf(rest) !== hash) throw new Violation("append-only log", `line ${line.n} does not have its hash`);
      if (line.n !== (this.last?.n ?? 0) + 1 || (this.last !== undefined && line.prev !== this.last.hash))
        throw new Violation("append-only log", `line ${line.n} does not follow ${this.last?.n ?? "nothing"}`);
      this.last = line;
      this.state(line);
    }
  }

  private state({ kind, address, from, to }: LogLine): void {
    if (kind !== "book") return;
    const before = this.states.get(address) ?? "draft";
    if (from !== before) throw new Violation("legal states", `${address} goes from ${from} and was ${before}`);
    if (from === to) throw new Violation("legal states", `${address} goes from ${from} to itself`);
    if (!BOOK_STATES.some((state) => state === to)) throw new Violation("legal states", `${address} goes to ${to}`);
    this.states.set(address, to);
  }
}

function parsed(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "hash" in value ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
