/** Work that is there already counts as built, when it stands up to what a build would have asked of it. */
import { describe, expect, it } from "vitest";
import { call, defect } from "../../src/exec/action.ts";
import { type AdoptOptions, adopt } from "../../src/exec/adopt.ts";
import { resolveGoals } from "../../src/exec/build.ts";
import { layOut } from "../../src/exec/engine.ts";
import type { Address } from "../../src/graph/address.ts";
import { Evaluation } from "../../src/graph/evaluate.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, intermediate, product, section } from "../../src/rules/source.ts";
import { one, rig } from "./rig.ts";

const OPTIONS: AdoptOptions = {
  by: "person:Ada",
  at: "2026-01-01T00:00:00.000Z",
  why: "made by hand",
  again: false,
  checked: true,
  without: () => false,
};
const never = call(() => {
  throw new Error("nothing runs");
});

/** Adopts what can be, in memory; the states are those after it. */
function adopting(
  rules: readonly Rule[],
  files: Readonly<Record<string, string>>,
  options: Partial<AdoptOptions> = {},
) {
  const made = rig(rules);
  for (const [path, text] of Object.entries(files)) made.write(path, text);
  const engine = made.open();
  const layout = layOut(engine.expand);
  const result = adopt(engine, layout, resolveGoals(layout, ["all"]).goals, { ...OPTIONS, ...options });
  const after = new Evaluation(layout.graph, engine.world);
  return {
    made,
    result,
    adopted: [...result.adopted.keys()],
    refused: Object.fromEntries([...result.refused].map(([id, { why }]) => [id, why])),
    status: (id: string) => after.status(id as Address).kind,
  };
}

const a = rule({
  name: "A",
  each: one,
  inputs: () => ({ source: file("source.txt") }),
  outputs: () => ({ one: section("plan.md", "§1") }),
  run: never,
  check: ({ outputs }) => (outputs.one!.includes("good") ? [] : [defect("it is not good")]),
});
const b = rule({
  name: "B",
  each: one,
  inputs: () => ({ one: section("plan.md", "§1") }),
  outputs: () => ({ two: section("plan.md", "§2") }),
  run: never,
});
const plan = (one: string, two = "\n## §2. Two\n\nsecond\n"): string => `# Plan\n\n## §1. One\n\n${one}\n${two}`;

describe("adopting", () => {
  it("takes what stands and passes its check, with who, when and why", () => {
    const { adopted, result, status } = adopting([a, b], { "plan.md": plan("good"), "source.txt": "s" });
    expect(adopted).toEqual(["book/x/A", "book/x/B"]);
    expect([status("book/x/A"), status("book/x/B")]).toEqual(["fresh", "fresh"]);
    expect(result.adopted.get("book/x/A" as Address)?.run).toEqual({
      at: OPTIONS.at,
      seconds: 0,
      usd: 0,
      attempts: 0,
      agent: "person:Ada",
      why: "made by hand",
    });
  });

  it.each<[string, Record<string, string>, Partial<AdoptOptions>, readonly string[], Record<string, string>]>([
    [
      "a missing output",
      { "plan.md": plan("good", "") },
      {},
      ["book/x/A"],
      { "book/x/B": "its output plan.md#§2 is missing" },
    ],
    [
      "a failing check, and what needs it",
      { "plan.md": plan("bad") },
      {},
      [],
      {
        "book/x/A": "its check fails: it is not good",
        "book/x/B": "it needs book/x/A, which is not settled and cannot be adopted",
      },
    ],
    ["a failing check, told to go on", { "plan.md": plan("bad") }, { checked: false }, ["book/x/A", "book/x/B"], {}],
    [
      "what cannot be read",
      { "plan.md": plan("good\n\n## §2. Twice\n") },
      {},
      ["book/x/A"],
      { "book/x/B": expect.stringContaining("plan.md#§2 cannot be read") },
    ],
    [
      "an absence that was named",
      { "plan.md": plan("good", "") },
      { without: (path) => path === "plan.md" },
      ["book/x/A", "book/x/B"],
      {},
    ],
  ])("%s", (_, files, options, expected, refusals) => {
    const { adopted, refused } = adopting([a, b], files, options);
    expect(adopted).toEqual(expected);
    expect(refused).toEqual(refusals);
  });

  const draft = rule({
    name: "draft",
    each: one,
    inputs: () => ({ source: file("source.txt") }),
    outputs: () => ({ text: intermediate() }),
    run: call(({ inputs }) => ({ outputs: { text: inputs.source!.toUpperCase() } })),
  });
  const publish = rule({
    name: "publish",
    each: one,
    inputs: () => ({ text: product(draft, { book: { slug: "x" } }, "text") }),
    outputs: () => ({ page: file("page.txt") }),
    run: call(({ inputs }) => ({ outputs: { page: inputs.text! } })),
  });

  it("an intermediate goes with what was made of it", () => {
    expect(adopting([draft, publish], { "source.txt": "s", "page.txt": "by hand" }).adopted).toEqual([
      "book/x/draft",
      "book/x/publish",
    ]);
  });

  it("an intermediate of which nothing was made is not adopted", () => {
    const { adopted, refused } = adopting([draft, publish], { "source.txt": "s" });
    expect(adopted).toEqual([]);
    expect(refused["book/x/draft"]).toContain("nothing that was made of it");
    expect(refused["book/x/publish"]).toContain("page.txt is missing");
  });

  it("what is adopted stays fresh, and is built when what it reads changes", async () => {
    const { made, result } = adopting([draft, publish], { "source.txt": "s", "page.txt": "by hand" });
    const engine = made.open();
    for (const [id, trace] of result.adopted) engine.traces.set(id, trace);
    const path = engine.traces.fileOf("book/x/draft" as Address);
    made.write(path, new TextDecoder().decode(engine.traces.render(path)));
    expect((await made.build()).done).toEqual([]);
    made.write("source.txt", "new");
    expect((await made.build()).done).toEqual(["book/x/draft", "book/x/publish"]);
    expect(made.read("page.txt")).toBe("NEW");
  });

  it("leaves what was built alone, unless it is told to take it as it stands", async () => {
    const copy = rule({
      name: "copy",
      each: one,
      inputs: () => ({ source: file("source.txt") }),
      outputs: () => ({ copy: file("copy.txt") }),
      run: call(({ inputs }) => ({ outputs: { copy: inputs.source! } })),
    });
    const made = rig([copy]);
    made.write("source.txt", "old");
    await made.build();
    made.write("source.txt", "new");
    const engine = made.open();
    const layout = layOut(engine.expand);
    const goals = resolveGoals(layout, ["all"]).goals;
    expect(adopt(engine, layout, goals, OPTIONS).adopted.size).toBe(0);
    expect([...adopt(engine, layout, goals, { ...OPTIONS, again: true }).adopted.keys()]).toEqual(["book/x/copy"]);
    expect(new Evaluation(layout.graph, engine.world).status("book/x/copy" as Address).kind).toBe("fresh");
    made.write("copy.txt", "edited");
    const edited = made.open();
    const refused = adopt(edited, layOut(edited.expand), goals, { ...OPTIONS, again: true }).refused;
    expect([...refused.values()][0]?.why).toContain("codex accept book/x/copy");
  });
});
