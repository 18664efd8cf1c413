/**
 * Where a file stands that several targets wrote in turn: which versions it went through, and whose each one is. It is
 * told from the bytes on disk and from what each trace says its work was built on, so it is right after a crash, a
 * restored file, and a branch switch.
 *
 *   made by integrate   person's edit   amended by weaving
 *        v1        →         e        →        v2            layers: v1 (integrate), e (edited), v2 (weaving)
 *
 * A target that comes before a layer sees the file as it was below it (`without`).
 */
import type { Digest } from "../artifact/digest.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { belowPart } from "./fingerprint.ts";
import type { ChainMember } from "./graph.ts";
import type { Trace } from "./trace.ts";

/** A version that a file had. */
export interface Version {
  readonly digest: Digest;
  /** Whether a person made it of the one before. */
  readonly edited: boolean;
  /** Who made it; undefined for a person, and for what was there before any target came. */
  readonly by: Address | undefined;
}

/** What one target last left of the file, and the versions that it was built on, oldest first. */
interface Link extends ChainMember {
  readonly after: Digest;
  readonly below: readonly Version[];
}

const EDITED = "edited";

/** What a run records of the versions below its own, beside the key's parts: `digest`, `digest=author`, by spaces. */
export function formatVersions(versions: readonly Version[]): Digest {
  const words = versions.map(({ digest, edited, by }) =>
    edited ? `${digest}=${EDITED}` : by ? `${digest}=${by}` : digest,
  );
  return words.join(" ") as Digest;
}

const parseVersions = (text: string): Version[] =>
  text.split(" ").map((word) => {
    const [digest, by] = word.split("=") as [Digest, Address | undefined];
    return { digest, edited: by === EDITED, by: by === EDITED ? undefined : by };
  });

/** The versions below a link, when an edit among them counts from now on as the work of a target. */
export function withAccepted(below: Digest, edit: Digest, by: Address): Digest {
  const versions = parseVersions(below);
  return formatVersions(
    versions.map((version) =>
      version.edited && version.digest === edit ? { digest: edit, edited: false, by } : version,
    ),
  );
}

export class Standing {
  /** The versions that the file went through; undefined where the one on disk is nobody's: a person edited the file. */
  private readonly layers: readonly Version[] | undefined;
  private readonly links: readonly Link[];
  /** Those that were built on what those before them, on whom they depend, left last. */
  private readonly sound: readonly Link[];
  private readonly now: Digest;
  private readonly isLater: (id: Address, other: Address) => boolean;

  /**
   * @param chain the writers of the file, in order.
   * @param now the digest of the file on disk.
   * @param isLater whether a target depends on another.
   */
  constructor(
    path: RepoPath,
    chain: readonly ChainMember[],
    now: Digest,
    traceOf: (id: Address) => Trace | undefined,
    isLater: (id: Address, other: Address) => boolean,
  ) {
    this.now = now;
    this.isLater = isLater;
    this.links = linksOf(path, chain, traceOf);
    const withdrawn = withdrawnFrom(path, chain, traceOf);
    this.sound = this.links.filter((link, index) => isSound(link, this.links.slice(0, index), withdrawn));
    this.layers = this.links.length === 0 ? [{ digest: now, edited: false, by: undefined }] : this.findLayers();
  }

  /** Whether a target's work is in the file, as it left it or edited since, and on what it should be built on. */
  holds(id: Address): boolean {
    return this.sound.some((link) => link.id === id) && (this.layers === undefined || this.layerOf(id) >= 0);
  }

  /** Whether a person has changed what a target left, below or above what others added since. */
  editedSince(id: Address): boolean {
    return this.holds(id) && (this.layers?.slice(this.layerOf(id) + 1).some(({ edited }) => edited) ?? true);
  }

  /** Whether a target's work is in the file, with nothing on it. */
  isTop(id: Address): boolean {
    return this.layers !== undefined && this.layerOf(id) === this.layers.length - 1;
  }

  /**
   * The version without the work of some amenders and what was built on it; undefined where it is the one on disk.
   * What a person edited is seen as that person left it, whoever's work is in it.
   * @param own the amender that asks, if it is one: it sees what its own work was built on, even where the file was
   * edited since.
   */
  without(isHidden: (author: Address) => boolean, own: Address): Digest | undefined {
    if (isHidden(own) && this.holds(own)) return this.link(own)!.below.at(-1)?.digest;
    const layers = this.layers ?? [];
    const edit = layers.findLastIndex(({ edited }) => edited);
    const lowest = layers.findIndex(({ by }, index) => index > edit && by !== undefined && isHidden(by));
    return lowest < 0 ? undefined : layers[lowest - 1]?.digest;
  }

  /** The versions that a run of `id` builds on, when it finds the version `shown`: the same may have come several times. */
  builtOn(id: Address, shown: Digest): readonly Version[] {
    const link = this.link(id);
    const redoes = link !== undefined && (link.part === "amends" || this.isTop(id));
    if (redoes && this.holds(id)) return link.below.map((version) => this.owned(version));
    const versions = this.versions();
    const edit = versions.findLastIndex(({ edited }) => edited);
    const isHidden = (by: Address): boolean => (by === id ? redoes : this.isLater(by, id));
    const lowest = versions.findIndex(({ by }, index) => index > edit && by !== undefined && isHidden(by));
    const visible = lowest < 0 ? versions : versions.slice(0, lowest);
    const end = visible.findLastIndex(({ digest }) => digest === shown);
    return end >= 0 ? visible.slice(0, end + 1) : (link?.below ?? [{ digest: shown, edited: false, by: undefined }]);
  }

  /** The versions that the file went through up to the one on disk, oldest first. */
  versions(): readonly Version[] {
    return this.layers ?? [...this.lastKnown(), { digest: this.now, edited: true, by: undefined }];
  }

  /** The index of what a target left last. */
  private layerOf(id: Address): number {
    const after = this.link(id)?.after;
    return this.layers?.findLastIndex((layer) => layer.by === id && layer.digest === after) ?? -1;
  }

  private findLayers(): readonly Version[] | undefined {
    const top = longest(this.sound.filter((link) => link.after === this.now));
    if (top !== undefined) return this.layersUpTo(top);
    // The file may have been put back to a version that somebody built on.
    const above = longest(this.sound.filter(({ below }) => below.some(({ digest }) => digest === this.now)));
    if (above === undefined) return undefined;
    const end = above.below.findLastIndex(({ digest }) => digest === this.now);
    return above.below.slice(0, end + 1).map((version) => this.owned(version));
  }

  private lastKnown(): readonly Version[] {
    const top = longest(this.sound);
    return top === undefined ? [] : this.layersUpTo(top);
  }

  private layersUpTo(top: Link): readonly Version[] {
    return [...top.below.map((version) => this.owned(version)), { digest: top.after, edited: false, by: top.id }];
  }

  /**
   * A run that found one version only did not record whose it was. It is not that of one who found the same: who leaves
   * a file as it was, or puts it back to what it was before others came.
   */
  private owned(version: Version): Version {
    if (version.edited || version.by !== undefined) return version;
    const isAuthor = ({ after, below }: Link): boolean =>
      after === version.digest && !below.some(({ digest }) => digest === after);
    return { ...version, by: this.links.find(isAuthor)?.id };
  }

  private link(id: Address): Link | undefined {
    return this.links.find((link) => link.id === id);
  }
}

function linksOf(
  path: RepoPath,
  chain: readonly ChainMember[],
  traceOf: (id: Address) => Trace | undefined,
): readonly Link[] {
  const links: Link[] = [];
  for (const { id, part } of chain) {
    const trace = traceOf(id);
    if (trace === undefined) continue;
    if (part === "makes") {
      const after = trace.outputs[path];
      if (after !== undefined) links.push({ id, part, after, below: [] });
      continue;
    }
    const amended = trace.amends[path];
    if (amended === undefined) continue;
    const below = trace.parts[belowPart(path)] ?? trace.parts[`amends:${path}`] ?? amended.before;
    links.push({ id, part, after: amended.after, below: parseVersions(below) });
  }
  return links;
}

/** Those who amend the file in order and, when they last ran, did not: what they had left before is no version any more. */
function withdrawnFrom(
  path: RepoPath,
  chain: readonly ChainMember[],
  traceOf: (id: Address) => Trace | undefined,
): ReadonlySet<Address> {
  const withdrawn = chain.filter(({ id, part }) => part === "amends" && traceOf(id)?.amends[path] === undefined);
  return new Set(withdrawn.flatMap(({ id }) => (traceOf(id) === undefined ? [] : [id])));
}

/** Whether a link was built on what those before it, on whom it depends, left last. */
function isSound(link: Link, before: readonly Link[], withdrawn: ReadonlySet<Address>): boolean {
  if (link.part === "amends" && link.below.some(({ by }) => by !== undefined && withdrawn.has(by))) return false;
  return before.every(
    (earlier) =>
      !(earlier.part === "makes" || (earlier.part === "amends" && link.part === "amends")) || isBuiltOn(link, earlier),
  );
}

/** Whether what one link left last is below another; an older version of the same author may have read the same. */
function isBuiltOn({ below }: Link, { id, after }: Link): boolean {
  const last = below.findLastIndex(({ by }) => by === id);
  const built = below.findLastIndex(({ digest, by }) => digest === after && (by === undefined || by === id));
  return built >= 0 && built >= last;
}

/** The link that was built on the most; the later of two. */
const longest = (links: readonly Link[]): Link | undefined =>
  links.reduce<Link | undefined>(
    (best, link) => (best === undefined || link.below.length >= best.below.length ? link : best),
    undefined,
  );
