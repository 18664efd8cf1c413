/**
 * Tells a program of the campaign's own what newly waits for a person, so that nobody has to look. It gets the items as
 * JSON on standard input, and no shell. Whatever becomes of it, the build goes on.
 */
import { encodeUtf8 } from "../artifact/utf8.ts";
import { writeAtomic } from "../artifact/write.ts";
import { runProgram } from "../exec/run-program.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";
import type { InboxItem } from "./inbox.ts";

/** A program that takes longer is ended: it must not hold up the end of a build. */
const LONGEST_MS = 30_000;
const TOLD = ".codex/notified.json";

export class Notifier {
  private readonly host: Host;
  private readonly command: readonly string[];
  /** Told of a program that failed, in a sentence. */
  private readonly complain: (text: string) => void;
  private told: ReadonlySet<string> | undefined;
  /** What waits, by its address, as it is remembered. */
  private readonly waiting = new Map<Address, string>();
  private running: Promise<void> = Promise.resolve();

  /** @param command the program and its arguments. */
  constructor(host: Host, command: readonly string[], complain: (text: string) => void) {
    this.host = host;
    this.command = command;
    this.complain = complain;
  }

  /**
   * Takes in what has changed; what it was told of before, for what is shown now, is not told again.
   * @param changed targets that may wait for something else than before; at first, all.
   * @param itemOf what a target waits for now.
   */
  observe(changed: Iterable<Address>, itemOf: (id: Address) => InboxItem | undefined): void {
    const before = this.known();
    const news: InboxItem[] = [];
    for (const id of changed) {
      const item = itemOf(id);
      const name = item && nameOf(item);
      if (this.waiting.get(id) === name) continue;
      if (item === undefined || name === undefined) this.waiting.delete(id);
      else {
        this.waiting.set(id, name);
        if (!before.has(name)) news.push(item);
      }
    }
    if (news.length === 0) return;
    // Only what still waits is remembered: a gate that asks again for the same is told again.
    const now = [...this.waiting.values()];
    this.told = new Set(now);
    writeAtomic(this.host, `${this.host.root}/${TOLD}`, encodeUtf8(JSON.stringify(now)));
    // One after the other: two messages must not overtake each other.
    this.running = this.running.then(() => this.tell(news));
  }

  /** Waits until the last message is out. */
  settled(): Promise<void> {
    return this.running;
  }

  private async tell(items: readonly InboxItem[]): Promise<void> {
    const stop = new AbortController();
    const cancel = this.host.after(LONGEST_MS, () => stop.abort());
    const [program = "", ...args] = this.command;
    const input = `${JSON.stringify({ version: 1, waiting: items })}\n`;
    const result = await runProgram(program, args, this.host.root, input, stop.signal).finally(cancel);
    if (result.kind === "ended" && result.code === 0) return;
    const why =
      result.kind === "notStarted"
        ? result.why
        : result.kind === "tooMuchOutput"
          ? "it printed too much"
          : stop.signal.aborted
            ? `it took more than ${LONGEST_MS / 1000} s`
            : `it ended with ${result.code ?? result.signal}${result.err === "" ? "" : `: ${result.err.split("\n")[0]}`}`;
    this.complain(
      `The program that \`notify\` names failed: ${why}. The build goes on; \`codex inbox\` lists what waits.`,
    );
  }

  private known(): ReadonlySet<string> {
    if (this.told === undefined) {
      try {
        this.told = new Set(JSON.parse(this.host.fs.readFileSync(`${this.host.root}/${TOLD}`, "utf8")) as string[]);
      } catch {
        // Nobody was told of anything, or it is not known any more: telling twice is better than never.
        this.told = new Set();
      }
    }
    return this.told;
  }
}

const nameOf = (item: InboxItem): string => `${item.address}@${item.shown}`;
