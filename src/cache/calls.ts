/**
 * The journal of calls to models, in `.codex/calls/`: what makes that an answer is paid for once. A call is written down
 * before the request leaves and again, with the whole response, before anything is done with it; both are on the disk
 * before the next step. A run that died is made again from the answers that it had.
 *
 * Each process run writes a segment of its own, so that nobody appends to a line that a dead process tore:
 *
 *   <run>.open.jsonl ──seal──▶ <run>.jsonl ──all used up──▶ <run>.used.jsonl
 *     being written, or          holds answers that a          evidence only:
 *     left by a crash            rerun may use: read            never read
 *     (see left-behind.ts)       when an agent runs             by a build
 *
 * An answer is used up when its target has been committed, or has been given up for a person: from then on the same
 * question is a new one (`--force`, a failed pass that is tried again).
 */
import { join, relative } from "node:path";
import type { Digest } from "../artifact/digest.ts";
import { makeFolder, syncFolder } from "../artifact/write.ts";
import type { Host } from "../host.ts";
import { type Call, type CallRecord, decodeSegment, encodeRecord, type SettledCall } from "./call-record.ts";

/** Where a segment stands in its life, by the ending of its name. */
export type SegmentState = "open" | "sealed" | "used";

export interface Segment {
  /** Without folder and ending. */
  readonly name: string;
  readonly state: SegmentState;
  /** Absolute. */
  readonly path: string;
}

const ENDINGS: readonly (readonly [SegmentState, string])[] = [
  ["open", ".open.jsonl"],
  ["used", ".used.jsonl"],
  ["sealed", ".jsonl"],
];

export const callsFolder = (host: Pick<Host, "root">): string => join(host.root, ".codex", "calls");

/** The segments of the journal, oldest first; none where there is no journal. */
export function segments(host: Host): Segment[] {
  const folder = callsFolder(host);
  if (!host.fs.statSync(folder, { throwIfNoEntry: false })) return [];
  return host.fs
    .readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const found = ENDINGS.find(([, ending]) => file.endsWith(ending));
      return found === undefined
        ? []
        : [{ name: file.slice(0, -found[1].length), state: found[0], path: join(folder, file) }];
    });
}

/** Moves a segment on in its life, durably. */
export function moveSegment(host: Host, segment: Segment, to: SegmentState): void {
  const ending = ENDINGS.find(([state]) => state === to)![1];
  host.fs.renameSync(segment.path, join(callsFolder(host), segment.name + ending));
  syncFolder(host.fs, callsFolder(host));
}

/** What is known of a segment's content: enough to say when it is no longer needed. */
interface Content {
  /** Keys of its answers that may be used. */
  readonly live: Set<Digest>;
  /** Addresses of its answers that are used up. */
  readonly spent: Set<string>;
  /** Addresses whose answers it declares used up. */
  readonly marks: Set<string>;
}

interface Held {
  readonly call: SettledCall;
  readonly segment: string;
}

export class CallJournal {
  readonly #host: Host;
  readonly #warn: (text: string) => void;
  /** The answers that may be used, by key; undefined until an agent asks. */
  #answers: Map<Digest, Held> | undefined;
  /** Calls whose answers wait at the provider, by key. */
  readonly #waiting = new Map<Digest, { readonly call: Call; readonly segment: string }>();
  readonly #contents = new Map<string, Content>();
  #own: Segment | undefined;
  /** How many calls this run has named. */
  #named = 0;
  /** A write stopped short: the next line begins on a line of its own. */
  #torn = false;
  /** A record was refused by the disk: how some call ended, the segment does not say. */
  #incomplete = false;

  /** @param warn told of damaged lines, each file once. */
  constructor(host: Host, warn: (text: string) => void = () => {}) {
    this.#host = host;
    this.#warn = warn;
  }

  /** The answer to a question that was bought before and is not used up. */
  find(key: Digest): SettledCall | undefined {
    return this.#index().get(key)?.call;
  }

  /** The same question, dispatched by an earlier run, whose answer waits at the provider. */
  waiting(key: Digest): Call | undefined {
    this.#index();
    return this.#waiting.get(key)?.call;
  }

  /** A name for the next call, unlike that of any other. */
  nextId(): string {
    this.#named++;
    return `${this.#segment().name}-${this.#named}`;
  }

  /** Writes down that the request is about to leave. Throws where the disk refuses: then it must not leave. */
  dispatched(call: Call): void {
    this.#append({ type: "dispatched", ...call });
    if (call.resumable) this.#await(call, this.#segment().name);
  }

  /** Writes down how the call ended, with the whole response. Throws where the disk refuses. */
  settled(call: SettledCall): void {
    // In memory first: an answer that the disk refuses is paid for all the same, and serves as long as the process lives.
    const index = this.#index();
    const { name } = this.#segment();
    this.#waiting.delete(call.key);
    if (call.outcome === "answered") {
      index.set(call.key, { call, segment: name });
      this.#content(name).live.add(call.key);
    }
    this.#append({ type: "settled", ...call });
  }

  /** Says that the target's answers have done their service. Reads and writes nothing where none were asked for. */
  usedUp(address: string): void {
    if (this.#answers === undefined) return;
    if (![...this.#answers.values()].some((held) => held.call.address === address)) return;
    this.#mark(address, this.#segment().name);
    this.#append({ type: "usedUp", address, at: this.#host.now() });
  }

  /**
   * Ends this run's segment and puts away those that no rerun can use, oldest first: a mark must outlive the answers
   * that it is about. Not to be called while a call is under way.
   */
  seal(): void {
    const own = this.#own;
    // What could not be written down must be found by the next run, as after a crash.
    if (own === undefined || this.#incomplete) return;
    this.#own = undefined;
    const needed = this.#needed();
    for (const segment of segments(this.#host)) {
      if (segment.name !== own.name && (segment.state !== "sealed" || !this.#contents.has(segment.name))) continue;
      const state = needed.has(segment.name) ? "sealed" : "used";
      if (state !== segment.state) moveSegment(this.#host, segment, state);
    }
  }

  /** Segments with answers that may be used or are waited for, and those with marks on answers in such segments. */
  #needed(): Set<string> {
    const needed = new Set([...this.#contents].filter(([, content]) => content.live.size > 0).map(([name]) => name));
    for (const { segment } of this.#waiting.values()) needed.add(segment);
    for (;;) {
      const before = needed.size;
      const spent = new Set([...needed].flatMap((name) => [...this.#contents.get(name)!.spent]));
      for (const [name, content] of this.#contents) {
        if ([...content.marks].some((address) => spent.has(address))) needed.add(name);
      }
      if (needed.size === before) return needed;
    }
  }

  #index(): Map<Digest, Held> {
    if (this.#answers !== undefined) return this.#answers;
    const answers = new Map<Digest, Held>();
    this.#answers = answers;
    for (const segment of segments(this.#host)) {
      if (segment.state === "used" || segment.name === this.#own?.name) continue;
      const { records, damaged } = decodeSegment(this.#host.fs.readFileSync(segment.path));
      this.#content(segment.name);
      if (damaged.length > 0) {
        const lines = damaged.slice(0, 5).join(", ") + (damaged.length > 5 ? ` and ${damaged.length - 5} more` : "");
        this.#warn(`Damaged and not used: ${relative(this.#host.root, segment.path)}, line ${lines}`);
      }
      for (const record of records) this.#take(record, segment.name);
    }
    return answers;
  }

  #take(record: CallRecord, segment: string): void {
    switch (record.type) {
      case "dispatched":
        if (record.resumable) this.#await(record, segment);
        return;
      case "settled":
        this.#waiting.delete(record.key);
        if (record.outcome !== "answered") return;
        this.#answers!.set(record.key, { call: record, segment });
        this.#content(segment).live.add(record.key);
        return;
      case "usedUp":
        this.#mark(record.address, segment);
        return;
    }
  }

  #await(call: Call, segment: string): void {
    this.#waiting.set(call.key, { call, segment });
    this.#content(segment);
  }

  /** Lets go of a target's answers, because `segment` says that they are used up. */
  #mark(address: string, segment: string): void {
    this.#content(segment).marks.add(address);
    for (const [key, held] of this.#answers!) {
      if (held.call.address !== address) continue;
      this.#answers!.delete(key);
      const content = this.#content(held.segment);
      content.live.delete(key);
      content.spent.add(address);
    }
    for (const [key, { call }] of this.#waiting) if (call.address === address) this.#waiting.delete(key);
  }

  #content(segment: string): Content {
    let content = this.#contents.get(segment);
    if (content === undefined) {
      content = { live: new Set(), spent: new Set(), marks: new Set() };
      this.#contents.set(segment, content);
    }
    return content;
  }

  /**
   * This run's segment, made and durable when it is first needed. Its number orders it after those that are there,
   * whatever the clock says; time and chance keep its calls' names unlike those of segments that are gone.
   */
  #segment(): Segment {
    if (this.#own !== undefined) return this.#own;
    const { fs } = this.#host;
    const folder = callsFolder(this.#host);
    makeFolder(fs, folder);
    const last = segments(this.#host).at(-1)?.name.split("-")[0] ?? "0";
    const time = new Date(this.#host.now()).toISOString().replace(/[-:.]/g, "");
    const chance = Math.floor(this.#host.random() * 36 ** 4).toString(36);
    for (let number = Number(last) + 1; ; number++) {
      const name = `${String(number).padStart(6, "0")}-${time}-${chance.padStart(4, "0")}`;
      const path = join(folder, `${name}.open.jsonl`);
      try {
        fs.closeSync(fs.openSync(path, "wx"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw error;
      }
      syncFolder(fs, folder);
      this.#own = { name, state: "open", path };
      return this.#own;
    }
  }

  #append(record: CallRecord): void {
    const { fs } = this.#host;
    const incomplete = this.#incomplete;
    this.#incomplete = true;
    const file = fs.openSync(this.#segment().path, "a");
    const line = encodeRecord(record);
    try {
      const start = this.#torn ? "\n" : "";
      this.#torn = true;
      fs.writeFileSync(file, start + line);
      this.#torn = false;
      fs.fsyncSync(file);
      this.#incomplete = incomplete;
    } finally {
      fs.closeSync(file);
    }
  }
}
