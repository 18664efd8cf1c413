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
import { formatSource, type Input, type Target } from "./target.ts";

export type Parts = Readonly<Record<string, Digest>>;

/**
 * The kind of those parts of a trace that are not in the key: the versions that an amended file had below
 * (`standing.ts`). They say whose work a file holds, not what a run writes.
 */
const BELOW = "below";
export const belowPart = (path: RepoPath): string => `${BELOW}:${path}`;

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

/** The parts of the key, by name. */
export function partsOf(target: Target, facts: Facts, hidden: Hidden): Parts {
  const parts: Record<string, Digest> = {};
  // The rule's version and parameters: another book is another question.
  for (const [name, digest] of Object.entries(target.identity)) parts[`rule:${name}`] = digest;
  // Where it writes: the same answer elsewhere is another target.
  parts["rule:outputs"] = digestOf(
    JSON.stringify(
      target.outputs.map((output) => [
        output.kind,
        output.name,
        output.kind === "product" ? "" : formatRef(output.ref),
      ]),
    ),
  );
  // What it reads. Order-only inputs order, and soft ones drift: neither is in the key.
  for (const input of target.inputs) {
    if (input.kind === "hard") parts[`input:${input.name}`] = inputDigest(input, facts, hidden);
  }
  // What it edits in place: the version that the link before it left.
  for (const ref of target.amends) parts[`amends:${ref.path}`] = facts.digest(ref, hidden);
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

/** Why the parts are not the recorded ones; empty when they are. */
export function compareParts(target: Target, recorded: Parts, current: Parts): Reason[] {
  const reasons: Reason[] = [];
  for (const [part, to] of Object.entries(current)) {
    const from = recorded[part];
    if (from === to) continue;
    const [kind, name] = splitPart(part);
    if (kind === "rule") reasons.push({ kind: "ruleChanged", what: name });
    else if (from === undefined) reasons.push({ kind: "inputAdded", name, to });
    else reasons.push({ kind: "inputChanged", name, source: sourceOf(target, kind, name), from, to });
  }
  for (const part of Object.keys(recorded)) {
    if (part in current) continue;
    const [kind, name] = splitPart(part);
    if (kind === "rule") reasons.push({ kind: "ruleChanged", what: name });
    else if (kind !== BELOW) reasons.push({ kind: "inputDropped", name });
  }
  return reasons;
}

function sourceOf(target: Target, kind: string, name: string): string {
  const input = kind === "input" ? target.inputs.find((each) => each.name === name) : undefined;
  return input === undefined ? "amended" : formatSource(input.source);
}

/** What soft thing changed. */
export function driftOf(recorded: Parts, current: Parts): Reason[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(current)]);
  return [...names].filter((name) => recorded[name] !== current[name]).map((what) => ({ kind: "drifted", what }));
}

function splitPart(part: string): [string, string] {
  const colon = part.indexOf(":");
  return [part.slice(0, colon), part.slice(colon + 1)];
}
