/** `codex status`: books × passes at a glance. Reads only. */
import { type BookTarget, bookState } from "../../campaign/states.ts";
import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { stateName } from "../../graph/describe.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

export type StatusFormat = "text" | "json";

/** One letter a state, for the table. */
const SIGNS: Readonly<Record<Status["kind"], string>> = {
  fresh: "✓",
  stale: "•",
  pending: "·",
  waiting: "?",
  blockedByEdit: "!",
  blocked: "-",
  failed: "✗",
  unknown: " ",
};
const LEGEND = "✓ fresh  • stale  · pending  ? waits for a person  ! blocked by an edit  - blocked  ✗ failed";
/** From worst to best: a pass with several targets shows the worst of them. */
const WORST: readonly Status["kind"][] = [
  "failed",
  "blockedByEdit",
  "waiting",
  "blocked",
  "stale",
  "pending",
  "unknown",
  "fresh",
];

export async function statusCommand(
  terminal: Terminal,
  { format }: { readonly format: StatusFormat },
): Promise<number> {
  const { engine, config } = await openWorkspace();
  const snapshot = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
  const trusting = snapshotOf(snapshot, engine, ["all"], { ...DEFAULT_POLICY, trustReads: "all" });
  const owners = new Map<string, BookTarget[]>();
  for (const id of snapshot.ids) {
    const owner = id.split("/").slice(0, 2).join("/");
    const target: BookTarget = {
      id,
      rule: snapshot.graph.targets.get(id)!.rule,
      status: snapshot.evaluation.status(id),
      trace: engine.world.trace(id),
    };
    owners.set(owner, [...(owners.get(owner) ?? []), target]);
  }
  // Rules of one pass (P4_brief, P4_production) share its column.
  const passes = [...new Set(config.rules.map((rule) => passOf(rule.name)))];
  const rows = [...owners].map(([address, targets]) => ({
    address,
    state:
      config.campaign === undefined
        ? undefined
        : bookState(targets.map((target) => ({ ...target, status: trusting.evaluation.status(target.id) }))),
    edited: targets.some((target) => target.status.kind === "fresh" && target.status.edited.length > 0),
    passes: passes.map((pass) => worst(targets.filter((target) => passOf(target.rule) === pass))),
    targets,
  }));
  if (format === "json") {
    const json = rows.map((row) => ({
      address: row.address,
      state: row.state,
      targets: row.targets.map((target) => ({ id: target.id, state: stateName(target.status) })),
    }));
    terminal.out(JSON.stringify({ version: 1, rows: json }, null, 2));
    return EXIT.done;
  }
  // Untouched books say nothing one by one.
  const begun = rows.filter((row) =>
    row.targets.some((target) => target.trace !== undefined || target.status.kind === "blockedByEdit"),
  );
  const width = Math.max(0, ...begun.map((row) => row.address.length));
  if (begun.length > 0) {
    const cell = (text: string, index: number): string => text.padEnd(passes[index]!.length + 2);
    terminal.out(`${" ".repeat(width)}  ${passes.map(cell).join("")}`.trimEnd());
    for (const row of begun) {
      const cells = row.passes.map((kind, index) => cell(kind === undefined ? "" : SIGNS[kind], index)).join("");
      terminal.out(
        `${row.address.padEnd(width)}  ${cells}${row.state ?? ""}${row.edited ? " (edited by a person)" : ""}`.trimEnd(),
      );
    }
    terminal.out(terminal.colours.dim(LEGEND));
  }
  const counts = WORST.map(
    (kind) => [kind, snapshot.ids.filter((id) => snapshot.evaluation.status(id).kind === kind).length] as const,
  ).filter(([, count]) => count > 0);
  const kinds = [...new Set(rows.map((row) => row.address.split("/")[0]!))].map((kind) =>
    plural(rows.filter((row) => row.address.startsWith(`${kind}/`)).length, kind),
  );
  terminal.out(
    `${kinds.join(", ")}, ${rows.length - begun.length} untouched. Targets: ${counts.map(([kind, count]) => `${count} ${kind === "blockedByEdit" ? "blocked by an edit" : kind}`).join(", ")}.`,
  );
  return EXIT.done;
}

const passOf = (rule: string): string => rule.replace(/\.gate$/, "").replace(/_.*/, "");

function worst(targets: readonly BookTarget[]): Status["kind"] | undefined {
  return WORST.find((kind) => targets.some((target) => target.status.kind === kind));
}
