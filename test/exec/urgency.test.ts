import { describe, expect, it } from "vitest";
import { Scheduler } from "../../src/exec/scheduler.ts";
import type { Snapshot } from "../../src/exec/snapshot.ts";
import { Urgency } from "../../src/exec/urgency.ts";
import type { World } from "../../src/exec/world.ts";
import type { Address } from "../../src/graph/address.ts";
import { graphOf, target } from "../graph/world.ts";

interface Job {
  readonly rule: string;
  readonly declared: number;
  /** What its last run took. */
  readonly took?: number;
  readonly fresh?: true;
}

/** @returns seconds from the start of a target to the end of the build. */
function urgency(jobs: Readonly<Record<string, Job>>): (id: string) => number {
  const targets = Object.entries(jobs).map(([id, { rule, declared }]) => ({
    ...target(id, {}),
    rule,
    estimate: { seconds: declared, usd: 0 },
  }));
  const snapshot = {
    graph: graphOf(...targets),
    tasks: new Map(targets.map((each) => [each.id, { target: each, pool: "one", action: { kind: "call" } }])),
    evaluation: { status: (id: Address) => ({ kind: jobs[id]!.fresh ? "fresh" : "stale" }) },
  } as unknown as Snapshot;
  const trace = (id: Address) => {
    const { took } = jobs[id]!;
    return took === undefined
      ? undefined
      : { run: { at: "2026-11-02T09:00:00.000Z", agent: "engine", seconds: took, usd: 0 } };
  };
  const world = { trace } as unknown as World;
  const found = new Urgency({ scheduler: new Scheduler({}, 8), world });
  return (id) => found.of(snapshot, id as Address);
}

describe("urgency", () => {
  it("goes by a target's last run, else by the runs of its pass, else by what the rule declares", () => {
    const of = urgency({
      "a/slow": { rule: "slow", declared: 10, took: 300, fresh: true },
      "b/slow": { rule: "slow", declared: 10 },
      "c/slow": { rule: "slow", declared: 10, took: 500 },
      "d/new": { rule: "new", declared: 100 },
    });
    expect(["a/slow", "b/slow", "c/slow", "d/new"].map(of)).toEqual([0, 400, 500, 100]);
  });
});
