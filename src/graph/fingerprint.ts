/**
 * The key of a target, and the reasons for which it differs from the recorded one: two readings of one list of parts.
 *
 * A part is in the key when a change of it can change what a run writes. The comment at each says why it is there.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import { formatRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Facts, Hidden } from "./facts.ts";
import type { Reason } from "./reason.ts";
import { formatSource, type Input, type Output, type Target } from "./target.ts";

export type Parts = Readonly<Record<string, Digest>>;

/**
 * The kind of those parts of a trace that are not in the key: the versions that an amended file had below
 * (`standing.ts`). They say whose work a file holds, not what a run writes.
 */
const BELOW = "below:";
export const belowPart = (path: RepoPath): string => BELOW + path;

/** The digest of one input, as the target may see it. */
export function inputDigest(input: Input, facts: Facts, hidden: Hidden): Digest {
  const { source } = input;
  switch (source.kind) {
    case "ref":
      return facts.digest(source.ref, hidden);
    case "glob":
      return facts.globDigest(source.patterns, hidden);
    case "product":
      return facts.product(source.of, source.name);
  }
}

/** Visits the parts of the key: whoever makes a key and whoever compares one sees the same. */
function eachPart(target: Target, facts: Facts, hidden: Hidden, visit: (part: string, digest: Digest) => void): void {
  // The rule's version and parameters: another book is another question.
  for (const [name, digest] of Object.entries(target.identity)) visit(`rule:${name}`, digest);
  // Where it writes: the same answer elsewhere is another target.
  visit("rule:outputs", digestOf(JSON.stringify(target.outputs.flatMap(outputPlace))));
  // What it reads. Order-only inputs order, and soft ones drift: neither is in the key.
  for (const input of target.inputs) {
    if (input.kind === "hard") visit(`input:${input.name}`, inputDigest(input, facts, hidden));
  }
  // What it edits in place: the version that the link before it left.
  for (const ref of target.amends) visit(`amends:${ref.path}`, facts.digest(ref, hidden));
}

const outputPlace = (output: Output): string[] => [
  output.kind,
  output.name,
  output.kind === "product" ? "" : formatRef(output.ref),
];

/** The parts of the key, by name. */
export function partsOf(target: Target, facts: Facts, hidden: Hidden): Parts {
  const parts: Record<string, Digest> = {};
  eachPart(target, facts, hidden, (part, digest) => {
    parts[part] = digest;
  });
  return parts;
}

/** The soft side: what makes a target drift. */
export function softParts(target: Target, facts: Facts, hidden: Hidden): Parts {
  const parts: Record<string, Digest> = { ...target.soft };
  for (const input of target.inputs) {
    if (input.kind === "soft") parts[`input:${input.name}`] = inputDigest(input, facts, hidden);
  }
  return parts;
}

/** Two targets never share a key: what one made of the same inputs is no answer to the other. */
export function keyOf(target: Target, parts: Parts): Digest {
  return digestOf(JSON.stringify([target.id, ...Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))]));
}

/** Why a target's parts are not the recorded ones; empty when they are. */
export function changedParts(target: Target, recorded: Parts, facts: Facts, hidden: Hidden): Reason[] {
  const reasons: Reason[] = [];
  let known = 0;
  eachPart(target, facts, hidden, (part, to) => {
    const from = recorded[part];
    if (from !== undefined) known++;
    if (from === to) return;
    const [kind, name] = splitPart(part);
    if (kind === "rule") reasons.push({ kind: "ruleChanged", what: name });
    else if (from === undefined) reasons.push({ kind: "inputAdded", name, to });
    else reasons.push({ kind: "inputChanged", name, source: sourceOf(target, kind, name), from, to });
  });
  const others = Object.keys(recorded).filter((part) => !part.startsWith(BELOW));
  if (others.length === known) return reasons;
  const current = partsOf(target, facts, hidden);
  for (const part of others) {
    if (part in current) continue;
    const [kind, name] = splitPart(part);
    reasons.push(kind === "rule" ? { kind: "ruleChanged", what: name } : { kind: "inputDropped", name });
  }
  return reasons;
}

function sourceOf(target: Target, kind: string, name: string): string {
  const input = kind === "input" ? target.inputs.find((each) => each.name === name) : undefined;
  return input === undefined ? "amended" : formatSource(input.source);
}

/** What soft thing changed. */
export function driftOf(recorded: Parts, current: Parts): Reason[] {
  const changed = Object.keys(current).filter((name) => recorded[name] !== current[name]);
  const gone = Object.keys(recorded).filter((name) => !(name in current));
  return [...changed, ...gone].map((what) => ({ kind: "drifted", what }));
}

function splitPart(part: string): [string, string] {
  const colon = part.indexOf(":");
  return [part.slice(0, colon), part.slice(colon + 1)];
}
