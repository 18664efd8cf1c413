/** The id and the status that a content file gives itself, and a table of them that a draft can be laid over. */
import type { RepoPath } from "../../artifact/workspace.ts";
import { strip } from "../unit/characters.ts";
import { readHead, type UnitHead } from "../unit/unit-head.ts";
import { utf8OfBytes } from "../unit/utf8.ts";
import { field, stringOf } from "../unit/yaml-node.ts";

export interface FileStatus {
  readonly id: string;
  readonly status: string;
}

/** Globs of the files that have ids: units, and the other content of the site. */
export const UNIT_GLOB = "content/**/*.md";
export const SITE_GLOB = "site/src/content/**/*.md";

const isUnitPath = (path: string): boolean => path.startsWith("content/") && path.endsWith(".md");
const isSitePath = (path: string): boolean => path.startsWith("site/src/content/") && path.endsWith(".md");

/** Whether a file at this path may have an id. */
export const isContentPath = (path: string): boolean => isUnitPath(path) || isSitePath(path);

/** Whether two readings of a file say the same. */
export const sameStatus = (a: FileStatus | undefined, b: FileStatus | undefined): boolean =>
  a?.id === b?.id && a?.status === b?.status;

/** What a file's frontmatter says; undefined where it gives no id. */
export function statusOfHead(head: UnitHead): FileStatus | undefined {
  const id = strip(stringOf(field(head.frontmatter, "id")));
  return id === "" ? undefined : { id, status: strip(stringOf(field(head.frontmatter, "status"))) };
}

/** What a file says; undefined where it is no unit or gives no id. */
export function statusOfBytes(bytes: Uint8Array): FileStatus | undefined {
  const head = readHead(bytes);
  return head.ok ? statusOfHead(head.value) : undefined;
}

/**
 * What a file probably says, by a glance at its lines instead of a parser: right for all but strange files. For whoever
 * must know thousands of statuses first and will parse the files later anyway, and can then correct the guess.
 */
export function guessStatus(bytes: Uint8Array): FileStatus | undefined {
  const text = utf8OfBytes(bytes.subarray(0, GUESSED_BYTES));
  const end = text.indexOf("\n---", 3);
  const head = end === -1 ? text : text.slice(0, end);
  const id = ID.exec(head)?.[1];
  return id === undefined ? undefined : { id, status: STATUS.exec(head)?.[1] ?? "" };
}

const GUESSED_BYTES = 16 * 1024;
const ID = /^id:[ ]*["']?([\w.]+)/m;
const STATUS = /^status:[ ]*["']?([\w-]+)/m;

export class StatusTable {
  readonly #base: StatusTable | undefined;
  /** Undefined for a file of the base that is gone or has no id any more. */
  readonly #files: ReadonlyMap<RepoPath, FileStatus | undefined>;
  readonly #byId = new Map<string, RepoPath[]>();
  readonly #units = new Map<string, readonly string[]>();
  readonly #content = new Map<string, readonly string[]>();

  constructor(files: ReadonlyMap<RepoPath, FileStatus | undefined>, base?: StatusTable) {
    this.#base = base;
    this.#files = files;
    for (const [path, file] of files) {
      if (file === undefined) continue;
      const paths = this.#byId.get(file.id);
      if (paths === undefined) this.#byId.set(file.id, [path]);
      else paths.push(path);
    }
  }

  /** The statuses of the units with this id, sorted, each once. */
  unitStatuses(id: string): readonly string[] {
    return memoised(this.#units, id, () => this.#statuses(id, isUnitPath));
  }

  /** The statuses of all content with this id, sorted, each once. */
  contentStatuses(id: string): readonly string[] {
    return memoised(this.#content, id, () => this.#statuses(id, isContentPath));
  }

  #statuses(id: string, counts: (path: string) => boolean): readonly string[] {
    const found = new Set<string>();
    for (const path of this.#pathsOf(id)) {
      const status = counts(path) ? this.#fileAt(path)?.status : undefined;
      if (status !== undefined) found.add(status);
    }
    return [...found].sort();
  }

  #fileAt(path: RepoPath): FileStatus | undefined {
    return this.#files.has(path)
      ? this.#files.get(path)
      : this.#base === undefined
        ? undefined
        : this.#base.#fileAt(path);
  }

  #pathsOf(id: string): readonly RepoPath[] {
    const own = this.#byId.get(id) ?? [];
    const inherited = this.#base === undefined ? [] : this.#base.#pathsOf(id);
    return inherited.length === 0 ? own : [...inherited.filter((path) => !this.#files.has(path)), ...own];
  }
}

function memoised<T>(known: Map<string, T>, key: string, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
