/**
 * What a campaign's files must be when everything is settled: each target computed once, in order, from what those
 * before it made. It knows nothing of traces, keys and digests.
 */
import type { Address } from "../../src/graph/address.ts";
import { NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { type Campaign, compute, type Settings } from "./campaign.ts";
import { answerOf, look, type Memory, type Model } from "./oracle.ts";
import { World } from "./world.ts";

interface Layer {
  readonly by: Address | undefined;
  readonly text: string;
}

/** @param sources the texts of the sources before any target amended them. */
export function fromScratch(
  { members }: Campaign,
  graph: Graph,
  settings: Settings,
  sources: Readonly<Record<string, string>>,
): { readonly files: ReadonlyMap<string, string>; readonly products: ReadonlyMap<string, string> } {
  // By file, or by fragment: the works on it, the first at the bottom.
  const works = new Map<string, Layer[]>(
    Object.entries(sources).map(([name, text]) => [name, [{ by: undefined, text }]]),
  );
  const products = new Map<string, string>();
  const memories = new Map<Address, Memory>();

  const seenBy = (writers: ReadonlySet<Address>): World => {
    const world = new World({ "shared.json": "{}", "scopes.json": "{}" });
    for (const [name, layers] of works) {
      const hidden = layers.findIndex(({ by }) => by !== undefined && writers.has(by));
      const top = hidden < 0 ? layers.at(-1) : layers[hidden - 1];
      if (top !== undefined) world.write(name, top.text);
    }
    return world;
  };

  for (const id of graph.order) {
    const member = members.get(id);
    if (member === undefined) continue;
    const target = graph.targets.get(id)!;
    const model: Model = { world: seenBy(new Set([id, ...graph.descendants(id)])), memories, uncertain: new Set() };
    const seen = look(model, target, NOTHING_HIDDEN);
    const answers = member.reads.map((question) => answerOf(model.world, question, NOTHING_HIDDEN));
    const texts = Object.fromEntries(target.amends.map((ref) => [ref.path, model.world.text(ref)]));
    const made = compute(member, settings.versions.get(id) ?? 1, [...seen.inputs.values()], answers, texts);
    const own = new Map<string, string>();
    for (const { kind, name } of target.outputs) {
      if (kind === "product") own.set(name, made.outputs[name]!);
      if (kind === "ref") works.set(name, [{ by: id, text: made.outputs[name]! }]);
    }
    for (const [name, text] of Object.entries(made.fragments)) works.set(name, [{ by: id, text }]);
    for (const [name, text] of Object.entries(made.amended)) works.get(name)!.push({ by: id, text });
    memories.set(id, { ...seen, reads: [], left: new Map(), products: own, amended: new Map(), found: new Map() });
    for (const [name, text] of own) products.set(`${id}:${name}`, text);
  }
  return { files: seenBy(new Set()).files, products };
}
