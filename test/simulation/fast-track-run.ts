/**
 * Runs the Fast Track's shape through the real engine, scheduler, graph, journal and budgets: only the models, the clock
 * and the disk are simulated, and so is the operator, who looks in once a day.
 */
import type { Ceiling } from "../../src/agents/budget.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { readLines } from "../../src/campaign/jsonl.ts";
import { bookScope, CAMPAIGN, tierScope } from "../../src/campaign/spending.ts";
import type { Event } from "../../src/events.ts";
import type { Engine } from "../../src/exec/engine.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { microsOf } from "../../src/money.ts";
import { boundsOf, type Took } from "./bounds.ts";
import { Clock } from "./clock.ts";
import { type FastTrack, fastTrack } from "./fast-track.ts";
import { FastTrackServer, type Line, PRICES } from "./fast-track-server.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { type Ended, Process, type ProcessWorld, type Seams } from "./process.ts";
import { random } from "./random.ts";

const START = Date.UTC(2026, 10, 2, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Protocol §2: US dollars a book and a tier. */
const BUDGETS = {
  alpha: { book: 50, tier: 600 },
  beta: { book: 30, tier: 720 },
  gamma: { book: 20, tier: 560 },
} as const;
const CAMPAIGN_USD = 2256;

export interface FastTrackRun {
  /** Passes after which the operator approves. */
  readonly gates: readonly string[];
  readonly line: Line;
  /** Whether the protocol's ceilings hold. */
  readonly budgets: boolean;
  /** Multiplies the rate at which answers are not good enough. */
  readonly badly: number;
  readonly seams?: Seams;
}

/** As the protocol has it: three gates, ceilings, and what goes wrong on the way as often as was met. */
export const PROTOCOL: FastTrackRun = {
  gates: ["P2_gap", "P3_plan", "P5_verification"],
  budgets: true,
  line: { overloaded: 0.02, stalled: 0.005, lost: 0.003 },
  badly: 1,
};

/** With nobody to wait for: what the scheduler is measured by. */
export const UNATTENDED: FastTrackRun = { ...PROTOCOL, gates: [], budgets: false };

export interface FastTrackReport {
  readonly books: number;
  readonly units: number;
  readonly flows: number;
  readonly targets: number;
  /** From the first start to the last end, in seconds; without the hours in which all waited for the operator. */
  readonly seconds: number;
  readonly atWork: number;
  /** max(critical path, work ÷ slots of each pool), in seconds. */
  readonly bound: number;
  /** What no order of work can go below, in seconds: `boundsOf`. */
  readonly provenBound: number;
  readonly criticalPath: number;
  readonly pools: readonly {
    readonly name: string;
    readonly slots: number;
    readonly work: number;
    readonly utilisation: number;
  }[];
  readonly commands: number;
  readonly days: number;
  readonly calls: number;
  readonly attemptsFailed: number;
  readonly callsRetried: number;
  readonly escalations: number;
  readonly passes: number;
  readonly usd: number;
  readonly usdByTier: Readonly<Record<string, number>>;
  readonly ledgerUsd: number;
  /** Ceilings of books and tiers that the operator raised by a fifth. */
  readonly raised: number;
  readonly complete: boolean;
}

export async function runFastTrack(seed: number, run: FastTrackRun): Promise<FastTrackReport> {
  const chance = random(seed);
  const clock = new Clock(START, chance.fork());
  const disk = new MemoryDisk(() => clock.now);
  const sleep = (seconds: number): Promise<void> => new Promise((resolve) => clock.after(seconds * 1000, resolve));
  const campaign = fastTrack(chance.fork(), { gates: run.gates, sleep });
  const server = new FastTrackServer(chance.fork(), campaign, run.line, run.badly);
  for (const [path, text] of Object.entries(campaign.files)) disk.write(path, text);
  const book = new Bookkeeping(campaign);
  const world: ProcessWorld = {
    clock,
    disk,
    campaign,
    random: chance.fork(),
    server,
    seams: { ...run.seams, engine: looksTakeTime },
    ceilings: () => (run.budgets ? ceilings(campaign, book.raised) : new Map()),
    prices: PRICES,
    boot: 1,
    alive: new Map(),
    onRequest: () => undefined,
    onAnswer: () => undefined,
    onEvent: (event) => book.note(event),
  };
  let commands = 0;
  const command = async (work: (process: Process) => Promise<Ended>): Promise<Ended> => {
    const process = new Process(world, 100 + ++commands, () => undefined);
    // The operator looks in each morning; what is under way is let end first, if a gate waits.
    const morning = START + Math.ceil((clock.now - START + 1) / DAY) * DAY;
    if (run.gates.length > 0) clock.after(morning - clock.now, () => process.drain.abort());
    const settled = await clock.until(work(process));
    process.end();
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  };

  let graph: Graph | undefined;
  let complete = false;
  for (let day = 0; day < 60 && !complete; day++) {
    const ended = await command((process) => process.build());
    if (ended.kind === "refused") throw new Error(`${ended.fault.where}: ${ended.fault.what}`);
    if (ended.kind !== "built") throw new Error("a build approves nothing");
    const { snapshot } = ended.outcome;
    book.review();
    graph = snapshot.graph;
    complete = snapshot.ids.every((id) => snapshot.evaluation.status(id).kind === "fresh");
    if (complete || run.gates.length === 0) continue;
    const morning = START + Math.ceil((clock.now - START) / DAY) * DAY;
    book.waited += morning - clock.now;
    clock.now = morning;
    await command((process) => process.approve());
  }
  const ledger = readLines(
    { fs: disk.connect(), root: disk.root } as never,
    `${disk.root}/manifests/cost_ledger.jsonl`,
  );
  return book.report(
    graph!,
    ledger as { cost_usd: number; book: string | null }[],
    server,
    complete,
    commands,
    clock.now - START,
  );
}

/**
 * A build looks at the whole workspace anew now and then, as seldom as that takes long. In a simulation nothing takes
 * long; so that it does not look after each target, each look is said to take six minutes, to whoever asks next.
 */
function looksTakeTime(engine: Engine): Engine {
  let late = 0;
  const expand = (written?: Iterable<RepoPath>) => {
    if (written === undefined) late = 2;
    return engine.expand(written);
  };
  const now = (): number => engine.host.now() + (late-- > 0 ? 6 * MINUTE : 0);
  const { restsOn } = engine.expand;
  const looking = Object.assign(expand, restsOn === undefined ? {} : { restsOn });
  return { ...engine, host: { ...engine.host, now }, expand: looking };
}

/** @param raised how often the operator has given a scope another fifth, out of the campaign's reserve of a fifth. */
function ceilings(campaign: FastTrack, raised: ReadonlyMap<string, number>): ReadonlyMap<string, Ceiling> {
  const ceiling = (usd: number): Ceiling => ({ amount: microsOf(usd), atCeiling: "pause", mend: "raise it" });
  const scaled = (scope: string, usd: number): readonly [string, Ceiling] => [
    scope,
    ceiling(usd * (1 + 0.2 * (raised.get(scope) ?? 0))),
  ];
  return new Map([
    [CAMPAIGN, ceiling(CAMPAIGN_USD)],
    ...Object.entries(BUDGETS).map(([tier, { tier: usd }]) => scaled(tierScope(tier), usd)),
    ...campaign.books.map(({ slug, tier }) => scaled(bookScope(slug), BUDGETS[tier as keyof typeof BUDGETS].book)),
  ]);
}

/** What the events come to. */
class Bookkeeping {
  /** How often the operator has raised the ceiling of a scope. */
  readonly raised = new Map<string, number>();
  private readonly reached = new Set<string>();
  /** Milliseconds in which nothing could go on without the operator. */
  waited = 0;
  private readonly took = new Map<string, Took>();
  private attemptsFailed = 0;
  private callsRetried = 0;
  private escalations = 0;
  private passes = 0;
  private last = START;
  private readonly campaign: FastTrack;

  constructor(campaign: FastTrack) {
    this.campaign = campaign;
  }

  note(event: Event): void {
    switch (event.type) {
      case "targetFinished":
        this.passes++;
        this.add(event.target, event.seconds);
        this.last = event.at;
        return;
      case "targetFailed":
        this.escalations++;
        this.add(event.target, event.seconds);
        return;
      case "attemptFailed":
        this.attemptsFailed++;
        return;
      case "budgetAlert":
        if (event.reached && event.scope !== CAMPAIGN) this.reached.add(event.scope);
        return;
      case "callRetried":
        this.callsRetried++;
        return;
      default:
        return;
    }
  }

  /** The operator looks at the ceilings that were reached, and raises them; never the campaign's own. */
  review(): void {
    for (const scope of this.reached) this.raised.set(scope, (this.raised.get(scope) ?? 0) + 1);
    this.reached.clear();
  }

  private add(target: string, seconds: number): void {
    const { total, least } = this.took.get(target) ?? { total: 0, least: seconds };
    this.took.set(target, { total: total + seconds, least: Math.min(least, seconds) });
  }

  report(
    graph: Graph,
    ledger: readonly { readonly cost_usd: number; readonly book: string | null }[],
    server: FastTrackServer,
    complete: boolean,
    commands: number,
    elapsed: number,
  ): FastTrackReport {
    const poolOfRule = new Map(this.campaign.rules.map((rule) => [rule.name, rule.pool ?? "default"]));
    const poolOf = (id: Address): string => poolOfRule.get(graph.targets.get(id)!.rule) ?? "default";
    const took = (id: Address): Took => this.took.get(id) ?? { total: 0, least: 0 };
    const work = new Map<string, number>();
    for (const id of graph.targets.keys()) {
      const pool = poolOf(id);
      work.set(pool, (work.get(pool) ?? 0) + took(id).total);
    }
    const bounds = boundsOf(graph, took, poolOf, this.campaign.pools);
    const total = (this.last - START) / 1000;
    const atWork = total - this.waited / 1000;
    const pools = Object.entries(this.campaign.pools).map(([name, slots]) => ({
      name,
      slots,
      work: work.get(name) ?? 0,
      utilisation: (work.get(name) ?? 0) / slots / atWork,
    }));
    const tiers = new Map(this.campaign.books.map(({ slug, tier }) => [slug, tier]));
    const usdByTier: Record<string, number> = {};
    for (const { book, cost_usd } of ledger) {
      const tier = (book === null ? undefined : tiers.get(book)) ?? "flows";
      usdByTier[tier] = (usdByTier[tier] ?? 0) + cost_usd;
    }
    return {
      books: this.campaign.books.length,
      units: this.campaign.units,
      flows: this.campaign.flows,
      targets: graph.targets.size,
      seconds: total,
      atWork,
      bound: bounds.simple,
      provenBound: bounds.proven,
      criticalPath: bounds.criticalPath,
      pools,
      commands,
      days: elapsed / DAY,
      calls: server.calls,
      attemptsFailed: this.attemptsFailed,
      callsRetried: this.callsRetried,
      escalations: this.escalations,
      passes: this.passes,
      usd: server.usd,
      usdByTier,
      raised: [...this.raised.values()].reduce((sum, times) => sum + times, 0),
      ledgerUsd: ledger.reduce((sum, { cost_usd }) => sum + cost_usd, 0),
      complete,
    };
  }
}
