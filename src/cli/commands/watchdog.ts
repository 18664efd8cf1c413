/** `codex watchdog`: looks for stuck books and drift, writes its report, and with `--act` does what is safe. */

import type { WatchdogIssue } from "../../campaign/watchdog.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { look, report } from "../look.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { withLock } from "../with-lock.ts";
import { buildCommand } from "./build.ts";

export interface WatchdogFlags {
  readonly act?: boolean;
  readonly format: "text" | "json";
}

export async function watchdogCommand(terminal: Terminal, flags: WatchdogFlags): Promise<number> {
  const workspace = await openWorkspace();
  const issues = look(workspace);
  const done = flags.act ? await act(terminal, workspace, issues) : [];
  const path = report(workspace, issues, done);
  if (flags.format === "json") terminal.out(JSON.stringify({ issues, done }, null, 2));
  else {
    for (const { check, address, what, command } of issues) {
      terminal.out(`${terminal.colours.yellow("!")} ${address}: ${what} (${check})`);
      terminal.out(`    ${command}`);
    }
    for (const line of done) terminal.out(`${terminal.colours.green("✓")} ${line}`);
    terminal.out(
      issues.length === 0
        ? `Nothing is stuck. Written: ${path}`
        : `${plural(issues.length, "issue")}. Written: ${path}`,
    );
  }
  return EXIT.done;
}

/** Carries out what is safe: a dead owner is let go, and weaving that was forgotten is built, within the budgets. */
async function act(terminal: Terminal, workspace: Workspace, issues: readonly WatchdogIssue[]): Promise<string[]> {
  const done: string[] = [];
  const dead = issues.filter(({ action }) => action === "reset owner");
  if (dead.length > 0) {
    await withLock(workspace.host, "codex watchdog", () => {
      const recorder = recorderOf(workspace);
      for (const { address, what } of dead) {
        recorder?.decide({ address, to: "pending", actor: "watchdog", rationale: `owner reset: ${what}` });
        done.push(`${address}: the owner is reset`);
      }
      recorder?.project(campaignView(workspace));
    });
  }
  const weave = issues
    .filter(({ action }) => action === "schedule weaving")
    .map(({ address }) => `${address}/PW_weaving`);
  if (weave.length > 0) {
    const code = await buildCommand(terminal, weave, {});
    done.push(`${weave.join(", ")}: built${code === EXIT.done ? "" : `, with exit code ${code}`}`);
  }
  return done;
}
