/**
 * What each status rests on: the files, globs and traces that were asked about while it was found. When one of these is
 * another, only those statuses have to be found anew.
 */
import { parseRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { unreachable } from "../result.ts";
import type { Address } from "./address.ts";
import { type Facts, otherwise } from "./facts.ts";
import { GlobIndex } from "./glob-index.ts";

export class Rests {
  private readonly byPath = new Map<string, Set<Address>>();
  private readonly byGlob = new Map<string, Set<Address>>();
  private readonly byTrace = new Map<string, Set<Address>>();
  private readonly globs = new GlobIndex();
  private current: Address | undefined;

  /** Notes what is asked from now on as asked for a target. What was noted for it before stays: too much does no harm. */
  for(id: Address): void {
    this.current = id;
  }

  /** Those who asked about a file, or about all files that match something it matches. */
  onPath(path: RepoPath): Address[] {
    const byGlob = this.globs.matching(path).flatMap((glob) => [...(this.byGlob.get(glob) ?? [])]);
    return [...(this.byPath.get(path) ?? []), ...byGlob];
  }

  /** Those who asked what another target made. */
  onTrace(id: Address): Iterable<Address> {
    return this.byTrace.get(id) ?? [];
  }

  path(path: RepoPath): void {
    this.note(this.byPath, path);
  }

  /** The same facts, noting who asks. */
  noting(facts: Facts): Facts {
    return otherwise(facts, {
      digest: (ref, hidden) => {
        this.path(ref.path);
        return facts.digest(ref, hidden);
      },
      globDigest: (patterns, hidden) => {
        for (const glob of patterns) this.glob(glob);
        return facts.globDigest(patterns, hidden);
      },
      product: (of, name) => {
        this.note(this.byTrace, of);
        return facts.product(of, name);
      },
      answer: (record, hidden) => {
        const { question } = record;
        switch (question.kind) {
          case "read": {
            const ref = parseRef(question.ref);
            if (ref.ok) this.path(ref.value.path);
            break;
          }
          case "list":
          case "search":
            this.glob(question.glob);
            break;
          default:
            unreachable(question);
        }
        return facts.answer(record, hidden);
      },
    });
  }

  private glob(glob: string): void {
    if (!this.byGlob.has(glob)) this.globs.add(glob);
    this.note(this.byGlob, glob);
  }

  private note(map: Map<string, Set<Address>>, key: string): void {
    if (this.current === undefined) return;
    const ids = map.get(key);
    if (ids === undefined) map.set(key, new Set([this.current]));
    else ids.add(this.current);
  }
}
