/** This repository's own campaign, before the pilot, as a view: five real units, their shared files, and the recordings. */
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { Files } from "../../src/artifact/files.ts";
import { overlay } from "../../src/artifact/overlay.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import type { ProducedUnit, Production } from "../../src/curriculum/production.ts";
import { readProduction } from "../../src/curriculum/production.ts";
import type { Host } from "../../src/host.ts";
import { pilot } from "../scenarios/harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const host: Host = { fs, root: pilot().root, env: {}, now: () => 0, random: () => 0.5, after: () => () => undefined };

export const repository: WorkspaceView = new Files(host);

const RECORDINGS = "recordings/lawson-michelsohn-spin-geometry";

/** A text of the pilot's recordings. */
export const recorded = (path: string): string => fs.readFileSync(`${ROOT}/${RECORDINGS}/${path}`, "utf8");

/** A file of this repository. */
export const textAt = (view: WorkspaceView, path: string): string =>
  new TextDecoder().decode(view.bytes(path as RepoPath));

/** What the pilot's plan has made. */
export const pilotPlan: Production = readProduction(
  recorded("P3_plan.md"),
  "plans/fasttrack/lawson-michelsohn-spin-geometry.md",
);

export const planned = (id: string): ProducedUnit => pilotPlan.units.find((unit) => unit.id === id)!;

/** A view with some files replaced, by path; undefined takes one away. */
export const withFiles = (view: WorkspaceView, files: Readonly<Record<string, string | undefined>>): WorkspaceView =>
  overlay(
    view,
    new Map(
      Object.entries(files).map(([path, text]) => [
        path as RepoPath,
        text === undefined ? undefined : new TextEncoder().encode(text),
      ]),
    ),
  );

/** A view with one text replaced in one file, where it occurs exactly once. */
export function edited(view: WorkspaceView, path: string, find: string, replace: string): WorkspaceView {
  const text = textAt(view, path);
  if (text.split(find).length !== 2) throw new Error(`“${find}” does not occur exactly once in ${path}`);
  return withFiles(view, { [path]: text.replace(find, () => replace) });
}
