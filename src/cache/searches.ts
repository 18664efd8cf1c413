/**
 * What recorded searches found, file by file. A search whose files are all as they were is not asked again; where one
 * file changed, only that file is searched. Kept in `.codex/searches.json`, checked by its digest like the stat cache.
 */
import { join } from "node:path";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { hitsDigest, hitsIn } from "../artifact/question.ts";
import { encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { replaceFile } from "../artifact/write.ts";
import type { Host } from "../host.ts";

/** The files that a glob matches, with their digests, in order. */
export type Listing = ReadonlyMap<RepoPath, Digest>;
type Hits = Readonly<Record<string, Digest>>;

interface Found {
  listing: Listing;
  /** What each pattern found in those files: the files that held it, with the digest of their lines. */
  readonly patterns: Map<string, { hits: Hits; listing: Listing; answer: Digest }>;
}

/** As many patterns of one glob as are kept, the latest asked. */
const KEPT = 10_000;

export class Searches {
  private readonly host: Host;
  private byGlob: Map<string, Found> | undefined;
  private isDirty = false;

  constructor(host: Host) {
    this.host = host;
  }

  /**
   * What a pattern finds in the files of a glob, and the digest of that answer.
   * @param listing the files as they are now: the same object as long as none has changed.
   * @param textOf a file's text, asked for those only that are not known.
   */
  find(
    glob: string,
    pattern: string,
    listing: Listing,
    textOf: (path: RepoPath) => string | undefined,
  ): { readonly hits: Hits; readonly answer: Digest } {
    const found = this.of(glob, listing);
    const known = found.patterns.get(pattern);
    if (known?.listing === found.listing) return known;
    const hits: Record<string, Digest> = {};
    for (const [path, digest] of listing) {
      if (known !== undefined && known.listing.get(path) === digest) {
        const kept = known.hits[path];
        if (kept !== undefined) hits[path] = kept;
        continue;
      }
      const text = textOf(path);
      const lines = text === undefined ? [] : hitsIn(text, pattern);
      if (lines.length > 0) hits[path] = digestOf(JSON.stringify(lines));
    }
    const now = { hits, listing: found.listing, answer: hitsDigest(hits) };
    found.patterns.delete(pattern);
    found.patterns.set(pattern, now);
    this.isDirty = true;
    return now;
  }

  /** Writes what was learnt. For commands that hold the writer's lock. */
  save(): void {
    if (!this.isDirty || this.byGlob === undefined) return;
    const data = JSON.stringify(
      [...this.byGlob].map(([glob, { listing, patterns }]) => [
        glob,
        [...listing],
        // Those of an older listing would have to bring it along: they are asked again.
        [...patterns]
          .filter(([, known]) => known.listing === listing)
          .slice(-KEPT)
          .map(([pattern, { hits }]) => [pattern, hits]),
      ]),
    );
    replaceFile(this.host.fs, pathOf(this.host), encodeUtf8(`${digestOf(data)}\n${data}\n`));
    this.isDirty = false;
  }

  private of(glob: string, listing: Listing): Found {
    this.byGlob ??= read(this.host);
    let found = this.byGlob.get(glob);
    if (found === undefined) {
      found = { listing, patterns: new Map() };
      this.byGlob.set(glob, found);
    } else if (found.listing !== listing && !isSame(found.listing, listing)) found.listing = listing;
    return found;
  }
}

function isSame(a: Listing, b: Listing): boolean {
  if (a.size !== b.size) return false;
  for (const [path, digest] of b) if (a.get(path) !== digest) return false;
  return true;
}

const pathOf = (host: Host): string => join(host.root, ".codex", "searches.json");

function read(host: Host): Map<string, Found> {
  let text: string;
  try {
    text = host.fs.readFileSync(pathOf(host), "utf8");
  } catch {
    return new Map();
  }
  const data = text.slice(text.indexOf("\n") + 1, -1);
  if (digestOf(data) !== text.slice(0, text.indexOf("\n"))) return new Map();
  const saved = JSON.parse(data) as [glob: string, listing: [RepoPath, Digest][], patterns: [string, Hits][]][];
  return new Map(
    saved.map(([glob, files, patterns]) => {
      const listing = new Map(files);
      const found = patterns.map(([pattern, hits]) => [pattern, { hits, listing, answer: hitsDigest(hits) }] as const);
      return [glob, { listing, patterns: new Map(found) }];
    }),
  );
}
