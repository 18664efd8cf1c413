/** `codex pilot report`: whether a book's run met the criteria by which the protocol goes on. Reads only. */
import { pilotCriteria } from "../../campaign/pilot.ts";
import { bookScope } from "../../campaign/spending.ts";
import { describeFailure } from "../../curriculum/continuity-report.ts";
import { resolveGoals } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { memberOf } from "../../graph/address.ts";
import { budgetsOf, moneyIn } from "../budgets.ts";
import { EXIT } from "../exit.ts";
import { factsOf, scoredUnits, shippedUnits } from "../facts.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { validateWorkspace } from "../validation.ts";
import { assessCurriculum } from "./continuity.ts";

export interface PilotFlags {
  readonly format: "text" | "json";
}

/** @param typed the book's address; a unique prefix of its slug will do */
export async function pilotReportCommand(terminal: Terminal, typed: string, flags: PilotFlags): Promise<number> {
  const workspace = await openWorkspace();
  const { engine } = workspace;
  const { goals } = resolveGoals(layOut(engine.expand), [typed]);
  const slugs = new Set(goals.map(memberOf));
  const book = factsOf(workspace).books.find(({ slug }) => slugs.has(bookScope(slug)));
  if (slugs.size !== 1 || book === undefined)
    throw new FaultError(usageFault(`${typed} is not one book`, typed, "name a book, e.g. book/lawson-michelsohn"));

  const produced = shippedUnits(workspace).filter((unit) => unit.book === book.slug);
  const paths = new Set(produced.map(({ path }) => path));
  const { verdicts } = validateWorkspace(workspace, false);
  const scope = bookScope(book.slug);
  const scores = scoredUnits(workspace)
    .filter(({ path }) => paths.has(path))
    .flatMap(({ scores: each }) => Object.values(each.scores).filter((score) => score !== null));
  const criteria = pilotCriteria({
    book,
    runs: goals.flatMap((id) => {
      const run = engine.world.trace(id)?.run;
      return run === undefined ? [] : [{ endMs: Date.parse(run.at), seconds: run.seconds }];
    }),
    units: verdicts
      .filter(({ path }) => paths.has(path))
      .map(({ path, passed, total }) => ({ id: produced.find((unit) => unit.path === path)!.id, passed, total })),
    shortfalls:
      produced.length === 0 ? [] : assessCurriculum(workspace, [...paths]).assessment.failures.map(describeFailure),
    ...moneyIn(budgetsOf(workspace), scope),
    quality: scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length,
  });
  const met = criteria.every((criterion) => criterion.met);
  if (flags.format === "json") terminal.out(JSON.stringify({ book: book.slug, met, criteria }, null, 2));
  else {
    const { colours } = terminal;
    terminal.out(colours.bold(`Pilot ${scope}: ${met ? "succeeded" : "has not succeeded"}`));
    for (const { what, met: one, found } of criteria)
      terminal.out(`  ${one ? colours.green("✓") : colours.yellow("·")} ${what}: ${found}`);
    terminal.out(met ? "The protocol goes on to the next book." : "Mend what is open, then run the pilot again.");
  }
  return met ? EXIT.done : EXIT.stale;
}
