/** A build as lines: one when a target starts to matter, one when it is done, and a summary. It can be copied and scrolled. */
import type { BuildSummary, Event } from "../../events.ts";
import { unreachable } from "../../result.ts";
import type { Terminal } from "../terminal.ts";

export const usd = (amount: number): string => `$${amount.toFixed(2)}`;

/** Seconds as a person says them: 0.4 s, 12 s, 3 min 20 s, 2 h 05 min. */
export function duration(seconds: number): string {
  // Rounded before it is taken apart: 119.6 s are two minutes, not one minute and sixty seconds.
  const tenths = Math.round(seconds * 10);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export interface LineOptions {
  /** Failures and the summary only. */
  readonly quiet: boolean;
  /** What runs is shown elsewhere, as long as it runs: only what remains is said. */
  readonly live?: boolean;
}

/** Prints events as they come. */
export function plainView(terminal: Terminal, options: LineOptions): (event: Event) => void {
  const { colours } = terminal;
  const say = (line: string): void => {
    if (!options.quiet) terminal.out(line);
  };
  let replaying = false;
  return (event) => {
    switch (event.type) {
      case "buildStarted":
        replaying = event.provider === "replay";
        return;
      case "targetStarted":
        if (replaying && event.executor === "agent") {
          say(
            colours.yellow(
              "Replay: agents' answers come from hand-written recordings. No model is called and nothing is paid.",
            ),
          );
          replaying = false;
        }
        if (options.live) return;
        say(
          `${colours.dim("→")} ${event.target} ${colours.dim(`(${event.reasons.slice(0, 2).join("; ")}${event.reasons.length > 2 ? `; ${event.reasons.length - 2} more` : ""})`)}`,
        );
        return;
      case "attemptFailed":
        say(
          `${colours.yellow("!")} ${event.target} attempt ${event.attempt} failed: ${plural(event.defects.length, "defect")}; next: ${event.next}`,
        );
        for (const defect of event.defects.slice(0, 5)) say(`    ${defect}`);
        if (event.defects.length > 5) say(`    and ${event.defects.length - 5} more`);
        return;
      case "agentInvoked":
      case "callDispatched":
      case "callSettled":
      case "callProgress":
        return;
      case "callRetried":
        if (options.live) return;
        say(
          `${colours.yellow("!")} ${event.target} turn ${event.turn}: ${event.error}; asked again in ${duration(event.inMs / 1000)}`,
        );
        return;
      case "budgetAlert":
        say(
          colours.yellow(
            `Budget of ${event.scope}: ${usd(event.spentUsd)} of ${usd(event.ceilingUsd)} ${event.reached ? "is spent: nothing more is bought there" : "spent"}`,
          ),
        );
        return;
      case "paused":
        terminal.err(colours.yellow(`Paused: ${event.fault.what}`));
        terminal.err(`    ${event.fault.mend}`);
        return;
      case "targetFinished": {
        const from = event.shared ? "the shared cache" : "the store";
        const how =
          event.how === "restored" ? `restored from ${from}` : event.changed ? "done" : "done, output unchanged";
        say(
          `${colours.green("✓")} ${event.target} ${how} ${colours.dim(`${duration(event.seconds)}${event.usd > 0 ? `, ${usd(event.usd)}` : ""}${event.attempts > 1 ? `, ${event.attempts} attempts` : ""}`)}`,
        );
        return;
      }
      case "targetFailed":
        terminal.err(`${colours.red("✗")} ${event.target} failed: ${event.fault.what}`);
        if (event.fault.where && event.fault.where !== event.target) terminal.err(`    at ${event.fault.where}`);
        terminal.err(`    ${event.fault.mend}`);
        return;
      case "notice":
        say(`${colours.dim("·")} ${event.text}`);
        return;
      case "buildFinished":
        for (const line of summaryLines(event.summary)) terminal.out(line);
        return;
      default:
        unreachable(event);
    }
  };
}

/** How a build ended: targets, time, cost. */
export function summaryLines(summary: BuildSummary): string[] {
  const { ran, restored, fresh, failed, waiting, blocked, shared } = summary;
  const from = shared === undefined ? "" : ` (${shared} from the shared cache)`;
  if (ran + restored + failed + waiting + blocked === 0)
    return [
      `Nothing to do: ${plural(fresh, "target is fresh", "targets are fresh")}. ${duration(summary.seconds)}, ${usd(summary.usd)}`,
    ];
  const parts = [
    `${ran} ran`,
    ...(restored > 0 ? [`${restored} restored${from}`] : []),
    `${fresh} already fresh`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} waiting for a person`] : []),
    ...(blocked > 0 ? [`${blocked} not reached`] : []),
  ];
  return [`Targets: ${parts.join(", ")}. Time: ${duration(summary.seconds)}. Cost: ${usd(summary.usd)}`];
}
