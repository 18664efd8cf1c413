/** Random lives of made-up campaigns, each compared with the naive model after every step. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { type Campaign, campaigns, sometimes } from "./campaign.ts";
import { fromScratch } from "./from-scratch.ts";
import { isBlocker, marksIn } from "./oracle.ts";
import { type BuildRequest, Simulation } from "./simulation.ts";

/**
 * CI has the cases of 20,000 lives, in two files that run side by side; a usual run has a tenth. For more:
 * CODEX_MODEL_RUNS=20000 npx vitest run test/graph/model
 * A failure prints its seed and path: CODEX_MODEL_SEED=<seed> CODEX_MODEL_PATH=<path> runs just that case again.
 * CI lives the same lives each time, so that what it says follows from the code; a usual run lives others each time.
 */
const FILES = 2;
export const RUNS = Number(process.env.CODEX_MODEL_RUNS ?? (process.env.CI ? 20_000 : 2000)) / FILES;
const { CODEX_MODEL_SEED: SEED, CODEX_MODEL_PATH: PATH } = process.env;

const nat = fc.nat(99);
const picks = fc.array(nat, { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("source" as const), which: nat, text: fc.constantFrom("a", "b", "c") }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("edit" as const), which: nat }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), which: nat }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("takeBack" as const), which: nat }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("version" as const),
      which: nat,
      version: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("prompt" as const), which: nat, version: fc.integer({ min: 0, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "approve" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), which: nat }) },
  { weight: 1, arbitrary: fc.constant({ kind: "branch" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("checkout" as const), which: nat }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("build" as const),
      picks,
      limit: fc.constantFrom(1, 2, 3, 999, 999, 999, 999, 999),
      failing: sometimes(nat, 5),
      force: sometimes(nat, 6),
      refresh: sometimes(fc.constant(true), 8),
      overwriteEdits: sometimes(fc.constant(true), 8),
      meanwhile: sometimes(fc.record({ run: fc.nat(3), which: nat, text: fc.constantFrom("a", "b", "c") }), 5),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(simulation: Simulation, step: Step): void {
  const { campaign, world, settings } = simulation;
  const ids = [...campaign.members.keys()];
  const member = (which: number): Address => ids[which % ids.length]!;
  const source = (which: number): string => campaign.sources[which % campaign.sources.length]!;
  const written = (): string[] => [
    ...[...world.files.keys()].filter((file) => !file.endsWith(".json")),
    ...["shared.json", "scopes.json"].flatMap((file) =>
      Object.keys(JSON.parse(world.text(file)!) as object).map((name) => `${file}#/${name}`),
    ),
  ];
  // A source where nothing has been written, or all of it is gone.
  const any = (which: number): string => written()[which % written().length] ?? source(which);
  switch (step.kind) {
    case "source":
      return simulation.editSource(source(step.which), step.text);
    case "edit":
      return simulation.edit(any(step.which));
    case "remove":
      return simulation.remove(any(step.which));
    case "takeBack":
      return simulation.takeBack(any(step.which));
    case "version":
      settings.versions.set(member(step.which), step.version);
      return;
    case "prompt":
      settings.prompts.set(member(step.which), step.version);
      return;
    case "approve":
      return simulation.approve();
    case "lose":
      return simulation.lose(member(step.which));
    case "branch":
      return simulation.branch();
    case "checkout":
      return simulation.checkout(step.which);
    case "build":
      return build(simulation, {
        picks: step.picks,
        limit: step.limit,
        failing: new Set(step.failing === undefined ? [] : [member(step.failing)]),
        force: new Set(step.force === undefined ? [] : [member(step.force)]),
        refresh: step.refresh ?? false,
        overwriteEdits: step.overwriteEdits ?? false,
        meanwhile: step.meanwhile && { ...step.meanwhile, source: source(step.meanwhile.which) },
      });
  }
}

const PLAIN: BuildRequest = {
  picks: [0],
  limit: 999,
  failing: new Set(),
  force: new Set(),
  refresh: false,
  overwriteEdits: false,
  meanwhile: undefined,
};

function build(simulation: Simulation, request: BuildRequest): void {
  const { runs: ran, evaluation, graph } = simulation.build(request);
  if (request.limit < 999) return;
  // Nothing is skipped: what is not settled stands behind a failure, a person or an edit.
  for (const id of graph.order) {
    const status = evaluation.status(id);
    if (status.kind === "fresh" || isBlocker(evaluation, graph, id)) continue;
    expect(status, `${id}, after the build`).toMatchObject({ kind: "blocked" });
  }
  if (simulation.campaign.isOrdered && request.meanwhile === undefined && !request.overwriteEdits) {
    for (const [id, times] of ran) expect([id, times]).toEqual([id, 1]);
  }
  if (graph.order.every((id) => evaluation.status(id).kind === "fresh")) compareWithScratch(simulation);
  // A second build has nothing to do, unless what stood in the way of this one is gone.
  const isPlain = request.failing.size === 0 && request.force.size === 0 && !request.overwriteEdits && !request.refresh;
  if (isPlain) expect([...simulation.build({ ...PLAIN, picks: [1] }).runs]).toEqual([]);
}

/** Where everything is settled and nobody edited what was written, the files are those that one run of all would make. */
function compareWithScratch(simulation: Simulation): void {
  const { campaign, world, settings, memories } = simulation;
  const members = [...campaign.members.values()];
  if (members.some(({ spec }) => spec.decidedBy !== undefined || spec.mayAmend!.length > 0)) return;
  if (marksIn(world).length > 0 || simulation.uncertain.size > 0) return;
  const sources = campaign.sources.flatMap((name) => {
    const text = world.text(name);
    return text === undefined ? [] : [[name, text.replace(/\+.*/, "")] as const];
  });
  const expected = fromScratch(campaign, simulation.graph(), settings, Object.fromEntries(sources));
  expect(Object.fromEntries(world.files)).toEqual(Object.fromEntries(expected.files));
  for (const [id, { products }] of memories)
    for (const [name, text] of products) expect([id, text]).toEqual([id, expected.products.get(`${id}:${name}`)]);
}

/** Every state, and every reason, that a graph alone can show. */
const OCCURRING = [
  ...[
    "fresh",
    "drifted",
    "edited",
    "stale",
    "pending",
    "waiting",
    "blocked by an edit",
    "blocked",
    "failed",
    "unknown",
  ],
  ...[
    "neverBuilt",
    "inputChanged",
    "readChanged",
    "ruleChanged",
    "outputMissing",
    "outputReverted",
    "wanted",
    "drifted",
    "forced",
  ].map((kind) => `because ${kind}`),
];

/** Lives one life, and compares it with the naive model. */
export function live(campaign: Campaign, steps: readonly Step[], counts = new Map<string, number>()): void {
  const simulation = new Simulation(campaign, counts);
  for (const each of steps) take(simulation, each);
  build(simulation, PLAIN);
}

/**
 * Lives so many lives of made-up campaigns.
 * @param seed says which ones, in CI.
 */
export function agrees(runs: number, seed: number): void {
  const counts = new Map<string, number>();
  const lives = fc.property(campaigns, fc.array(step, { maxLength: 8 }), (campaign, steps) =>
    live(campaign, steps, counts),
  );
  const chosen = SEED === undefined ? (process.env.CI ? seed : undefined) : Number(SEED);
  fc.assert(lives, {
    numRuns: runs,
    ...(chosen === undefined ? {} : { seed: chosen }),
    ...(PATH === undefined ? {} : { path: PATH }),
  });
  // A state that never occurs is one of which nothing was checked.
  if (SEED === undefined && runs >= 500)
    for (const name of OCCURRING) expect([name, counts.get(name) ?? 0]).not.toEqual([name, 0]);
}
