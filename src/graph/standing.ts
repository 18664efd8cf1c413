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
  /** Those before it who amend the file in order and, when they last ran, did not: what they left earlier is undone. */
  readonly withdrawn: readonly Address[];
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
    this.links = attributed(linksOf(path, chain, traceOf));
    this.sound = this.links.filter((link, index) => isSound(link, this.links.slice(0, index)));
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
   * @param own the amender that asks, if it is one: it sees what its own work was built on, even where the file was
   * edited since.
   */
  without(isHidden: (author: Address) => boolean, own: Address): Digest | undefined {
    if (isHidden(own) && this.holds(own)) return this.link(own)!.below.at(-1)?.digest;
    const layers = this.layers ?? [];
    const seen = seenOf(layers, isHidden);
    return seen.length === layers.length ? undefined : seen.at(-1)?.digest;
  }

  /** The versions that a run of `id` builds on, when it finds the version `shown`: the same may have come several times. */
  builtOn(id: Address, shown: Digest): readonly Version[] {
    const link = this.link(id);
    const redoes = link !== undefined && (link.part === "amends" || this.isTop(id));
    if (redoes && this.holds(id)) return link.below;
    const seen = seenOf(this.versions(), (by) => (by === id ? redoes : this.isLater(by, id)));
    const end = seen.findLastIndex(({ digest }) => digest === shown);
    return end >= 0 ? seen.slice(0, end + 1) : [{ digest: shown, edited: false, by: undefined }];
  }

  /** The versions that the file went through up to the one on disk, oldest first. */
  versions(): readonly Version[] {
    return this.layers ?? [...this.lastKnown(), { digest: this.now, edited: true, by: undefined }];
  }

  /** The index of what a target left last. One that left the file as it was needs no version of its own. */
  private layerOf(id: Address): number {
    const link = this.link(id);
    if (link === undefined || this.layers === undefined) return -1;
    const own = this.layers.findLastIndex(({ by, digest }) => by === id && digest === link.after);
    if (own >= 0 || link.below.at(-1)?.digest !== link.after) return own;
    return this.layers.findLastIndex(({ digest }) => digest === link.after);
  }

  private findLayers(): readonly Version[] | undefined {
    const top = this.uppermost(this.sound.filter((link) => link.after === this.now));
    if (top !== undefined) return layersUpTo(top);
    // The file may have been put back to a version that somebody built on.
    const above = this.uppermost(this.sound.filter(({ below }) => below.some(({ digest }) => digest === this.now)));
    if (above === undefined) return undefined;
    const end = above.below.findLastIndex(({ digest }) => digest === this.now);
    return above.below.slice(0, end + 1);
  }

  private lastKnown(): readonly Version[] {
    const top = this.uppermost(this.sound);
    return top === undefined ? [] : layersUpTo(top);
  }

  /**
   * Of links that may be on top, the one that has most below it: first of those who come in order, as these are not done
   * again for what others built beside them; the later of two.
   */
  private uppermost(links: readonly Link[]): Link | undefined {
    const ordered = this.sound.filter(({ part }) => part !== "mayAmend");
    let best: { readonly link: Link; readonly rank: number } | undefined;
    for (const link of links) {
      const rank = ordered.filter(({ id }) => layersUpTo(link).some(({ by }) => by === id)).length;
      const isHigher =
        best === undefined || rank > best.rank || (rank === best.rank && link.below.length >= best.link.below.length);
      if (isHigher) best = { link, rank };
    }
    return best?.link;
  }

  private link(id: Address): Link | undefined {
    return this.links.find((link) => link.id === id);
  }
}

/** The versions of a file of which a link is on top. */
const layersUpTo = ({ id, below, after }: Link): readonly Version[] => [
  ...below,
  { digest: after, edited: false, by: id },
];

/** Those of some versions that are below the work of others; an edit is seen, whoever's work is in it. */
function seenOf(versions: readonly Version[], isHidden: (author: Address) => boolean): readonly Version[] {
  const edit = versions.findLastIndex(({ edited }) => edited);
  const lowest = versions.findIndex(({ by }, index) => index > edit && by !== undefined && isHidden(by));
  return lowest < 0 ? versions : versions.slice(0, lowest);
}

/** The links with authors for all versions: a run that found one version only did not record whose it was. */
function attributed(links: readonly Link[]): readonly Link[] {
  const owned = (version: Version): Version => {
    if (version.edited || version.by !== undefined) return version;
    return { ...version, by: links.find((link) => link.after === version.digest && isNew(link))?.id };
  };
  return links.map((link) => ({ ...link, below: link.below.map(owned) }));
}

function linksOf(
  path: RepoPath,
  chain: readonly ChainMember[],
  traceOf: (id: Address) => Trace | undefined,
): readonly Link[] {
  const links: Link[] = [];
  const withdrawn: Address[] = [];
  for (const { id, part } of chain) {
    const trace = traceOf(id);
    if (trace === undefined) continue;
    if (part === "makes") {
      const after = trace.outputs[path];
      if (after !== undefined) links.push({ id, part, after, below: [], withdrawn: [] });
      continue;
    }
    const amended = trace.amends[path];
    if (amended === undefined) {
      if (part === "amends") withdrawn.push(id);
      continue;
    }
    const below = trace.parts[belowPart(path)] ?? trace.parts[`amends:${path}`] ?? amended.before;
    links.push({ id, part, after: amended.after, below: parseVersions(below), withdrawn: [...withdrawn] });
  }
  return links;
}

/**
 * Whether a link was built on what those before it left last. One that may amend need not come after them; but those of
 * whose work it says that it is below must not have left something else since.
 */
function isSound(link: Link, before: readonly Link[]): boolean {
  // Under an edit the work of others is that person's.
  const edit = link.below.findLastIndex(({ edited }) => edited);
  const isOn = (id: Address): boolean => link.below.some(({ by }, index) => index > edit && by === id);
  if (link.withdrawn.some(isOn)) return false;
  return before.every((earlier) => {
    if (earlier.part === "mayAmend") return true;
    if (earlier.part === "amends" && link.part === "mayAmend" && !isOn(earlier.id)) return true;
    return isBuiltOn(link, earlier);
  });
}

/** Whether what one link left last is below another: what others had left may have read the same. */
function isBuiltOn({ below }: Link, earlier: Link): boolean {
  const mayBeIts = (by: Address | undefined): boolean => by === earlier.id || (by === undefined && isNew(earlier));
  return below.some(({ digest, by }) => digest === earlier.after && mayBeIts(by));
}

/**
 * Whether a link left a content that it did not find: a version of which nobody says whose it is, is not that of one who
 * leaves the file as it was, or puts it back to what it was before others came.
 */
const isNew = ({ after, below }: Link): boolean => !below.some(({ digest }) => digest === after);
