/** `codex converge`: how far the campaign is from a release, criterion by criterion. Reads only. */
import { type Criterion, convergence, RELEASES, type Release } from "../../campaign/converge.ts";
import { describeFailure } from "../../curriculum/continuity-report.ts";
import { EXIT } from "../exit.ts";
import { factsOf } from "../facts.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { assessCurriculum } from "./continuity.ts";

export interface ConvergeFlags {
  readonly release?: Release;
  readonly format: "text" | "json";
}

const SHOWN = 5;

export async function convergeCommand(terminal: Terminal, flags: ConvergeFlags): Promise<number> {
  const workspace = await openWorkspace();
  const facts = factsOf(workspace);
  const { assessment } = assessCurriculum(workspace);
  const shortfalls = assessment.failures.map(describeFailure);
  const releases = (flags.release === undefined ? RELEASES : [flags.release]).map((release) => ({
    release,
    criteria: convergence(facts, shortfalls, release),
  }));
  if (flags.format === "json") terminal.out(JSON.stringify(releases, null, 2));
  else
    for (const { release, criteria } of releases) {
      const open = criteria.filter(({ met }) => !met).length;
      terminal.out(
        terminal.colours.bold(
          `${release}: ${open === 0 ? "converged" : `${criteria.length - open} of ${criteria.length} criteria met`}`,
        ),
      );
      for (const criterion of criteria) for (const line of linesOf(criterion, terminal)) terminal.out(line);
    }
  return releases.every(({ criteria }) => criteria.every(({ met }) => met)) ? EXIT.done : EXIT.stale;
}

function linesOf({ what, have, need, met, missing }: Criterion, { colours }: Terminal): string[] {
  if (met) return [`  ${colours.green("✓")} ${what} (${have} of ${need})`];
  const more = missing.length > SHOWN ? [`      and ${missing.length - SHOWN} more`] : [];
  const none = need === 0 ? ": there are none" : "";
  return [
    `  ${colours.yellow("·")} ${what} (${have} of ${need})${none}`,
    ...missing.slice(0, SHOWN).map((name) => `      ${name}`),
    ...more,
  ];
}
