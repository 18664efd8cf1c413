/**
 * Compares the curriculum before and after each integration, and holds further ones where it got worse. What it was before
 * is kept on disk while an integration runs: a process that is killed in the middle is made up for by the next build.
 */
import { keep, readKept } from "../cache/kept.ts";
import {
  type Before,
  describeRegression,
  type Figures,
  type Hold,
  holdOf,
  isMended,
  regression,
  standingOf,
} from "../campaign/integration-hold.ts";
import type { Recorder } from "../campaign/recorder.ts";
import { assess } from "../curriculum/continuity-report.ts";
import type { Event } from "../events.ts";
import { continuityPolicy, measureWorkspace } from "./continuity.ts";
import { integrationHeld, keepHold, liftHold, openHold } from "./integration-hold.ts";
import type { Workspace } from "./open.ts";
import { validateWorkspace } from "./validation.ts";

const KEPT = "integration.json";

/** An integration that has begun, and how things stood before it. */
interface Begun {
  readonly target: string;
  readonly before: Before;
}

export class IntegrationGuard {
  private readonly workspace: Workspace;
  private readonly recorder: Recorder;
  private readonly share: number | false;
  private begun: Begun | undefined;

  constructor(workspace: Workspace, recorder: Recorder) {
    this.workspace = workspace;
    this.recorder = recorder;
    this.share = workspace.config.hardStops.continuity;
  }

  /** Before a build: takes up what a killed one left, lifts a hold whose cause is mended, and says of one that stands. */
  begin(): void {
    if (this.share === false) return;
    const left = readKept(this.workspace.host, KEPT) as Begun | null | undefined;
    if (left) this.compare(left, this.share);
    this.liftIfMended(this.share);
    this.tell();
  }

  /** Takes in what happens to a target that writes shared files. */
  heard(event: Event): void {
    if (this.share === false) return;
    switch (event.type) {
      case "targetStarted": {
        const now = this.figures();
        if (now === undefined) return;
        this.begun = { target: event.target, before: standingOf(now) };
        keep(this.workspace.host, KEPT, this.begun);
        return;
      }
      case "targetFinished":
        if (this.begun?.target !== event.target) return;
        this.compare(this.begun, this.share);
        this.tell();
        return;
      case "targetFailed":
        if (this.begun?.target === event.target) this.forget();
        return;
      default:
        return;
    }
  }

  /** Something else was written: that may have been what mends a hold, as weaving does. */
  written(): void {
    if (this.share !== false) this.liftIfMended(this.share);
  }

  private compare({ target, before }: Begun, share: number): void {
    const { host } = this.workspace;
    const now = this.figures();
    const worse = now && regression(before, now, this.thresholds(), share);
    if (now !== undefined && worse !== undefined) {
      keepHold(this.workspace, holdOf(target, host.now(), worse, before, now));
      const rationale = describeRegression(worse, this.thresholds());
      this.recorder.held({ address: target, from: "open", to: "held", actor: "engine", rationale });
    }
    this.forget();
  }

  private liftIfMended(share: number): void {
    const hold = openHold(this.workspace);
    if (!hold.ok || hold.value === undefined) return;
    const now = this.figures();
    if (now !== undefined && isMended(hold.value, now, this.thresholds(), share)) this.lift(hold.value);
  }

  private lift(hold: Hold): void {
    const { engine, host } = this.workspace;
    liftHold(this.workspace);
    const rationale = `what it made worse is mended: ${describeRegression(hold, this.thresholds())}`;
    this.recorder.held({ address: hold.after, from: "held", to: "open", actor: "engine", rationale });
    engine.emit({
      type: "notice",
      at: host.now(),
      text: `Continuity is again what it was before ${hold.after}: integration goes on.`,
    });
  }

  private tell(): void {
    const fault = integrationHeld(this.workspace);
    if (fault !== undefined) this.workspace.engine.emit({ type: "paused", at: this.workspace.host.now(), fault });
  }

  private forget(): void {
    this.begun = undefined;
    // An empty value and no file less: removing one would have to be made durable, too.
    keep(this.workspace.host, KEPT, null);
  }

  private thresholds() {
    return continuityPolicy(this.workspace).thresholds;
  }

  /** Undefined where nothing can be measured: a registry that cannot be read is told by whoever needs it. */
  private figures(): Figures | undefined {
    const measured = measureWorkspace(this.workspace, true);
    if (!measured.ok) return undefined;
    const { judged } = assess(measured.value.units, [], continuityPolicy(this.workspace));
    const { verdicts } = validateWorkspace(this.workspace, true);
    const paths = (fails: boolean): string[] =>
      verdicts.filter(({ failed }) => failed.length > 0 === fails).map(({ path }) => path);
    return { judged, passing: paths(false), failing: paths(true) };
  }
}
