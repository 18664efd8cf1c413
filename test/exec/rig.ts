/**
 * Whole builds on a real temporary folder, with tiny rules: each `build` is a command of its own, with nothing in
 * memory from the one before.
 */
import type { Provider } from "../../src/agents/provider.ts";
import { Files } from "../../src/artifact/files.ts";
import { Actions } from "../../src/cache/actions.ts";
import { StatCache } from "../../src/cache/statcache.ts";
import { Store } from "../../src/cache/store.ts";
import { Traces } from "../../src/cache/traces.ts";
import type { Event } from "../../src/events.ts";
import { type BuildOptions, type BuildOutcome, build, type Snapshot } from "../../src/exec/build.ts";
import type { Engine } from "../../src/exec/engine.ts";
import { Scheduler } from "../../src/exec/scheduler.ts";
import { World } from "../../src/exec/world.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Status } from "../../src/graph/evaluate.ts";
import type { Target } from "../../src/graph/target.ts";
import type { Trace } from "../../src/graph/trace.ts";
import type { Host, HostFs } from "../../src/host.ts";
import { collection } from "../../src/rules/collection.ts";
import { expander } from "../../src/rules/expand.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { scripted } from "../agents/scripted.ts";
import { type Disk, disk } from "../artifact/disk.ts";

export interface RigOptions {
  readonly pools?: Readonly<Record<string, number>>;
  readonly limit?: number;
  readonly provider?: Provider;
  readonly lookup?: string;
  /** Instead of the disk's own, on which nothing ever times out. */
  readonly after?: Host["after"];
  /** Functions of the file system that do something else: a disk that is full, say. */
  readonly fs?: Partial<HostFs>;
}

export interface Built extends BuildOutcome {
  readonly events: readonly Event[];
  /** The targets that ran or were restored, in the order in which they ended. */
  readonly done: readonly string[];
  /** Why a target failed. */
  fault(id: string): { readonly what: string; readonly where: string; readonly mend: string; readonly exit: number };
  status(id: string): Status;
}

export interface Rig extends Disk {
  /** A new engine, as a new command would put it together. */
  open(emit?: (event: Event) => void): Engine;
  build(changes?: Partial<BuildOptions>): Promise<Built>;
  /** What the trace file of the folder says now. */
  trace(id: string): Trace | undefined;
}

const NEVER = new AbortController().signal;
export const DEFAULTS: BuildOptions = {
  goals: ["all"],
  force: false,
  refresh: false,
  overwriteEdits: false,
  fail: "continue",
  drain: NEVER,
  abort: NEVER,
};

/** A workspace with these rules. `rules` is asked anew by each build, so that a test can change its mind. */
export function rig(rules: readonly Rule[] | (() => readonly Rule[]), options: RigOptions = {}): Rig {
  const made = disk();
  const host: Host = {
    ...made.host,
    now: () => Date.now(),
    fs: { ...made.host.fs, ...options.fs },
    ...(options.after === undefined ? {} : { after: options.after }),
  };
  const rulesNow = typeof rules === "function" ? rules : () => rules;

  const open = (emit: (event: Event) => void = () => {}): Engine => {
    const files = new Files(host);
    const stats = StatCache.load(host, files);
    const store = new Store(host);
    const traces = new Traces(files, "manifests/traces");
    const actions = new Actions(host);
    const list = rulesNow();
    return {
      host,
      files,
      stats,
      store,
      traces,
      actions,
      world: new World(files, stats, store, traces, undefined, actions),
      provider:
        options.provider ?? scripted(() => ({ what: "no agent was expected", where: "test", mend: "", exit: 1 })),
      scheduler: new Scheduler(options.pools ?? {}, options.limit ?? 8),
      lookup: options.lookup,
      expand: expander(list, files),
      emit,
    };
  };

  return {
    ...made,
    host,
    open,
    async build(changes = {}) {
      const events: Event[] = [];
      const engine = open((event) => events.push(event));
      const outcome = await build(engine, { ...DEFAULTS, ...changes });
      engine.stats.save();
      return {
        ...outcome,
        events,
        done: events.flatMap((event) => (event.type === "targetFinished" ? [event.target] : [])),
        fault(id) {
          const fault = outcome.failures.get(id as Address);
          if (fault === undefined)
            throw new Error(`${id} did not fail; it is ${JSON.stringify(statusOf(outcome.snapshot, id))}`);
          return fault;
        },
        status: (id) => statusOf(outcome.snapshot, id),
      };
    },
    trace: (id) => open().traces.get(id as Address),
  };
}

const statusOf = (snapshot: Snapshot, id: string): Status => snapshot.evaluation.status(id as Address);

/** One book, `x`: the least that rules can range over. */
export const one = collection("book", { items: [{ slug: "x" }], key: (book: { slug: string }) => book.slug });

/** A promise that the test resolves. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A target of which nothing is said but its address. */
export const bareTarget = (id: string): Target => ({
  id: id as Address,
  rule: id.split("/").at(-1)!,
  groups: [],
  inputs: [],
  outputs: [],
  amends: [],
  mayAmend: [],
  after: [],
  gate: undefined,
  decidedBy: undefined,
  identity: {},
  soft: {},
  byPerson: false,
  estimate: { seconds: 0, usd: 0 },
});
