/**
 * One campaign, from an empty disk to its end, through everything that its seed has in store: crashes, power cuts, full
 * and failing disks, a bad line to the model, a person who edits meanwhile and another who types `codex build` twice.
 * Invariants are checked each time that everything has come to rest.
 */
import type { AgentReply, AgentRequest, CallFailure } from "../../src/agents/provider.ts";
import { digestOf } from "../../src/artifact/digest.ts";
import { CAMPAIGN } from "../../src/campaign/spending.ts";
import type { Event } from "../../src/events.ts";
import type { Status } from "../../src/graph/evaluate.ts";
import type { Micros } from "../../src/money.ts";
import type { Result } from "../../src/result.ts";
import { type Campaign, campaign, isListed, madeForAnother, type Watch } from "./campaign.ts";
import { Clock } from "./clock.ts";
import { Disk, type DiskOperation, type Interference, refusal } from "./disk.ts";
import { LogReader } from "./log-reader.ts";
import { Died, type Ended, Process, type ProcessWorld, type Seams } from "./process.ts";
import { type Random, random } from "./random.ts";
import { CALM, contentOf, MODEL, PRICE, Server, type Weather } from "./server.ts";
import { Violation } from "./violation.ts";

export interface Simulated {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Of all that happened and all that is on the disk: the same for every run of a seed. */
  readonly digest: string;
  readonly lives: number;
  readonly crashes: number;
  readonly paid: number;
  /** Simulated hours. */
  readonly hours: number;
}

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const PIDS = [101, 102, 103] as const;

/** What a person wrote, and where it must stay. */
interface Edit {
  readonly path: string;
  readonly marker: string;
}

/** A call that a process has had the answer of, for a target that is not done. */
type Answered = Set<string>;

/**
 * Runs the campaign of a seed.
 * @param seams plants a bug.
 * @param tell is given a line for everything that happens.
 */
export async function simulate(
  seed: number,
  seams: Seams = {},
  tell: (line: string) => void = () => undefined,
): Promise<Simulated> {
  const run = new Simulation(seed, seams, tell);
  const violation = await run.run();
  return {
    seed,
    violation,
    digest: run.digest(),
    lives: run.lives,
    crashes: run.crashes,
    paid: run.server.paid.length,
    hours: (run.clock.now - START) / (60 * MINUTE),
  };
}

class Simulation {
  lives = 0;
  crashes = 0;
  readonly clock: Clock;
  readonly server: Server;
  private readonly tell: (line: string) => void;
  private readonly random: Random;
  private readonly disk: Disk;
  private readonly campaign: Campaign;
  private readonly log: LogReader;
  private readonly world: ProcessWorld & { boot: number };
  private readonly events: string[] = [];
  private readonly edits: Edit[] = [];
  private readonly answered = new Map<string, Answered>();
  private accused: Violation | undefined;
  /** The integrations at work. */
  private integrations = new Set<object>();
  private edited = 0;
  private isCalm = false;
  /** Micro-dollars that the campaign may cost, until its operator raises it. */
  private ceiling: number;
  /** Whether the disk has refused something to the process at hand. */
  private troubled = false;

  constructor(seed: number, seams: Seams, tell: (line: string) => void) {
    this.tell = tell;
    this.random = random(seed);
    this.clock = new Clock(START, this.random.fork());
    this.disk = new Disk(this.clock, this.random.fork(), (violation) => this.accuse(violation));
    const chance = this.random.fork();
    const watch: Watch = {
      integrating: () => this.integration(),
      judged: (address, output) => {
        if (madeForAnother(address, output))
          this.accuse(new Violation("own answer", `${address} got what was ${output}`));
      },
      sleep: (ms) => new Promise((resolve) => this.clock.after(ms, resolve)),
      random: () => chance.next(),
    };
    this.campaign = campaign(this.random.fork(), watch);
    this.server = new Server(this.random.fork(), this.campaign.script);
    this.log = new LogReader(this.disk);
    this.ceiling = 50_000 + this.random.int(400_000);
    this.world = {
      clock: this.clock,
      disk: this.disk,
      campaign: this.campaign,
      random: this.random.fork(),
      seams,
      boot: 1,
      alive: new Map(),
      server: this.server,
      ceilings: () => new Map([[CAMPAIGN, { amount: this.ceiling as Micros, atCeiling: "pause", mend: "raise it" }]]),
      prices: { [MODEL]: [{ ...PRICE, cacheWrite: PRICE.input, cacheWriteHour: PRICE.input }] },
      onRequest: (request, generation) => this.requested(request, generation),
      onAnswer: (request, generation, answer) => this.heard(request, generation, answer),
      onEvent: (event) => this.onEvent(event),
    };
    for (const [path, text] of Object.entries(this.campaign.files)) this.disk.write(path, text);
  }

  async run(): Promise<Violation | undefined> {
    try {
      const storms = 2 + this.random.int(5);
      for (let i = 0; i < storms; i++) await this.storm();
      await this.calm();
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error;
      throw error;
    } finally {
      // Nothing of this simulation may go on in the next.
      for (const process of [...this.world.alive.values()]) process.end();
    }
  }

  digest(): string {
    // Temporary files bear numbers that this process counts, and locks bear nothing of interest.
    const files = this.disk.paths().filter((path) => !path.includes("/.codex/") && !path.endsWith(".tmp"));
    return digestOf(JSON.stringify([this.events, files.map((path) => [path, this.disk.read(path.slice(4))])]));
  }

  /** One command, in bad weather. */
  private async storm(): Promise<void> {
    const { random } = this;
    const bad = (most: number): number => (random.chance(0.6) ? random.between(0, most) : 0);
    const weather: Weather = {
      overloaded: bad(0.2),
      lost: bad(0.1),
      stalled: bad(0.05),
      malformed: bad(0.2),
      truncated: bad(0.1),
    };
    this.server.weather = weather;
    this.troubled = false;
    const process: Process = new Process(
      this.world,
      random.pick(PIDS),
      this.trouble(() => process),
    );
    this.lives++;
    if (random.chance(0.5)) this.later(60, () => this.strike(process));
    if (random.chance(0.3)) this.later(90, () => process.drain.abort());
    if (random.chance(0.15)) this.later(90, () => process.abort.abort());
    for (let i = random.int(3); i > 0; i--) this.later(120, () => this.edit());
    if (random.chance(0.4)) this.later(60, () => this.intrude());
    await this.live(process, random.chance(0.25) ? process.approve() : process.build());
    if (random.chance(0.3)) this.edit();
    if (random.chance(0.3)) this.ceiling += 100_000;
    this.clock.now += random.int(30 * MINUTE);
  }

  /** Everything works, and the campaign must come to its end. */
  private async calm(): Promise<void> {
    this.server.weather = CALM;
    this.isCalm = true;
    this.troubled = false;
    let overwriteEdits = false;
    for (let round = 0; round < 30; round++) {
      const ended = await this.peacefully((process) => process.build({ overwriteEdits }));
      if (ended.kind === "refused")
        throw new Violation("converges", `refused: ${ended.fault.where}: ${ended.fault.what}`);
      if (ended.kind === "approved") throw new Error("a build approves nothing");
      const { snapshot, paused } = ended.outcome;
      const statuses = snapshot.ids.map((id) => [id, snapshot.evaluation.status(id)] as const);
      this.checkTogether();
      if (statuses.every(([, status]) => status.kind === "fresh")) return this.atRest();
      if (paused.size > 0) this.ceiling += 200_000;
      if (statuses.some(([, status]) => status.kind === "waiting"))
        await this.peacefully((process) => process.approve());
      else if (statuses.some(([, status]) => status.kind === "blockedByEdit")) {
        // The person lets go of the edits: whatever becomes of them now is as it should be.
        overwriteEdits = true;
        this.edits.length = 0;
      } else if (round > 20) throw new Violation("converges", describe(statuses));
    }
    throw new Violation("converges", "30 builds in good weather do not end it");
  }

  private async atRest(): Promise<void> {
    const { micros } = this.server;
    const before = this.events.length;
    await this.peacefully((process) => process.build());
    if (this.events.slice(before).some((line) => line.includes(" targetStarted ")))
      throw new Violation("at rest", `a second build runs ${this.events.slice(before).join(", ")}`);
    if (this.server.micros !== micros) throw new Violation("at rest", "a second build pays");
  }

  private async peacefully(work: (process: Process) => Promise<Ended>): Promise<Ended> {
    const process = new Process(this.world, PIDS[0], () => undefined);
    const ended = await this.live(process, work(process));
    if (ended === "died") throw new Error("nothing kills a process in good weather");
    return ended;
  }

  /** Lets a process run to its end, whichever it is. */
  private async live(process: Process, work: Promise<Ended>): Promise<Ended | "died"> {
    const settled = await this.clock.until(Promise.race([process.died, work]), () => this.check());
    work.catch(() => undefined);
    const killed = process.dead;
    process.end();
    this.integrations = new Set();
    this.check();
    if (killed) return "died";
    if (settled.status === "fulfilled") return settled.value;
    const { reason } = settled;
    if (!isDiskError(reason)) throw reason;
    // As the command line would: an error of the disk ends the command.
    return { kind: "refused", fault: { what: String(reason), where: "", mend: "", exit: 1 } };
  }

  /** What the disk does to a process, and when the process dies in the middle of a write. */
  private trouble(processOf: () => Process): Interference {
    const { random } = this;
    const crashAt = random.chance(0.6) ? random.int(random.chance(0.5) ? 150 : 1500) : undefined;
    const failing = random.chance(0.2) ? random.between(0, 0.01) : 0;
    const fullFrom = random.chance(0.2) ? random.int(600) : undefined;
    const fullFor = random.int(30);
    let writes = 0;
    return (operation, path) => {
      if (operation === "read") return;
      writes++;
      if (writes === crashAt) this.strike(processOf());
      if (fullFrom !== undefined && writes >= fullFrom && writes < fullFrom + fullFor && NEEDS_ROOM.has(operation))
        throw this.refuse("ENOSPC", path);
      if (failing > 0 && random.chance(failing)) throw this.refuse("EIO", path);
    };
  }

  private refuse(code: "ENOSPC" | "EIO", path: string): Error {
    this.troubled = true;
    this.note(code, path);
    return refusal(code, path);
  }

  /** Kills the process; the power may go with it. */
  private strike(process: Process): void {
    if (process.dead) return;
    this.crashes++;
    // It may have been about to make safe what it had written.
    this.troubled = true;
    this.integrations = new Set();
    const processes = this.random.chance(0.5) ? [process] : [...this.world.alive.values()];
    const power = processes.length > 1 || this.random.chance(0.6);
    for (const each of power ? [...this.world.alive.values()] : [process]) each.end();
    if (power) {
      this.disk.cut();
      this.world.boot++;
      this.log.afterCut();
    }
    this.note(power ? "cut" : "kill", String(process.pid));
    throw new Died();
  }

  /** Somebody types a second command while the first is at work. */
  private intrude(): void {
    const { alive } = this.world;
    const pid = PIDS.find((each) => !alive.has(each));
    if (alive.size === 0 || pid === undefined) return;
    const process = new Process(this.world, pid, () => undefined);
    const work = process.build().finally(() => process.end());
    work.then(
      (ended) => {
        if (ended.kind === "built" && !this.world.seams.noLock)
          this.note("intruder", "built after the first had ended");
      },
      () => undefined,
    );
  }

  /** A person adds a line to something that rules write, or read. */
  private edit(): void {
    const paths = this.disk
      .paths()
      .map((path) => path.slice(this.disk.root.length + 1))
      .filter((path) => /^(?:content|plans)\/.*\.md$/.test(path) || path === "docs/catalog.md");
    if (paths.length === 0 || this.isCalm) return;
    const path = this.random.pick(paths);
    const marker = `Person's line ${++this.edited}.`;
    this.disk.write(path, `${this.disk.read(path)}\n${marker}\n`);
    this.edits.push({ path, marker });
    this.note("edit", path);
  }

  private later(minutes: number, fn: () => void): void {
    this.clock.after(this.random.between(0, minutes * MINUTE), () => {
      try {
        fn();
      } catch (error) {
        if (!(error instanceof Died)) throw error;
      }
    });
  }

  private requested(request: AgentRequest, generation: string): void {
    this.note("request", `${request.address} ${request.attempt}.${request.turn}`);
    if (this.answered.get(request.address)?.has(nameOf(request, generation)))
      this.accuse(
        new Violation(
          "paid once",
          `attempt ${request.attempt}, turn ${request.turn} of ${request.address} was answered and is asked again`,
        ),
      );
    const unsafe = this.unsafeCalls();
    if (unsafe.length > 0) this.accuse(new Violation("journal before request", `${unsafe.join(", ")} is not safe yet`));
  }

  /** What an agent has heard must never have to be bought again. */
  private heard(request: AgentRequest, generation: string, answer: Result<AgentReply, CallFailure>): void {
    if (!answer.ok || answer.value.stop === "max_tokens") return;
    // A journal that the disk refused cannot keep what it was told.
    if (this.troubled) return;
    const known = this.answered.get(request.address) ?? new Set();
    this.answered.set(request.address, known.add(nameOf(request, generation)));
    const unsafe = this.unsafeCalls();
    if (unsafe.length > 0)
      this.accuse(new Violation("paid once", `an answer is used before ${unsafe.join(", ")} is safe`));
  }

  /** What this run has written to its journal and a power cut could take. */
  private unsafeCalls(): string[] {
    if (this.troubled) return [];
    return this.disk.unsynced(".codex/calls").filter((path) => path.endsWith(".open.jsonl"));
  }

  private onEvent(event: Event): void {
    this.note(event.type, "target" in event ? event.target : "");
    // It is done, one way or the other: the next run of the target is new work.
    if (event.type === "targetFinished" || (event.type === "attemptFailed" && event.givenUp))
      this.answered.delete(event.target);
  }

  private integration(): () => void {
    // What a process did not finish before it ended goes on in nobody's memory.
    const { integrations } = this;
    const one = {};
    integrations.add(one);
    if (integrations.size > 1)
      this.accuse(new Violation("single integrator", `${integrations.size} integrations at once`));
    return () => integrations.delete(one);
  }

  /** Everything has come to rest. */
  private check(): void {
    if (this.accused !== undefined) throw this.accused;
    if (this.server.micros > this.ceiling)
      throw new Violation("budget", `${this.server.micros} micro-dollars are paid, and ${this.ceiling} were allowed`);
    for (const { path, marker } of this.edits) {
      if (!(this.disk.read(path) ?? "").includes(marker))
        throw new Violation("person's edits", `“${marker}” is gone from ${path}`);
    }
    this.log.check(this.troubled);
  }

  /** A unit and its catalog entry appear in one commit. */
  private checkTogether(): void {
    const catalog = this.disk.read("docs/catalog.md") ?? "";
    for (const id of this.campaign.units) {
      const made = this.disk.read(`content/${id}.md`) !== undefined;
      if (made !== isListed(catalog, id))
        throw new Violation("all or nothing", `${id} is ${made ? "there" : "missing"}, and its catalog entry is not`);
    }
  }

  private accuse(violation: Violation): void {
    this.accused ??= violation;
  }

  private note(what: string, where: string): void {
    const line = `${new Date(this.clock.now).toISOString().slice(5, 19)} ${what} ${where}`.trimEnd();
    this.events.push(line);
    this.tell(line);
  }
}

const NEEDS_ROOM: ReadonlySet<DiskOperation> = new Set(["write", "mkdir", "open"]);

/** A question, as far as an answer to it may be used again. */
const nameOf = (request: AgentRequest, generation: string): string =>
  `${request.attempt}.${request.turn} ${generation} ${contentOf(request)}`;

const isDiskError = (error: unknown): boolean =>
  error instanceof Died ||
  (error instanceof Error && ["EIO", "ENOSPC"].includes((error as NodeJS.ErrnoException).code ?? ""));

const describe = (statuses: readonly (readonly [string, Status])[]): string =>
  statuses
    .filter(([, status]) => status.kind !== "fresh")
    .map(([id, status]) => `${id} is ${JSON.stringify(status)}`)
    .join("\n");
