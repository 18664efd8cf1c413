/**
 * Hard stops (protocol §7): when agents stall or fail one after the other, something is wrong that more of the same
 * will not mend, and every further try costs money. Then no agent is started any more, and a person looks. The next
 * build starts to count anew: that somebody builds again is the decision to go on.
 */
import type { Emit, Event } from "../events.ts";
import type { Fault } from "../fault.ts";

export interface HardStopLimits {
  /** As many stalled sessions of one pass among its last `batch` stop the build. */
  readonly stalls: number;
  /** Sessions of a pass that are looked at together: a batch of agents. */
  readonly batch: number;
  /** As many targets of one pass that give up, one after the other, stop the build. */
  readonly failures: number;
}

/** Protocol §7; a batch has 4 to 8 agents (protocol §7, seed §5.2). */
export const DEFAULT_HARD_STOPS: HardStopLimits = { stalls: 3, batch: 8, failures: 3 };

/**
 * A third hard stop (protocol §7) is judged where continuity is measured: an integration after which the
 * units that were there before are below a threshold, and lower than before by more than this share, is the last one until
 * a person has looked.
 */
export const CONTINUITY_FALL = 0.02;

/** What is remembered of a pass. */
interface Standing {
  /** Of the last sessions, whether each stalled. */
  readonly sessions: boolean[];
  failures: number;
}

/** The pass of an address, as a person would name it. */
const passOf = (address: string): string => address.split("/")[2] ?? address;

/** The exit code of what waits for a person, as `src/cli/exit.ts` has it. */
const WAITING = 4;

export class HardStops {
  private readonly limits: HardStopLimits;
  private readonly now: () => number;
  private readonly emit: Emit;
  private readonly passes = new Map<string, Standing>();
  /** Targets whose session at hand has stalled. */
  private readonly stalled = new Set<string>();
  /** Targets that agents work on: a command or a function of yours that fails costs nothing. */
  private readonly agents = new Set<string>();
  private fault: Fault | undefined;

  constructor(limits: HardStopLimits, now: () => number, emit: Emit) {
    this.limits = limits;
    this.now = now;
    this.emit = emit;
  }

  /** Why no agent is to be started; undefined where nothing speaks against it. */
  held(): Fault | undefined {
    return this.fault;
  }

  /** Takes in what happens in a build. */
  note(event: Event): void {
    switch (event.type) {
      case "buildStarted":
        // In one process too, whoever builds again has decided to.
        this.passes.clear();
        this.stalled.clear();
        this.agents.clear();
        this.fault = undefined;
        return;
      case "targetStarted":
        if (event.executor === "agent") this.agents.add(event.target);
        return;
      case "callRetried":
      case "callSettled":
        if (event.error === "stalled") this.stalled.add(event.target);
        return;
      case "attemptFailed":
        if (event.timedOut) this.stalled.add(event.target);
        this.session(event.target);
        return;
      case "targetFinished":
        this.session(event.target);
        if (this.agents.has(event.target)) this.recordOf(event.target).failures = 0;
        return;
      case "targetFailed":
        this.failed(event.target);
        return;
      default:
        return;
    }
  }

  private session(target: string): void {
    if (!this.agents.has(target)) return;
    const { sessions } = this.recordOf(target);
    sessions.push(this.stalled.delete(target));
    if (sessions.length > this.limits.batch) sessions.shift();
    const stalls = sessions.filter(Boolean).length;
    if (stalls >= this.limits.stalls)
      this.stop(target, `${stalls} of the last ${sessions.length} agents of ${passOf(target)} stalled`);
  }

  private failed(target: string): void {
    if (!this.agents.has(target)) return;
    const record = this.recordOf(target);
    record.failures++;
    if (record.failures >= this.limits.failures)
      this.stop(target, `${record.failures} targets of ${passOf(target)} failed one after the other`);
  }

  private stop(target: string, what: string): void {
    if (this.fault !== undefined) return;
    this.fault = {
      what: `${what}: no agent is started any more`,
      where: target,
      mend: `look at what they have in common (codex why ${target}), then build again; hardStops in codex.config.ts sets the limits`,
      exit: WAITING,
    };
    this.emit({ type: "paused", at: this.now(), fault: this.fault });
  }

  private recordOf(target: string): Standing {
    const pass = passOf(target);
    const record = this.passes.get(pass) ?? { sessions: [], failures: 0 };
    this.passes.set(pass, record);
    return record;
  }
}
