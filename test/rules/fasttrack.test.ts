/** The Fast Track rules as a graph: what there is, what hangs off what, and what a campaign of several books comes to. */
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { resolveAddress } from "../../src/graph/address.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import { expandRules } from "../../src/rules/expand.ts";
import { type FasttrackOptions, fasttrack } from "../../src/rules/fasttrack/fasttrack.ts";
import { recorded, repository, textAt, withFiles } from "../curriculum/repository.ts";

const SLUG = "lawson-michelsohn-spin-geometry";
const OTHER = "bott-tu-differential-forms";
const PLAN = `plans/fasttrack/${SLUG}.md`;

/** A plan of the pilot, as its recordings have it. */
const plan = (verification = recorded("P5_verification.md")): string =>
  ["# A plan", recorded("P3_plan.md"), verification].join("\n\n");
/** The same book's plan under another name, with other ids for what it makes. */
const otherPlan = plan()
  .replaceAll(/03\.09\.(11|14|16|18|19)/g, "03.19.$1")
  .replaceAll("spin-geometry.", "other.");

function graphOf(files: Readonly<Record<string, string>>, options: FasttrackOptions = {}): Graph {
  const tasks = expandRules(fasttrack(options).rules, withFiles(repository, files));
  const graph = buildGraph(tasks.map(({ target }) => target));
  if (!graph.ok) throw new Error(graph.error.what);
  return graph.value;
}
const idsOf = (graph: Graph, typed: string): string[] => {
  const found = resolveAddress(typed, [...graph.targets.values()]);
  return found.ok ? found.value.map(({ id }) => id) : [];
};
const needs = (graph: Graph, id: string): string[] => [...graph.dependencies(id as Address).keys()];
const batched = (name: string): string =>
  textAt(repository, "manifests/books.yaml")
    .replace(`- slug: ${SLUG}\n`, `- slug: ${SLUG}\n    batch: ${name}\n`)
    .replace(`- slug: ${OTHER}\n`, `- slug: ${OTHER}\n    batch: ${name}\n`);
const BOTH = { [PLAN]: plan(), [`plans/fasttrack/${OTHER}.md`]: otherPlan };

describe("a book that is verified at once", () => {
  const graph = graphOf({ [PLAN]: plan() });

  test("has one round of everything, under the addresses of the protocol", () => {
    const rules = idsOf(graph, `book/${SLUG}`).map((id) => id.split("/").slice(2).join("/"));
    expect(rules.filter((rule) => /^P[5VW]|repair/.test(rule))).toEqual([
      "P5_verification",
      "PW_weaving",
      "PV_picks",
      "PV_samples",
      "PV_continuity",
    ]);
  });

  test("is woven when it is verified, and judged when it is woven", () => {
    expect(needs(graph, `book/${SLUG}/PW_weaving`)).toContain(`book/${SLUG}/P5_verification`);
    expect(needs(graph, `book/${SLUG}/PV_continuity`)).toContain(`book/${SLUG}/PW_weaving`);
    expect(needs(graph, `book/${SLUG}/P5_verification`)).not.toContain(`book/${SLUG}/PW_weaving`);
  });
});

describe("rounds", () => {
  const short = `${recorded("P5_verification.md").replace("| Applications | 6 | 6 | 100 | 80 | pass |", "| Applications | 3 | 6 | 50 | 80 | not met |")}\n### 4.5 Gap list\n\n| # | Result | Layer | Unit |\n|---|---|---|---|\n| A2 | K3 | Applications | 03.09.16 |\n`;
  const graph = graphOf({ [PLAN]: plan(short) });

  test("come in the order in which they were asked for", () => {
    const repair = `book/${SLUG}/P4_repair/03.09.16`;
    expect(needs(graph, repair)).toContain(`book/${SLUG}/P5_verification`);
    expect(needs(graph, `book/${SLUG}/P5_verification/2`)).toContain(repair);
    expect(needs(graph, `book/${SLUG}/PW_weaving`)).toContain(`book/${SLUG}/P5_verification/2`);
    expect(graph.dependsOn(`book/${SLUG}/P5_verification` as Address, repair as Address)).toBe(false);
  });

  test("of weaving are three at most", () => {
    const again = "# Continuity\n\n## Outcome\n\nTo be woven again:\n\n- forward_density\n";
    const folder = `manifests/reports/${SLUG}`;
    const reports = Object.fromEntries(
      ["", "-2", "-3", "-4"].map((round) => [`${folder}/continuity_report${round}.md`, again]),
    );
    const woven = graphOf({ [PLAN]: plan(), ...reports });
    expect(idsOf(woven, `book/${SLUG}`).filter((id) => id.includes("PW_weaving"))).toEqual(
      ["", "/2", "/3"].map((round) => `book/${SLUG}/PW_weaving${round}`),
    );
    expect(needs(woven, `book/${SLUG}/PW_weaving/2`)).toContain(`book/${SLUG}/PV_continuity`);
  });
});

describe("books that are woven together", () => {
  const isWeaving = (id: string): boolean => id.endsWith("/PW_weaving");

  test("are those that the list puts into one batch", () => {
    const graph = graphOf({ ...BOTH, "manifests/books.yaml": batched("spin") });
    const weavings = [...graph.targets.keys()].filter(isWeaving);
    expect(weavings).toContain("batch/spin/PW_weaving");
    expect(weavings).not.toContain(`book/${SLUG}/PW_weaving`);
    expect(needs(graph, "batch/spin/PW_weaving")).toEqual(
      expect.arrayContaining([`book/${SLUG}/P5_verification`, `book/${OTHER}/P5_verification`]),
    );
    // A book finds the batch that it is woven in, and building the book alone does not build the others.
    expect(idsOf(graph, `weaving/${SLUG}`)).toContain("batch/spin/PV_continuity");
    expect(idsOf(graph, `book/${SLUG}`).some(isWeaving)).toBe(false);
  });

  test("wait for each other: a batch with a book that is not verified is undecided", () => {
    const graph = graphOf({ [PLAN]: plan(), "manifests/books.yaml": batched("spin") });
    const target = graph.targets.get("batch/spin/PW_weaving" as Address);
    expect(target?.decidedBy).toEqual(expect.objectContaining({ path: `plans/fasttrack/${OTHER}.md` }));
    expect(target?.outputs).toEqual([]);
  });

  test("or, where the campaign says so, those whose plans share enough units", () => {
    const place = (share: number): string[] =>
      [...graphOf(BOTH, { weaving: { share } }).targets.values()].flatMap(({ id, outputs }) =>
        isWeaving(id) && outputs.length > 0 ? [id] : [],
      );
    expect(place(3)).toEqual([`batch/with-${OTHER}/PW_weaving`]);
    expect(place(99)).toEqual(expect.arrayContaining([`book/${SLUG}/PW_weaving`, `book/${OTHER}/PW_weaving`]));
  });
});

describe("flows", () => {
  const FLOW = "flow/lawson-michelsohn-pt1";
  const flow = { "flows/lawson-michelsohn-pt1.md": recorded("../lawson-michelsohn-pt1/flow.md") };
  const strand = textAt(repository, "manifests/books.yaml").replace(
    "flows:\n",
    "flows:\n  - { id: spin-strand, kind: strand, title: Spin, flows: [lawson-michelsohn-pt1] }\n  - { id: fasttrack-canonical, kind: synthesis, title: All, flows: [spin-strand] }\n",
  );

  test("hang off their book, strands off flows, the synthesis off strands", () => {
    const graph = graphOf({ [PLAN]: plan(), ...flow, "manifests/books.yaml": strand });
    expect(needs(graph, `${FLOW}/PA_trajectory`)).toContain(`book/${SLUG}/P5_verification`);
    expect(needs(graph, "flow/spin-strand/PA_trajectory")).toEqual([`${FLOW}/PD_verification`]);
    expect(needs(graph, "flow/fasttrack-canonical/PA_trajectory")).toEqual(["flow/spin-strand/PD_verification"]);
    expect(idsOf(graph, "flow/lawson")).toHaveLength(6);
    expect(idsOf(graph, "tier/alpha")).toContain(`${FLOW}/PV_attenuation`);
  });

  test("edit their file one after the other, and depend on the units of their steps", () => {
    const graph = graphOf({ [PLAN]: plan(), ...flow });
    expect(graph.chain("flows/lawson-michelsohn-pt1.md" as never).map(({ id }) => id)).toEqual(
      ["PA_trajectory", "PB_bridges", "PC_pauses", "PE_weaving"].map((pass) => `${FLOW}/${pass}`),
    );
    expect(needs(graph, `${FLOW}/PD_verification`)).toContain(`book/${SLUG}/integrate/1`);
    expect(needs(graph, `${FLOW}/PV_attenuation`)).toContain(`${FLOW}/PE_weaving`);
  });
});

test("the whole curriculum is judged after every flow and every batch", () => {
  const graph = graphOf({
    [PLAN]: plan(),
    "flows/lawson-michelsohn-pt1.md": recorded("../lawson-michelsohn-pt1/flow.md"),
  });
  for (const id of [`book/${SLUG}/PW_weaving`, "flow/lawson-michelsohn-pt1/PE_weaving"])
    expect(graph.dependsOn("curriculum/fasttrack/PV_curriculum" as Address, id as Address)).toBe(true);
});
