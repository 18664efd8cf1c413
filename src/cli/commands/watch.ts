/** `codex watch`: builds when somebody saves. What only Codex wrote does not wake it, and what failed is not tried again until something that it reads changes. */
import type { Digest } from "../../artifact/digest.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { acquireLock } from "../../cache/lock.ts";
import type { Event } from "../../events.ts";
import { resolveGoals } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { Survey } from "../../exec/survey.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Address } from "../../graph/address.ts";
import { type BuildFlags, budgetOf } from "../build-flags.ts";
import { printPlan } from "../dry-run.ts";
import { EXIT } from "../exit.ts";
import { FailedKeys } from "../failed-keys.ts";
import { interrupts } from "../interrupts.ts";
import { manifestsOf } from "../manifests.ts";
import type { Workspace } from "../open.ts";
import { afterwards } from "../outcome.ts";
import { OwnWrites } from "../own-writes.ts";
import { buildOnce, openSession, type Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { printFault } from "../view/fault.ts";
import { plural } from "../view/plain.ts";
import { WatchedFolder } from "../watched-folder.ts";
import { IDLE, step, type WatchInput, type WatchState } from "../watcher.ts";
import { holding } from "../with-lock.ts";

export interface WatchFlags extends Pick<BuildFlags, "jobs" | "json" | "quiet" | "budget"> {
  /** Print what would run; run nothing. */
  readonly dry?: boolean;
}

const BY_DEFAULT = { force: false, refresh: false, overwriteEdits: false };

/** How often a lock is asked for that somebody else holds. */
const LOCK_MS = 500;

export async function watchCommand(terminal: Terminal, typed: readonly string[], flags: WatchFlags): Promise<number> {
  const watch = new Watch(terminal, typed.length === 0 ? ["all"] : typed, flags);
  return watch.run();
}

class Watch {
  private readonly terminal: Terminal;
  private readonly goals: readonly string[];
  private readonly flags: WatchFlags;
  private readonly own = new OwnWrites();
  private readonly failures = new FailedKeys();
  private session: Session | undefined;
  /** How the session's targets stand; undefined before its first build. */
  private survey: Survey | undefined;
  /** What waits for a person, as it was said last. */
  private told: ReadonlySet<string> = new Set();
  /** US dollars, by all builds so far. */
  private spent = 0;
  /** The keys under which targets run, or ran. */
  private readonly keys = new Map<string, Digest>();
  private state: WatchState = IDLE;
  private cancelTick = (): void => {};
  /** Wakes `run` with what was saved; undefined while a build runs. */
  private wake: ((changed: ReadonlySet<string> | undefined) => void) | undefined;

  constructor(terminal: Terminal, goals: readonly string[], flags: WatchFlags) {
    this.terminal = terminal;
    this.goals = goals;
    this.flags = flags;
  }

  async run(): Promise<number> {
    const first = await this.open();
    const { host, config, paying } = first.workspace;
    if (paying !== undefined && !this.flags.dry && this.flags.budget === undefined) {
      throw new FaultError(
        usageFault(
          `every save may buy answers from the provider ${config.agents.provider}`,
          "codex watch",
          "say how much at most: codex watch --budget 5 (US dollars), or only look: codex watch --dry",
        ),
      );
    }
    resolveGoals(layOut(first.workspace.engine.expand), this.goals);
    const signals = interrupts(first.view.terminal, () => this.state.kind !== "building");
    signals.drain.addEventListener("abort", () => this.wake?.(undefined), { once: true });
    const folder = await WatchedFolder.open(
      host,
      this.own,
      (path) => this.take({ kind: "saved", path }),
      (error) => this.terminal.err(`Watching is incomplete: ${error.message}`),
    );
    try {
      this.note(`Watching ${plural(folder.files, "file")}. Ctrl-C ends.`);
      // What changed while nobody watched is built first.
      this.state = { kind: "building", changed: new Set() };
      for (let changed: ReadonlySet<string> | undefined = new Set(); changed !== undefined; ) {
        await this.build(changed, signals);
        if (signals.drain.aborted) return EXIT.interrupted;
        do {
          changed = await this.nextChange();
          if (changed !== undefined) changed = folder.worthBuilding(changed);
        } while (changed?.size === 0);
      }
      return EXIT.done;
    } finally {
      this.cancelTick();
      signals.release();
      await folder.close();
    }
  }

  private nextChange(): Promise<ReadonlySet<string> | undefined> {
    return new Promise((resolve) => {
      this.wake = (changed) => {
        this.wake = undefined;
        resolve(changed);
      };
      this.take({ kind: "ended" });
    });
  }

  /** Takes an input to the state machine, and does what it says. */
  private take(input: WatchInput): void {
    const { state, build, wakeAt } = step(this.state, input, performance.now());
    this.state = state;
    if (build !== undefined) this.wake?.(build);
    if (wakeAt === undefined) return;
    this.cancelTick();
    const timer = setTimeout(() => this.take({ kind: "tick" }), Math.max(0, wakeAt - performance.now()));
    this.cancelTick = () => clearTimeout(timer);
  }

  /** Opens the workspace anew, with what is left of the budget: it is for all builds together. */
  private async open(): Promise<Session> {
    const budget = budgetOf(this.flags);
    const left = budget === undefined ? {} : { budget: String(Math.max(0, budget - this.spent)) };
    this.survey = undefined;
    const flags = { ...this.flags, ...left };
    this.session = await openSession(this.terminal, flags, {
      around: (host) => this.own.around(host),
      emit: (event) => this.follow(event),
    });
    return this.session;
  }

  /** Remembers under which key a target failed, and what was paid. */
  private follow(event: Event): void {
    switch (event.type) {
      case "callSettled":
        if (event.outcome !== "journal") this.spent += event.usage.usd;
        return;
      case "targetStarted":
        if (this.survey !== undefined)
          this.keys.set(event.target, this.survey.snapshot.evaluation.key(event.target as Address).key);
        return;
      case "targetFinished":
        this.failures.finished(event.target as Address);
        return;
      case "targetFailed": {
        const key = this.keys.get(event.target);
        if (key !== undefined) this.failures.failed(event.target as Address, key, event.fault);
        return;
      }
      default:
        return;
    }
  }

  /** Builds for what was saved. What is wrong with the workspace is said, and may be mended by the next save. */
  private async build(changed: ReadonlySet<string>, signals: ReturnType<typeof interrupts>): Promise<void> {
    try {
      const session = await this.refreshed(changed);
      if (changed.size > 0) this.note(`Saved: ${listed([...changed])}`);
      if (this.flags.dry) {
        printPlan(this.terminal, session.workspace.engine, this.goals, this.flags);
        return;
      }
      await this.buildLocked(session, signals);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      printFault(this.terminal, error.fault);
      // What was read before it went wrong is not to be relied on.
      this.session = undefined;
      this.survey = undefined;
    }
  }

  /** A session that has seen what was saved. */
  private async refreshed(changed: ReadonlySet<string>): Promise<Session> {
    const { session } = this;
    // What pays is for one build.
    if (session === undefined || session.workspace.paying !== undefined) return this.open();
    if ([...changed].some((path) => isDeep(path, session.workspace))) return this.open();
    const { world } = session.workspace.engine;
    for (const path of changed) world.changed(path as RepoPath);
    return session;
  }

  private async buildLocked(opened: Session, signals: ReturnType<typeof interrupts>): Promise<void> {
    let session = opened;
    let lock = acquireLock(session.workspace.host, "codex watch");
    if (!lock.ok) {
      this.note(`${lock.error.what}; watch waits for it`);
      while (!lock.ok) {
        await new Promise<void>((resolve) => session.workspace.host.after(LOCK_MS, resolve));
        if (signals.drain.aborted) return;
        lock = acquireLock(session.workspace.host, "codex watch");
      }
      // Whoever held it may have written anything.
      session = await this.open();
    }
    await holding(session.workspace.host, lock.value, async () => {
      const { snapshot, survey } = await buildOnce(session, this.goals, this.flags, signals, () =>
        this.surveyOf(session),
      );
      const told = new Set(afterwards(snapshot));
      // What was so before the save need not be said at each.
      if (!this.flags.json) for (const line of told) if (!this.told.has(line)) this.terminal.out(line);
      this.told = told;
      // What need not wait for the next save is done before it comes.
      survey.rest();
    });
  }

  /** How things stand since what was saved, with the failures that would only be repeated, and no others. */
  private surveyOf({ workspace }: Session): Survey {
    const { engine } = workspace;
    const { failures } = engine.world;
    if (this.survey === undefined) this.survey = new Survey(engine, this.goals, BY_DEFAULT);
    else this.survey.resume();
    const { survey } = this;
    const { graph, evaluation } = survey.snapshot;
    const standing = this.failures.standing((id) => (graph.targets.has(id) ? evaluation.key(id).key : undefined));
    const over = [...failures.keys()].filter((id) => !standing.has(id) && !survey.unread.has(id));
    for (const id of over) failures.delete(id);
    for (const [id, fault] of standing) failures.set(id, fault);
    if (over.length > 0 || standing.size > 0) survey.update([...over, ...standing.keys()]);
    return survey;
  }

  private note(text: string): void {
    if (!this.flags.json && !this.flags.quiet) this.terminal.out(text);
  }
}

/** Whether a file is of those from which a workspace is opened: its configuration, or what other commands write. */
function isDeep(path: string, workspace: Workspace): boolean {
  return /\.[cm]?[jt]s$/.test(path) || path.startsWith(`${manifestsOf(workspace)}/`);
}

/** A few names, and how many more. */
const listed = (names: readonly string[]): string =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
