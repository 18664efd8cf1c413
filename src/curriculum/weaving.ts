/**
 * What weaving must have reached: every registered connection between units of the book is invoked at both ends with
 * its anchor phrase, and every unit still passes the rubric.
 */

import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Defect } from "../exec/action.ts";
import { bookUnits } from "./book-units.ts";
import { CONNECTIONS_PATH, readConnections } from "./connections.ts";
import type { Production } from "./production.ts";
import { indexWorkspace } from "./rubric/index-of-workspace.ts";
import { validateUnit } from "./rubric/validate-unit.ts";

/** @param after the workspace with the weaver's edits in it. */
export function weavingDefects(after: WorkspaceView, production: Production): readonly Defect[] {
  const registry = after.bytes(CONNECTIONS_PATH);
  const connections = readConnections(registry === undefined ? '{"connections":[]}' : readUtf8(registry));
  if (!connections.ok) return [{ what: connections.error, where: CONNECTIONS_PATH, mend: "mend the registry" }];

  const units = new Map(bookUnits(after, production).map((unit) => [unit.id, unit]));
  const defects: Defect[] = [];
  for (const { id, anchor_phrase: phrase, appears_in_units: ends } of connections.value.entries) {
    if (!ends.every((end) => units.has(end))) continue;
    for (const end of ends) {
      const unit = units.get(end)!;
      if (!unit.text.includes(phrase))
        defects.push({
          what: `${id} is not invoked with “${phrase}”`,
          where: unit.path,
          mend: "use the anchor phrase, letter for letter",
        });
    }
  }
  return [
    ...defects,
    ...rubricDefects(
      after,
      [...units.values()].map(({ path }) => path),
    ),
  ];
}

/** What the rubric finds in some units of a workspace. */
export function rubricDefects(after: WorkspaceView, paths: readonly RepoPath[]): readonly Defect[] {
  const index = indexWorkspace(after);
  return paths.flatMap((path) =>
    validateUnit(after, path, index).findings.flatMap((finding): Defect[] =>
      finding.level === "failed"
        ? [{ what: `${finding.check}: ${finding.what}`, where: `${path}:${finding.line}`, mend: finding.mend }]
        : [],
    ),
  );
}
