import { describe, expect, it } from "vitest";
import { again, agent, call, command, narrow, person, toPerson } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { checkConfig, defineConfig } from "../../src/rules/config.ts";
import { type RuleSpec, rule } from "../../src/rules/rule.ts";
import { error, value } from "../agents/scripted.ts";

const books = collection("book", { items: [{ slug: "x" }], key: (book: { slug: string }) => book.slug });
const spec: RuleSpec<{ readonly book: { slug: string } }> = {
  name: "A",
  each: books,
  outputs: () => ({}),
  run: call(() => ({ outputs: {} })),
};
const one = rule(spec);
const FILE = "codex.config.ts";
/** A configuration with one rule, which is a little wrong. */
const withRule = (changes: Record<string, unknown>): unknown => ({ rules: [{ ...one, ...changes }] });

describe("checkConfig", () => {
  it("takes the least there is, and fills in the rest", () => {
    const config = value(checkConfig(defineConfig({ rules: [one] }), FILE));
    expect(config).toMatchObject({ pools: {}, limit: 32, agents: { provider: "replay", recordings: "recordings" } });
    expect(config.agents.lookup).toBeUndefined();
    expect(config.rules.map((each) => each.name)).toEqual(["A"]);
  });

  it("takes everything that a rule may say, and leaves its functions as they are", () => {
    const full = rule({
      ...spec,
      version: 2,
      identity: ({ book }) => book.slug,
      inputs: () => ({}),
      reads: ["content/**"],
      amends: () => [],
      mayAmend: () => [],
      after: () => [],
      pool: "p",
      shared: "write",
      check: () => [],
      recovery: [again({ hint: "x", tokens: 2 }), narrow("y"), toPerson()],
      gate: "after",
      wall: 0.5,
      estimate: { seconds: 1, usd: 0 },
    });
    const config = value(checkConfig({ rules: [full], pools: { p: 1 }, limit: 2, campaign: { books } }, FILE));
    const [checked] = config.rules;
    for (const key of Object.keys(full) as (keyof typeof full)[]) expect(checked?.[key], key).toEqual(full[key]);
    expect(checked?.each.segments({ book: { slug: "x" } })).toEqual(["book", "x"]);
    expect(checked?.check?.({} as never)).toEqual([]);
    expect(config.campaign).toMatchObject({ manifests: "manifests" });
    expect(config.campaign?.books.expand({ bytes: () => undefined, list: () => [] }).members).toHaveLength(1);
  });

  it.each([agent({ prompt: "p.md" }), command(["true"]), call(() => ({ outputs: {} })), person({ ask: "?" })])(
    "takes a rule that runs $kind",
    (run) => {
      expect(value(checkConfig(withRule({ run }), FILE)).rules[0]?.run).toEqual(run);
    },
  );

  it.each<[string, unknown, string, string]>([
    ["nothing", undefined, "(the default export)", "expected object"],
    ["a list", [], "(the default export)", "expected object"],
    ["a function", () => ({}), "(the default export)", "expected object"],
    ["an unknown key", { rules: [one], poools: {} }, "", "poools"],
    ["no rules", {}, "rules", ""],
    ["rules that are none", { rules: [] }, "rules", "at least one rule"],
    ["a rule that is null", { rules: [null] }, "rules.0", ""],
    ["a bare object for a rule", { rules: [spec] }, "rules.0.kind", "wrap it in rule({ … })"],
    ["the second rule wrong", { rules: [one, { ...one, name: "" }] }, "rules.1.name", "letters, digits, _ and -"],
    ["a name with a slash", withRule({ name: "a/b" }), "rules.0.name", "letters, digits, _ and -"],
    ["a name with a dot, as gates have it", withRule({ name: "a.gate" }), "rules.0.name", ""],
    ["a name that is a number", withRule({ name: 1 }), "rules.0.name", ""],
    ["no collection", withRule({ each: undefined }), "rules.0.each", "collection(…)"],
    ["a list instead of a collection", withRule({ each: [1] }), "rules.0.each", "collection(…)"],
    ["outputs that are no function", withRule({ outputs: {} }), "rules.0.outputs", "a function"],
    ["no outputs", withRule({ outputs: undefined }), "rules.0.outputs", "a function"],
    ["inputs that are no function", withRule({ inputs: {} }), "rules.0.inputs", "a function"],
    ["identity that is no function", withRule({ identity: "x" }), "rules.0.identity", "a function"],
    ["nothing to run", withRule({ run: undefined }), "rules.0.run", "agent(…), command(…), call(…) or person(…)"],
    [
      "a function to run, without call",
      withRule({ run: () => ({}) }),
      "rules.0.run",
      "agent(…), command(…), call(…) or person(…)",
    ],
    ["a run of an unknown kind", withRule({ run: { kind: "shell" } }), "rules.0.run.kind", ""],
    ["a ladder of an unknown rung", withRule({ recovery: [{ kind: "hope" }] }), "rules.0.recovery.0.kind", ""],
    ["person() in a ladder", withRule({ recovery: [again(), 1] }), "rules.0.recovery.1", ""],
    ["a gate before", withRule({ gate: "before" }), "rules.0.gate", "after"],
    ["a wall of nothing", withRule({ wall: 0 }), "rules.0.wall", ""],
    ["a wall that no timer can hold", withRule({ wall: 3_000_000 }), "rules.0.wall", ""],
    ["a version that is a text", withRule({ version: "1" }), "rules.0.version", ""],
    ["reads that are one text", withRule({ reads: "**" }), "rules.0.reads", ""],
    ["shared by an unknown word", withRule({ shared: "rw" }), "rules.0.shared", ""],
    ["a key of a rule that is misspelt", withRule({ recovry: [] }), "rules.0", "recovry"],
    ["an estimate without dollars", withRule({ estimate: { seconds: 1 } }), "rules.0.estimate.usd", ""],
    ["a pool without slots", { rules: [one], pools: { p: 0 } }, "pools.p", ""],
    ["half a slot", { rules: [one], pools: { p: 1.5 } }, "pools.p", ""],
    ["no slots at all", { rules: [one], limit: 0 }, "limit", ""],
    ["an unknown provider", { rules: [one], agents: { provider: "oracle" } }, "agents.provider", "replay"],
    ["an unknown key of agents", { rules: [one], agents: { key: "x" } }, "agents", "key"],
    ["a campaign without books", { rules: [one], campaign: {} }, "campaign.books", "collection(…)"],
    ["books that are a list", { rules: [one], campaign: { books: [] } }, "campaign.books", "collection(…)"],
  ])("refuses %s: names the key, what is wrong and the file", (_, exported, key, told) => {
    const fault = error(checkConfig(exported, FILE));
    expect(fault).toMatchObject({ where: FILE, exit: 2 });
    expect(fault.what.startsWith(key)).toBe(true);
    expect(fault.what).toContain(told);
    expect(fault.mend).toContain(FILE);
    if (key !== "") expect(fault.mend).toContain(key);
  });

  it("says how many more there are", () => {
    expect(error(checkConfig({ rules: [{ ...one, name: "", wall: -1, gate: "x" }] }, FILE)).what).toMatch(
      /\(and 2 more\)$/,
    );
  });

  it("refuses two rules of one name, and says which two", () => {
    const fault = error(checkConfig({ rules: [one, rule({ ...spec, name: "B" }), rule(spec)] }, FILE));
    expect(fault).toMatchObject({ where: FILE, exit: 2, what: "rules.2.name: A is also the name of rules.0" });
    expect(fault.mend).not.toBe("");
  });

  it.each(["P", "toString", "constructor", "__proto__", "hasOwnProperty"])(
    "refuses the pool %s, which is not declared, and says how to declare it",
    (pool) => {
      const fault = error(checkConfig({ rules: [rule({ ...spec, pool })], pools: { p: 1 } }, FILE));
      expect(fault).toMatchObject({ where: FILE, exit: 2, what: `rules.0.pool: there is no pool ${pool}` });
      expect(fault.mend).toContain(`pools: { ${pool}: 1 }`);
    },
  );
});
