/**
 * One command's life in a simulation: what `codex build` and `codex approve` do, with a host that can be taken away at
 * any moment. After its death a process does nothing more: no write, no timer, no request.
 */
import type { Ceiling } from "../../src/agents/budget.ts";
import { Paying } from "../../src/agents/paying.ts";
import type { PriceList } from "../../src/agents/prices.ts";
import type { AgentReply, AgentRequest, CallFailure, Provider } from "../../src/agents/provider.ts";
import { retrying } from "../../src/agents/retrying.ts";
import { Files } from "../../src/artifact/files.ts";
import { Actions } from "../../src/cache/actions.ts";
import { acquireLock } from "../../src/cache/lock.ts";
import type { Processes } from "../../src/cache/processes.ts";
import { StatCache } from "../../src/cache/statcache.ts";
import { Store } from "../../src/cache/store.ts";
import { Traces } from "../../src/cache/traces.ts";
import { CostLedger } from "../../src/campaign/cost-ledger.ts";
import { Recorder } from "../../src/campaign/recorder.ts";
import { scopesIn, spentBy } from "../../src/campaign/spending.ts";
import { allTraces, campaignView, livingView } from "../../src/cli/campaign.ts";
import type { Workspace } from "../../src/cli/open.ts";
import type { Event } from "../../src/events.ts";
import { type BuildOutcome, build, snapshotOf } from "../../src/exec/build.ts";
import { commitTarget, recoverCommits } from "../../src/exec/commit-target.ts";
import { type Engine, type Layout, layOut } from "../../src/exec/engine.ts";
import { Scheduler } from "../../src/exec/scheduler.ts";
import { World } from "../../src/exec/world.ts";
import { type Fault, FaultError } from "../../src/fault.ts";
import type { Address } from "../../src/graph/address.ts";
import { DEFAULT_POLICY, type Evaluation } from "../../src/graph/evaluate.ts";
import type { Trace } from "../../src/graph/trace.ts";
import type { Host, HostFs } from "../../src/host.ts";
import type { Result } from "../../src/result.ts";
import { expander } from "../../src/rules/expand.ts";
import type { Campaign } from "./campaign.ts";
import type { Clock } from "./clock.ts";
import type { Interference } from "./disk.ts";
import type { Random } from "./random.ts";
import { MODEL } from "./server.ts";

/** The process is gone: what it was about to do does not happen. */
export class Died extends Error {}

/** Where a bug can be planted: nowhere else does a simulation differ from the real thing. */
export interface Seams {
  readonly host?: (host: Host) => Host;
  readonly scheduler?: (scheduler: Scheduler) => Scheduler;
  readonly engine?: (engine: Engine) => Engine;
  /** What pays for the wire, instead of `Paying.inner`. */
  readonly inner?: (
    paying: Paying,
    wire: Provider,
    generation: (address: string) => string,
    tools: { readonly now: () => number; readonly emit: (event: Event) => void },
  ) => Provider;
  /** Goes to work without asking for the lock. */
  readonly noLock?: boolean;
}

export interface ProcessWorld {
  readonly clock: Clock;
  readonly disk: { readonly root: string; connect(interfere: Interference): HostFs };
  readonly campaign: Pick<Campaign, "books" | "rules" | "pools" | "limit">;
  readonly random: Random;
  readonly server: { wire(host: Host, onRequest: (request: AgentRequest) => void): Provider };
  readonly seams: Seams;
  /** What may be spent, by scope, and at which price. */
  readonly ceilings: () => ReadonlyMap<string, Ceiling>;
  readonly prices: PriceList;
  /** Number of the machine's boot. */
  readonly boot: number;
  /** Living processes, by number. */
  readonly alive: Map<number, Process>;
  /** @param generation which trace the target has: with another one, it is another run's question. */
  onRequest(request: AgentRequest, generation: string): void;
  /** An answer has left the journal, for its agent to use. */
  onAnswer(request: AgentRequest, generation: string, answer: Result<AgentReply, CallFailure>): void;
  onEvent(event: Event): void;
}

export type Ended =
  | { readonly kind: "built"; readonly outcome: BuildOutcome }
  | { readonly kind: "approved" }
  | { readonly kind: "refused"; readonly fault: Fault };

export class Process {
  readonly pid: number;
  readonly host: Host;
  /** Comes to an end when the process is killed. */
  readonly died: Promise<"died">;
  readonly drain = new AbortController();
  readonly abort = new AbortController();
  dead = false;
  private readonly world: ProcessWorld;
  private readonly started: number;
  private tellDeath: () => void = () => undefined;

  constructor(world: ProcessWorld, pid: number, interfere: Interference) {
    this.world = world;
    this.pid = pid;
    this.started = world.clock.now;
    this.died = new Promise((resolve) => {
      this.tellDeath = () => resolve("died");
    });
    const host: Host = {
      fs: world.disk.connect((operation, path) => {
        if (this.dead) throw new Died();
        interfere(operation, path);
      }),
      root: world.disk.root,
      env: {},
      now: () => world.clock.now,
      random: () => world.random.next(),
      after: (ms, fn) =>
        world.clock.after(ms, () => {
          if (!this.dead) fn();
        }),
    };
    this.host = world.seams.host?.(host) ?? host;
    world.alive.set(pid, this);
  }

  /** SIGKILL. Throws `Died`, for whoever was at work. */
  kill(): never {
    this.end();
    throw new Died();
  }

  end(): void {
    this.dead = true;
    this.world.alive.delete(this.pid);
    this.tellDeath();
  }

  private processes(): Processes {
    const { alive, boot } = this.world;
    return {
      pid: this.pid,
      host: "simulated",
      boot: String(boot),
      find: (pid) => {
        const found = alive.get(pid);
        return found === undefined ? undefined : { started: String(found.started) };
      },
    };
  }

  /** What every command that writes does around its work. */
  private async locked<T>(
    command: string,
    work: (engine: Engine, recorder: Recorder, paying: Paying) => Promise<T>,
  ): Promise<T> {
    const { host, world } = this;
    const lock = world.seams.noLock ? undefined : acquireLock(host, command, this.processes());
    if (lock?.ok === false) throw new FaultError(lock.error);
    try {
      let recorder: Recorder | undefined;
      const emit = (event: Event): void => {
        if (this.dead) return;
        recorder?.record(event);
        world.onEvent(event);
      };
      const { engine, paying } = this.open(emit);
      recoverCommits(engine);
      this.costs().recover();
      recorder = new Recorder(host, `${host.root}/manifests`, world.campaign.books);
      recorder.catchUp(allTraces({ engine }));
      return await work(engine, recorder, paying);
    } finally {
      lock?.value.release();
    }
  }

  private costs(): CostLedger {
    return new CostLedger(this.host, `${this.host.root}/manifests/cost_ledger.jsonl`);
  }

  private open(emit: (event: Event) => void): { engine: Engine; paying: Paying } {
    const { host, world } = this;
    const files = new Files(host);
    const stats = StatCache.load(host, files);
    const store = new Store(host);
    const traces = new Traces(files, "manifests/traces");
    const trace = (address: string): Trace | undefined => traces.get(address as Address);
    const scopesOf = scopesIn(() => world.campaign.books);
    const generation = (address: string): string => {
      const last = trace(address);
      return last === undefined ? "" : `${last.key} ${last.run.at}`;
    };
    const paying = new Paying(host, emit, {
      model: MODEL,
      prices: world.prices,
      ceilings: world.ceilings,
      scopesOf,
      spentBefore: () => spentBy(this.costs().lines(), scopesOf),
      margin: 1,
      alertAt: 0.8,
      generation,
    });
    const scheduler = new Scheduler(world.campaign.pools, world.campaign.limit);
    const engine: Engine = {
      host,
      files,
      stats,
      store,
      traces,
      actions: new Actions(host),
      world: new World(files, stats, store, traces),
      provider: this.provider(paying, emit, generation),
      scheduler: world.seams.scheduler?.(scheduler) ?? scheduler,
      lookup: undefined,
      expand: expander(world.campaign.rules, files),
      held: (id) => paying.held(id),
      emit: (event) => {
        emit(event);
        paying.heard(event);
      },
    };
    return { engine: world.seams.engine?.(engine) ?? engine, paying };
  }

  /** The way to the model, with the simulation listening at the wire and at the journal. */
  private provider(paying: Paying, emit: (event: Event) => void, generation: (address: string) => string): Provider {
    const { host, world } = this;
    const never = new Promise<never>(() => undefined);
    const line = world.server.wire(host, (request) => world.onRequest(request, generation(request.address)));
    const wire: Provider = {
      name: line.name,
      send: async (request, signal) => {
        if (this.dead) return never;
        const answer = await line.send(request, signal);
        return this.dead ? never : answer;
      },
    };
    const inner = world.seams.inner?.(paying, wire, generation, { now: host.now, emit }) ?? paying.inner(wire);
    const heard: Provider = {
      ...inner,
      send: async (request, signal) => {
        const answer = await inner.send(request, signal);
        if (this.dead) return never;
        world.onAnswer(request, generation(request.address), answer);
        return answer;
      },
    };
    return paying.outer(retrying(heard, { host, emit }));
  }

  /** `codex build all`. */
  build(options: { readonly overwriteEdits?: boolean } = {}): Promise<Ended> {
    return this.ended(() =>
      this.locked("codex build", async (engine, recorder, paying) => {
        const outcome = await build(engine, {
          goals: ["all"],
          force: false,
          refresh: false,
          overwriteEdits: options.overwriteEdits ?? false,
          fail: "continue",
          drain: this.drain.signal,
          abort: this.abort.signal,
          onSnapshot: (_, survey) => recorder.observe(livingView({ engine } as Workspace, survey)),
        }).finally(() => paying.end());
        recorder.project(viewOf(engine, outcome.snapshot.graph));
        engine.stats.save();
        return { kind: "built" as const, outcome };
      }),
    );
  }

  /** `codex approve` of all that waits. */
  approve(): Promise<Ended> {
    return this.ended(() =>
      this.locked("codex approve", async (engine, recorder) => {
        const { goals, evaluation } = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
        for (const id of goals) {
          if (evaluation.status(id).kind !== "waiting") continue;
          const fault = approveOne(engine, evaluation, id);
          if (fault !== undefined) throw new FaultError(fault);
          engine.emit({
            type: "targetFinished",
            at: this.host.now(),
            target: id,
            how: "ran",
            seconds: 0,
            usd: 0,
            attempts: 1,
            agent: "person:sim",
            reasons: ["approved"],
            changed: true,
          });
        }
        recorder.project(viewOf(engine, layOut(engine.expand).graph));
        return { kind: "approved" as const };
      }),
    );
  }

  /** Refusals are an end like any other; what else is thrown is the caller's to judge. */
  private async ended(work: () => Promise<Ended>): Promise<Ended> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FaultError) return { kind: "refused", fault: error.fault };
      throw error;
    }
  }
}

/** The whole campaign as the records see it; of a workspace they need no more than its engine. */
const viewOf = (engine: Engine, graph: Layout["graph"]) => campaignView({ engine } as Workspace, graph);

function approveOne(engine: Engine, evaluation: Evaluation, id: Address): Fault | undefined {
  const { key, parts, soft } = evaluation.key(id);
  const run = {
    at: new Date(engine.host.now()).toISOString(),
    seconds: 0,
    usd: 0,
    attempts: 1,
    agent: "person:sim",
  };
  const trace: Trace = { key, parts, soft, reads: [], outputs: {}, products: {}, amends: {}, run };
  const nothing = { files: new Map(), outputs: {}, texts: new Map(), products: new Map(), amended: new Map() };
  return commitTarget(engine, id, trace, nothing, new Map());
}
