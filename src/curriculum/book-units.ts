/** The units that a book's plan makes or builds on, as files of a workspace. */
import { parsePath } from "../artifact/path.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Production } from "./production.ts";

export interface BookUnit {
  readonly id: string;
  readonly path: RepoPath;
  readonly text: string;
}

/** New units first, then related ones; a unit whose file is not there is left out. */
export function bookUnits(view: WorkspaceView, production: Production): BookUnit[] {
  const made = production.units.flatMap((unit) => {
    const path = parsePath(unit.path);
    return path.ok ? [{ id: unit.id, path: path.value }] : [];
  });
  const related = production.related.flatMap((id) =>
    view.list([`content/**/${id}-*.md`]).map((path) => ({ id, path })),
  );
  return [...made, ...related].flatMap(({ id, path }) => {
    const bytes = view.bytes(path);
    return bytes === undefined ? [] : [{ id, path, text: readUtf8(bytes) }];
  });
}
