/** `codex adopt`: work that is there already counts as built. It runs nothing and pays nothing. */
import picomatch from "picomatch";
import type { Digest } from "../../artifact/digest.ts";
import { parseRef } from "../../artifact/ref.ts";
import { type Adoption, adopt } from "../../exec/adopt.ts";
import { resolveGoals } from "../../exec/build.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { type Engine, layOut } from "../../exec/engine.ts";
import { bytesOf } from "../../exec/merge-accepted.ts";
import { type Address, memberOf } from "../../graph/address.ts";
import type { Trace } from "../../graph/trace.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";
import { writeFiles } from "../write-files.ts";
import { reasonGiven } from "./accept.ts";

export interface AdoptFlags {
  readonly why?: string;
  readonly dryRun?: boolean;
  readonly without?: readonly string[];
  readonly despiteChecks?: boolean;
}

/** As many targets are listed one by one; further ones are counted. */
const LISTED = 100;

export async function adoptCommand(terminal: Terminal, typed: readonly string[], flags: AdoptFlags): Promise<number> {
  const why = flags.dryRun ? (flags.why ?? "") : reasonGiven(flags.why ?? "");
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  const goals = typed.length === 0 ? ["all"] : typed;
  // An address that means nothing is said before anything is written, the lock included.
  resolveGoals(layOut(engine.expand), goals);
  return withLock(host, flags.dryRun ? undefined : "codex adopt", () => {
    if (!flags.dryRun) for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = flags.dryRun ? undefined : recorderOf(workspace);
    const layout = layOut(engine.expand);
    const by = `person:${whoIsThere(host.root)}`;
    const isWithout = flags.without === undefined ? () => false : picomatch([...flags.without]);
    const adoption = adopt(engine, layout, resolveGoals(layout, goals).goals, {
      by,
      at: new Date(host.now()).toISOString(),
      why,
      again: typed.length > 0,
      checked: flags.despiteChecks !== true,
      without: (path) => isWithout(path),
    });
    report(terminal, adoption, flags.dryRun === true);
    if (flags.dryRun || adoption.adopted.size === 0) return EXIT.done;
    write(engine, adoption);
    for (const address of adoption.adopted.keys())
      recorder?.decide({ address, to: "completed (adopted)", actor: by, rationale: why });
    recorder?.project(campaignView(workspace));
    engine.stats.save();
    return EXIT.done;
  });
}

function report(terminal: Terminal, { adopted, doubts, refused, fresh }: Adoption, dry: boolean): void {
  const { colours } = terminal;
  const list = (lines: readonly string[]): void => {
    for (const line of lines.slice(0, LISTED)) terminal.out(line);
    if (lines.length > LISTED) terminal.out(`  and ${lines.length - LISTED} more`);
  };
  const despite = (count: number | undefined): string =>
    count === undefined ? "" : `, in spite of ${plural(count, "defect")} that its check finds`;
  list(
    [...adopted.keys()].map(
      (id) => `${colours.green("✓")} ${id} ${dry ? "would be adopted" : "adopted"}${despite(doubts.get(id))}`,
    ),
  );
  // Of most books of a campaign nothing is there yet: that is no news.
  const begun = new Set(
    [
      ...adopted.keys(),
      ...[...refused].flatMap(([id, { isMissing, becauseOfOthers }]) => (isMissing || becauseOfOthers ? [] : [id])),
    ].map(memberOf),
  );
  const absent = new Set([...refused.keys()].map(memberOf).filter((member) => !begun.has(member)));
  const roots = [...refused].filter(([id, { becauseOfOthers }]) => !becauseOfOthers && !absent.has(memberOf(id)));
  // Many passes of a book may wait for one text that cannot be read: it is told once.
  const byReason = new Map<string, string[]>();
  for (const [id, { why }] of roots) {
    const key = `${memberOf(id)} ${why}`;
    byReason.set(key, [...(byReason.get(key) ?? []), id]);
  }
  list(
    [...byReason.values()].map((ids) => {
      const alike = ids.length > 1 ? ` (and ${ids.length - 1} more for the same reason)` : "";
      return `${colours.yellow("!")} ${ids[0]} not adopted: ${refused.get(ids[0] as Address)!.why}${alike}`;
    }),
  );
  const others = [...refused].filter(([id, { becauseOfOthers }]) => becauseOfOthers && !absent.has(memberOf(id)));
  if (others[0] !== undefined) {
    const more = others.length > 1 ? ` (and ${others.length - 1} more for such reasons)` : "";
    terminal.out(`${colours.yellow("!")} ${others[0][0]} not adopted: ${others[0][1].why}${more}`);
  }
  if (absent.size > 0) {
    const names = [...absent];
    const listed = `${names.slice(0, 3).join(", ")}${names.length > 3 ? `, and ${names.length - 3} more` : ""}`;
    terminal.out(`Nothing is there of ${listed}.`);
  }
  terminal.out(
    `${plural(adopted.size, "target")} ${dry ? "would be " : ""}adopted, ${refused.size} not, ${fresh} fresh already. Nothing was run${dry ? " or written" : ""}.`,
  );
}

/** All traces in one commit; the texts go to the store, so that they can be restored and merged like any others. */
function write(engine: Engine, { adopted }: Adoption): void {
  const { traces } = engine;
  for (const [, trace] of adopted) engine.actions.add(trace.key, { trace, blobs: blobsOf(engine, trace), files: {} });
  const paths = new Set([...adopted.keys()].map((id) => traces.fileOf(id)));
  writeFiles(
    engine,
    [...paths].map((path) => [path, traces.render(path)]),
  );
}

function blobsOf({ store, files }: Engine, trace: Trace): Record<string, Digest> {
  return Object.fromEntries(
    Object.keys(trace.outputs).flatMap((name) => {
      const ref = parseRef(name);
      const bytes = ref.ok ? bytesOf(files, ref.value) : undefined;
      return bytes === undefined ? [] : [[name, store.put(bytes)] as const];
    }),
  );
}
