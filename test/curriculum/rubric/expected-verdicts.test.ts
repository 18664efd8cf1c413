/** Verdicts of the campaign's own validator, over its real units and over damaged variants of them. */
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../../src/artifact/workspace.ts";
import { indexWorkspace } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import { validateUnit } from "../../../src/curriculum/rubric/validate-unit.ts";
import { corpusView, type ExpectedVerdict, expected, type Mutation, mutate, WITHOUT_CORPUS } from "./shared-corpus.ts";
import { overlayView } from "./views.ts";

describe.skipIf(WITHOUT_CORPUS)(WITHOUT_CORPUS ?? "the campaign's units", () => {
  const view = corpusView();
  const index = WITHOUT_CORPUS === undefined ? indexWorkspace(view) : undefined;

  it("get the expected verdicts, all 167", () => {
    const verdicts = Object.entries(expected<Record<RepoPath, ExpectedVerdict>>("unit-verdicts.json"));
    expect(verdicts).toHaveLength(167);
    for (const [path, verdict] of verdicts) {
      expect({ path, ...outcome(validateUnit(view, path as RepoPath, index!)) }).toEqual({ path, ...verdict });
    }
  });

  it("get the expected verdicts when damaged, all 240", () => {
    const mutations = expected<readonly Mutation[]>("mutations.json");
    expect(mutations).toHaveLength(240);
    for (const { base, kind, ops, ...verdict } of mutations) {
      const text = mutate(new TextDecoder().decode(view.bytes(base)), ops);
      const damaged = overlayView(view, new Map([[base, new TextEncoder().encode(text)]]));
      expect({ base, kind, ...outcome(validateUnit(damaged, base, index!)) }).toEqual({ base, kind, ...verdict });
    }
  });
});

const outcome = ({ passed, total, failed }: ExpectedVerdict): ExpectedVerdict => ({ passed, total, failed });
