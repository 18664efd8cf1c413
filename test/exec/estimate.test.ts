import { describe, expect, it } from "vitest";
import { runHistory } from "../../src/campaign/run-history.ts";
import { describeBasis, Estimates, runsInTraces } from "../../src/exec/estimate.ts";
import type { Task } from "../../src/exec/task.ts";
import type { RunRecord, Trace } from "../../src/graph/trace.ts";
import { graphOf, target } from "../graph/world.ts";

const task = (rule: string, kind: "agent" | "call" = "agent"): Task =>
  ({ target: { ...target(`book/x/${rule}`), estimate: { seconds: 60, usd: 2 } }, action: { kind } }) as unknown as Task;
const run = (changes: Partial<RunRecord>): Trace =>
  ({ run: { at: "2026-01-01T00:00:00.000Z", seconds: 1, usd: 1, attempts: 1, agent: "agent-x", ...changes } }) as Trace;

describe("an estimate", () => {
  it("is what the rule declares until a run is known", () => {
    const estimate = new Estimates([], false).of(task("P1"));
    expect(estimate).toEqual({ seconds: 60, usd: 2, basis: { kind: "declared" } });
    expect(describeBasis(estimate.basis)).toBe("as declared");
  });

  it("is the median of the pass's runs", () => {
    const samples = [1, 9, 2, 100].map((usd) => ({ rule: "P1", seconds: usd * 10, usd }));
    expect(new Estimates(samples, false).of(task("P1"))).toEqual({
      seconds: 55,
      usd: 5.5,
      basis: { kind: "history", runs: 4 },
    });
    expect(new Estimates(samples, false).of(task("P2")).basis.kind).toBe("declared");
  });

  it("rests on the latest runs only", () => {
    const samples = Array.from({ length: 200 }, (_, index) => ({ rule: "P1", seconds: 1, usd: index < 64 ? 1 : 50 }));
    expect(new Estimates(samples, false).of(task("P1"))).toMatchObject({ usd: 1, basis: { runs: 64 } });
  });

  it("costs nothing where agents are replayed", () => {
    expect(new Estimates([], true).of(task("P1")).usd).toBe(0);
    expect(new Estimates([], true).of(task("P1", "call")).usd).toBe(2);
  });
});

describe("runs in traces", () => {
  const graph = graphOf(...["a", "b", "c", "d"].map((name) => target(`book/${name}/P1`)));
  const traces = new Map<string, Trace>([
    ["book/a/P1", run({ at: "2026-01-01T00:00:00.000Z", usd: 1 })],
    ["book/b/P1", run({ at: "2026-01-02T00:00:00.000Z", usd: 2 })],
    ["book/c/P1", run({ agent: "person:ada", usd: 0 })],
    ["book/d/P1", run({ model: "replay", usd: 0 })],
  ]);

  it("are the latest first, without what a person took over and what was replayed", () => {
    expect(runsInTraces(graph, (id) => traces.get(id), false).map(({ usd }) => usd)).toEqual([2, 1]);
    expect(runsInTraces(graph, (id) => traces.get(id), true).map(({ usd }) => usd)).toEqual([2, 1, 0]);
  });
});

describe("runs in the cost ledger", () => {
  const call = (attempt: number, turn: number, cost_usd: number, changes = {}) => ({
    address: "book/x/P1",
    pass: "P1",
    attempt,
    turn,
    outcome: "answered" as const,
    cost_usd,
    duration_s: 1,
    model: "claude",
    ...changes,
  });

  it("end where the next begins; attempts and failed calls belong to them", () => {
    const { samples, targets } = runHistory([
      call(1, 1, 1, { outcome: "failed" }),
      call(1, 1, 2),
      call(1, 2, 4),
      call(2, 1, 8),
      call(1, 1, 16),
      call(1, 1, 32),
      call(1, 1, 64, { address: "book/y/P1" }),
      call(1, 1, 128, { model: "replay" }),
    ]);
    expect(samples.map(({ usd, seconds }) => [usd, seconds])).toEqual([
      [64, 1],
      [32, 1],
      [16, 1],
      [15, 4],
    ]);
    expect([...targets]).toEqual(["book/x/P1", "book/y/P1"]);
  });
});
