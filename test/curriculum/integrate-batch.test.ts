/** Integration as its rule runs it: a whole batch, or the defects of those that hold it up. */
import { describe, expect, test } from "vitest";
import { readFragment } from "../../src/artifact/fragment.ts";
import { overlay } from "../../src/artifact/overlay.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { SHARED_FILES } from "../../src/curriculum/integrate.ts";
import { integrateBatch } from "../../src/curriculum/integrate-batch.ts";
import type { InputTexts, RunOutputs } from "../../src/exec/action.ts";
import { FaultError } from "../../src/fault.ts";
import { pilotPlan, recorded, repository, textAt, withFiles } from "./repository.ts";

const [FIRST, SECOND] = pilotPlan.batches;
const inputsOf = (batch: typeof FIRST): Record<string, string> =>
  Object.fromEntries(
    batch!.units.flatMap(({ id }) => [
      [`unit/${id}`, recorded(`P4_production/${id}/unit.md`)],
      [`proposals/${id}`, recorded(`P4_production/${id}/proposals.yaml`)],
    ]),
  );

/** The workspace with what a run made in it. */
const applied = (view: WorkspaceView, batch: typeof FIRST, made: RunOutputs): WorkspaceView =>
  overlay(
    view,
    new Map<RepoPath, Uint8Array>([
      ...[...(made.writes ?? [])].map(([path, bytes]) => [path as RepoPath, bytes] as const),
      ...batch!.units.map((unit) => [unit.path as RepoPath, new TextEncoder().encode(made.outputs[unit.id])] as const),
    ]),
  );

const first = integrateBatch(FIRST!, inputsOf(FIRST), repository);

describe("a batch", () => {
  test("gives each unit by its id, a report, and shared files: nothing else", () => {
    expect(first.defects ?? []).toEqual([]);
    expect(Object.keys(first.outputs).toSorted()).toEqual(
      [...FIRST!.units.map((unit) => unit.id), "report"].toSorted(),
    );
    expect([...first.writes!.keys()].every((path) => SHARED_FILES.includes(path as RepoPath))).toBe(true);
    for (const { id } of FIRST!.units) expect(first.outputs.report).toContain(id);
  });

  test("is taken in the order of the plan", () => {
    const shown = (units: readonly { readonly id: string }[], report: string): string[] =>
      units.map(({ id }) => id).sort((a, b) => report.indexOf(`### ${a}`) - report.indexOf(`### ${b}`));
    const backwards = { ...FIRST!, units: [...FIRST!.units].reverse() };
    for (const batch of [FIRST!, backwards]) {
      const { report } = integrateBatch(batch, inputsOf(batch), repository).outputs;
      expect(report).toContain(`### ${batch.units[0]!.id}`);
      expect(shown(batch.units, report!)).toEqual(batch.units.map(({ id }) => id));
    }
  });

  test("gives units whose connections have their numbers", () => {
    const text = first.outputs["03.09.11"]!;
    expect(text).toContain("conn:005.clifford-chessboard");
    for (const { id } of FIRST!.units) expect(first.outputs[id]).not.toContain("conn:NEW.");
  });

  test("queues a connection whose concept is not there, for a person", () => {
    const inputs = inputsOf(FIRST);
    const proposals = "proposals/03.09.11";
    inputs[proposals] = inputs[proposals]!.replace(
      "to: spin-geometry.clifford-chessboard",
      "to: spin-geometry.nowhere",
    );
    const made = integrateBatch(FIRST!, inputs, repository);
    expect(made.defects ?? []).toEqual([]);
    expect(textAt(applied(repository, FIRST, made), "manifests/connection_proposals.md")).toContain(
      "spin-geometry.nowhere",
    );
    expect(textAt(applied(repository, FIRST, first), "manifests/connection_proposals.md")).not.toContain(
      "spin-geometry.nowhere",
    );
  });

  test("owns fragments that are in the files that it writes, and were not there before", () => {
    expect(first.fragments!.length).toBeGreaterThan(5);
    for (const name of first.fragments!) {
      const ref = parseRef(name);
      if (!ref.ok) throw new FaultError(ref.error);
      const { path, fragment } = ref.value;
      const now = readFragment(new TextDecoder().decode(first.writes!.get(path)), fragment!);
      const before = readFragment(textAt(repository, path), fragment!);
      expect([name, now.ok && now.value !== undefined, before.ok && before.value === undefined]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });

  test("comes out the same when it is done again on what it made, without a fragment more", () => {
    const made = applied(repository, FIRST, first);
    const again = integrateBatch(FIRST!, inputsOf(FIRST), made);
    // The unit's own connection is registered already, so that it keeps its number.
    expect(again.defects ?? []).toEqual([]);
    for (const path of again.writes!.keys()) expect(textAt(applied(made, FIRST, again), path)).toBe(textAt(made, path));
  });

  test("is the next one's ground", () => {
    expect(integrateBatch(SECOND!, inputsOf(SECOND), repository).defects).not.toEqual([]);
    const second = integrateBatch(SECOND!, inputsOf(SECOND), applied(repository, FIRST, first));
    expect(second.defects ?? []).toEqual([]);
    expect(Object.keys(second.outputs).toSorted()).toEqual(
      [...SECOND!.units.map((unit) => unit.id), "report"].toSorted(),
    );
  });
});

describe("a batch is taken whole or not at all", () => {
  const spoiled = (id: string, change: (inputs: Record<string, string>) => void): RunOutputs => {
    const inputs = inputsOf(FIRST);
    change(inputs);
    const made = integrateBatch(FIRST!, inputs, repository);
    expect(made.outputs).toEqual({});
    expect(made.writes ?? new Map()).toEqual(new Map());
    expect((made.defects ?? []).map((defect) => defect.where)).toContain(id);
    return made;
  };

  test("one draft that fails the rubric holds up the others, and is named", () => {
    const made = spoiled("03.09.14", (inputs) => {
      inputs["unit/03.09.14"] = recorded("P4_production/03.09.14/unit.attempt-1.md");
    });
    expect(made.defects!.every((defect) => defect.where === "03.09.14")).toBe(true);
  });

  test("one that cannot be read", () => {
    spoiled("03.09.19", (inputs) => {
      inputs["proposals/03.09.19"] = "catalog: [";
    });
  });

  test("one that is not there", () => {
    spoiled("03.09.11", (inputs) => {
      delete inputs["unit/03.09.11"];
      delete inputs["proposals/03.09.11"];
    });
  });

  test("one that takes another one's place", () => {
    spoiled("03.09.14", (inputs) => {
      inputs["unit/03.09.14"] = inputs["unit/03.09.11"]!;
      inputs["proposals/03.09.14"] = inputs["proposals/03.09.11"]!;
    });
  });
});

test("a shared file that is broken is a fault, whatever the drafts are", () => {
  const broken = withFiles(repository, { "manifests/deps.json": "{" });
  expect(() => integrateBatch(FIRST!, inputsOf(FIRST), broken)).toThrow(FaultError);
});

test("a batch without units gives a report and nothing else", () => {
  const none: InputTexts = {};
  const made = integrateBatch({ number: 9, units: [] }, none, repository);
  expect(made.defects ?? []).toEqual([]);
  expect(Object.keys(made.outputs)).toEqual(["report"]);
  expect([...made.writes!]).toEqual([]);
});
