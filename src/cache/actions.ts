/**
 * What was made for a key, so that a key seen before is restored instead of run: `.codex/ac/<key>.json`, a list of
 * traces (recorded reads decide which of them holds) with the store's digests of every text they wrote.
 */
import type { Digest } from "../artifact/digest.ts";
import { writeAtomic } from "../artifact/write.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { filesBelow, type StoredFile } from "./store.ts";
import { isDigests, isRecord, isTrace } from "./traces.ts";

export interface CachedAction {
  readonly trace: Trace;
  /** Store digests by reference (outputs and amended files): a fragment's own digest is not that of its bytes. */
  readonly blobs: Readonly<Record<string, Digest>>;
  /** Files of which it wrote fragments, as whole files before and after: where a file is as it was before, it is restored to the byte. */
  readonly files: Readonly<Record<string, { readonly before: Digest; readonly after: Digest }>>;
}

/** As many results of one key as are kept, newest first. */
const KEPT = 8;

export class Actions {
  private readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  get(key: Digest): readonly CachedAction[] {
    return this.read(this.path(key));
  }

  /** Every list of results, by its key. */
  files(): StoredFile[] {
    return filesBelow(this.host, `${this.host.root}/.codex/ac`, (_, name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1]);
  }

  /** The results of one list; none where it is not there, or damaged. @param path absolute */
  read(path: string): readonly CachedAction[] {
    try {
      return actionsIn(JSON.parse(this.host.fs.readFileSync(path, "utf8")));
    } catch {
      // Not there, or damaged: both mean that nothing is known, and the target runs.
      return [];
    }
  }

  add(key: Digest, action: CachedAction): void {
    const list = withAction(action, this.get(key));
    writeAtomic(this.host, this.path(key), new TextEncoder().encode(JSON.stringify(list)));
  }

  /** All digests that actions left, by reference: what files and fragments ever were by the work of targets. */
  written(): ReadonlyMap<string, ReadonlySet<Digest>> {
    const found = new Map<string, Set<Digest>>();
    const add = (ref: string, digest: Digest): void => {
      const digests = found.get(ref);
      if (digests === undefined) found.set(ref, new Set([digest]));
      else digests.add(digest);
    };
    const folder = `${this.host.root}/.codex/ac`;
    for (const part of namesIn(this.host, folder)) {
      for (const name of namesIn(this.host, `${folder}/${part}`)) {
        for (const { trace } of this.get(name.replace(/\.json$/, "") as Digest)) {
          for (const [ref, digest] of Object.entries(trace.outputs)) add(ref, digest);
          for (const [path, { after }] of Object.entries(trace.amends)) add(path, after);
        }
      }
    }
    return found;
  }

  private path(key: Digest): string {
    return `${this.host.root}/.codex/ac/${key.slice(0, 2)}/${key}.json`;
  }
}

/** A key's results with a new one, which replaces the one that asked the same and was answered the same. */
export const withAction = (action: CachedAction, others: readonly CachedAction[]): readonly CachedAction[] => {
  const reads = JSON.stringify(action.trace.reads);
  return [action, ...others.filter((each) => JSON.stringify(each.trace.reads) !== reads)].slice(0, KEPT);
};

/** The results in a list that was read; what is none of them is left out. */
export const actionsIn = (list: unknown): readonly CachedAction[] => (Array.isArray(list) ? list.filter(isAction) : []);

const isAction = (value: unknown): value is CachedAction =>
  isRecord(value) &&
  isTrace(value.trace) &&
  isDigests(value.blobs) &&
  isRecord(value.files) &&
  Object.values(value.files).every(isChange);

const isChange = (value: unknown): boolean =>
  isRecord(value) && typeof value.before === "string" && typeof value.after === "string";

function namesIn({ fs }: Host, folder: string): readonly string[] {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? fs.readdirSync(folder) : [];
}
