/**
 * What recorded searches found, file by file. A search whose files are all as they were is not asked again; where one
 * file changed, only that file is searched. Kept in `.codex/searches.json`.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import { hitsDigest } from "../artifact/question.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Host } from "../host.ts";
import { keep, readKept } from "./kept.ts";
import { SearchedText, Signature } from "./searched-text.ts";

/** The files that a glob matches, with their digests, in order. */
export type Listing = ReadonlyMap<RepoPath, Digest>;
type Hits = Readonly<Record<string, Digest>>;

/** What a pattern found: the files that held it, with the digest of their lines. */
interface Known {
  readonly hits: Hits;
  readonly answer: Digest;
  /** How many times the files had changed when it was asked. */
  readonly changes: number;
}

interface Found {
  listing: Listing;
  /** The files that were others, after each change of the listing. */
  readonly changes: ReadonlySet<RepoPath>[];
  readonly patterns: Map<string, Known>;
}

const VERSION = 2;
const NAME = "searches.json";
/** As many patterns of one glob as are kept, the latest asked. */
const KEPT = 10_000;
/** Characters of texts that are held ready at once. */
const READY = 16 * 1024 * 1024;

export class Searches {
  private readonly host: Host;
  private byGlob: Map<string, Found> | undefined;
  private isDirty = false;
  private readonly signatures = new Map<Digest, Signature>();
  /** The texts that were searched last, the latest at the end. */
  private readonly texts = new Map<Digest, SearchedText>();
  private ready = 0;

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
    if (known?.changes === found.changes.length) return known;
    const needle = pattern.toLowerCase();
    const changed = known === undefined ? found.listing.keys() : changedSince(found, known.changes);
    const news = new Map<RepoPath, Digest | undefined>();
    for (const path of changed) {
      const digest = found.listing.get(path);
      const hit = digest === undefined ? undefined : this.hit(digest, needle, () => textOf(path));
      if (known === undefined ? hit !== undefined : known.hits[path] !== hit) news.set(path, hit);
    }
    const now = { ...answerWith(known, news), changes: found.changes.length };
    found.patterns.delete(pattern);
    found.patterns.set(pattern, now);
    this.isDirty = true;
    return now;
  }

  /** Writes what was learnt. For commands that hold the writer's lock. */
  save(): void {
    if (!this.isDirty || this.byGlob === undefined) return;
    const globs = [...this.byGlob].map(([glob, found]): SavedGlob => {
      const { listing, patterns, changes } = found;
      return [
        glob,
        [...listing],
        [...patterns].slice(-KEPT).map(([pattern, { hits, answer, changes: then }]) => {
          // What was not asked since some files changed is asked of those alone, whenever that is.
          const behind = then === changes.length ? [] : [...changedSince(found, then)];
          return behind.length === 0 ? [pattern, answer, hits] : [pattern, answer, hits, behind];
        }),
      ];
    });
    keep(this.host, NAME, { version: VERSION, globs });
    this.isDirty = false;
  }

  /** The digest of the lines of a text that hold a pattern; undefined where none does. */
  private hit(digest: Digest, needle: string, textOf: () => string | undefined): Digest | undefined {
    let signature = this.signatures.get(digest);
    if (signature?.mayHold(needle) === false) return undefined;
    const text = this.textOf(digest, textOf);
    if (text === undefined) return undefined;
    if (signature === undefined) {
      signature = new Signature(text.lowered);
      this.signatures.set(digest, signature);
      if (!signature.mayHold(needle)) return undefined;
    }
    const lines = text.hits(needle);
    return lines.length === 0 ? undefined : digestOf(JSON.stringify(lines));
  }

  private textOf(digest: Digest, read: () => string | undefined): SearchedText | undefined {
    let text = this.texts.get(digest);
    if (text === undefined) {
      const whole = read();
      if (whole === undefined) return undefined;
      text = new SearchedText(whole);
      this.ready += text.lowered.length;
    }
    this.texts.delete(digest);
    this.texts.set(digest, text);
    for (const [oldest, { lowered }] of this.texts) {
      if (this.ready <= READY || oldest === digest) break;
      this.texts.delete(oldest);
      this.ready -= lowered.length;
    }
    return text;
  }

  /** Lets go of the text of a file that is another now. */
  private forget(digest: Digest | undefined): void {
    if (digest === undefined) return;
    this.signatures.delete(digest);
    this.ready -= this.texts.get(digest)?.lowered.length ?? 0;
    this.texts.delete(digest);
  }

  private of(glob: string, listing: Listing): Found {
    this.byGlob ??= read(this.host);
    let found = this.byGlob.get(glob);
    if (found === undefined) {
      found = { listing, changes: [], patterns: new Map() };
      this.byGlob.set(glob, found);
    } else if (found.listing !== listing) {
      const changed = differences(found.listing, listing);
      if (changed.size > 0) found.changes.push(changed);
      for (const path of changed) this.forget(found.listing.get(path));
      found.listing = listing;
    }
    return found;
  }
}

/** The files that were changed, added or removed since so many changes. */
function changedSince({ changes }: Found, then: number): ReadonlySet<RepoPath> {
  if (then === changes.length - 1) return changes[then]!;
  return new Set(changes.slice(then).flatMap((paths) => [...paths]));
}

function differences(a: Listing, b: Listing): ReadonlySet<RepoPath> {
  const paths = new Set<RepoPath>();
  for (const [path, digest] of b) if (a.get(path) !== digest) paths.add(path);
  for (const path of a.keys()) if (!b.has(path)) paths.add(path);
  return paths;
}

/** What is known, with what is known better; as most searches find in a changed file what they found before. */
function answerWith(
  known: Known | undefined,
  news: ReadonlyMap<RepoPath, Digest | undefined>,
): Pick<Known, "hits" | "answer"> {
  if (known !== undefined && news.size === 0) return known;
  const hits: Record<string, Digest> = { ...known?.hits };
  for (const [path, hit] of news) {
    if (hit === undefined) delete hits[path];
    else hits[path] = hit;
  }
  return { hits, answer: hitsDigest(hits) };
}

type SavedPattern = [pattern: string, answer: Digest, hits: Hits, behind?: readonly RepoPath[]];
type SavedGlob = [glob: string, listing: [RepoPath, Digest][], patterns: SavedPattern[]];

function read(host: Host): Map<string, Found> {
  const saved = readKept(host, NAME) as { readonly version?: number; readonly globs: readonly SavedGlob[] } | undefined;
  if (saved?.version !== VERSION) return new Map();
  return new Map(
    saved.globs.map(([glob, files, patterns]) => {
      // All that some pattern has not been asked of yet counts as one change, made after those were asked.
      const behind = new Set(patterns.flatMap(([, , , paths]) => paths ?? []));
      const changes = behind.size === 0 ? [] : [behind];
      const found = patterns.map(([pattern, answer, hits, paths]): [string, Known] => [
        pattern,
        { hits, answer, changes: paths === undefined ? changes.length : 0 },
      ]);
      return [glob, { listing: new Map(files), changes, patterns: new Map(found) }];
    }),
  );
}
