/** The campaign's real units and the verdicts that they must get, where they lie beside the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RepoPath, WorkspaceView } from "../../../src/artifact/workspace.ts";

const SHARED = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** Undefined where the corpus is at hand, else the message with which its tests are skipped. */
export const WITHOUT_CORPUS: string | undefined = existsSync(`${SHARED}corpus`)
  ? undefined
  : "skipped: there is no folder `shared` with the corpus beside the project";

export interface ExpectedVerdict {
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly string[];
}

export interface Mutation extends ExpectedVerdict {
  readonly base: RepoPath;
  readonly kind: string;
  /** Applied in order; offsets count code points. */
  readonly ops: readonly { readonly pos: number; readonly del: number; readonly ins: string }[];
}

export const expected = <T>(name: string): T => JSON.parse(readFileSync(`${SHARED}expected/${name}`, "utf8")) as T;

/** The corpus as a view. Globs are matched by their folder, which suffices for the globs that an index asks for. */
export function corpusView(): WorkspaceView {
  return {
    bytes(path) {
      const file = `${SHARED}corpus/${path}`;
      return existsSync(file) ? readFileSync(file) : undefined;
    },
    list(globs) {
      const files = globs.flatMap((glob) => {
        const folder = glob.slice(0, glob.indexOf("/*"));
        if (!existsSync(`${SHARED}corpus/${folder}`)) return [];
        return readdirSync(`${SHARED}corpus/${folder}`, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && (!glob.endsWith(".md") || entry.name.endsWith(".md")))
          .map((entry) => `${entry.parentPath}/${entry.name}`.slice(`${SHARED}corpus/`.length));
      });
      return [...new Set(files)].sort() as RepoPath[];
    },
  };
}

/** The text with a mutation's operations applied. */
export function mutate(text: string, ops: Mutation["ops"]): string {
  let points = [...text];
  for (const { pos, del, ins } of ops) points = [...points.slice(0, pos), ...ins, ...points.slice(pos + del)];
  return points.join("");
}
