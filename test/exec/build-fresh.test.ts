/** What a build runs and what it leaves alone. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { agent, call, command } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, glob, intermediate, orderOnly, product, section, soft } from "../../src/rules/source.ts";
import { outputs, scripted } from "../agents/scripted.ts";
import { one, rig } from "./rig.ts";

/** Copies `from` to `to` in capitals, and counts. */
function upper(
  name: string,
  from: string,
  to: string,
  runs: string[],
  change = (text: string) => text.toUpperCase(),
): Rule {
  return rule({
    name,
    each: one,
    inputs: () => ({ text: file(from) }),
    outputs: () => ({ text: file(to) }),
    run: call(({ inputs }) => {
      runs.push(name);
      return { outputs: { text: change(inputs.text ?? "") } };
    }),
  });
}

describe("a build", () => {
  it("runs what was never built, in order, and nothing the second time", async () => {
    const runs: string[] = [];
    const { write, read, at, build, trace } = rig([
      upper("B", "a.txt", "b.txt", runs, (text) => `${text}!`),
      upper("A", "in.txt", "a.txt", runs),
    ]);
    write("in.txt", "hello");
    const first = await build();
    expect(runs).toEqual(["A", "B"]);
    expect(read("b.txt")).toBe("HELLO!");
    expect(first.summary).toMatchObject({ ran: 2, restored: 0, fresh: 0, failed: 0, waiting: 0, blocked: 0 });
    expect(first.events[0]).toMatchObject({ type: "buildStarted", goals: ["all"], targets: 2 });
    expect(first.events.at(-1)).toMatchObject({ type: "buildFinished" });
    expect(trace("book/x/B")).toMatchObject({ run: { attempts: 1, agent: "engine", usd: 0 } });

    const written = fs.statSync(at("manifests/traces/x.json")).ino;
    const second = await build();
    expect(runs).toEqual(["A", "B"]);
    expect(second.summary).toMatchObject({ ran: 0, fresh: 2 });
    expect(second.events.map((event) => event.type)).toEqual(["buildStarted", "buildFinished"]);
    expect(fs.statSync(at("manifests/traces/x.json")).ino).toBe(written);
  });

  it("stops the wave where an output comes out the same", async () => {
    const runs: string[] = [];
    const { write, build } = rig([upper("A", "in.txt", "a.txt", runs), upper("B", "a.txt", "b.txt", runs)]);
    write("in.txt", "hello");
    await build();
    write("in.txt", "Hello");
    const { events } = await build();
    expect(runs).toEqual(["A", "B", "A"]);
    expect(events.find((event) => event.type === "targetFinished")).toMatchObject({
      target: "book/x/A",
      changed: false,
    });
  });

  it("restores what was made for a key that it has seen before, without running anything", async () => {
    const runs: string[] = [];
    const { write, read, build } = rig([
      upper("A", "in.txt", "a.txt", runs),
      upper("B", "a.txt", "b.txt", runs, (text) => `${text}!`),
    ]);
    write("in.txt", "one");
    await build();
    write("in.txt", "two");
    await build();
    write("in.txt", "one");
    const { summary, events } = await build();
    expect(runs).toHaveLength(4);
    expect(summary).toMatchObject({ ran: 0, restored: 2, usd: 0 });
    expect(read("b.txt")).toBe("ONE!");
    expect(events.filter((event) => event.type === "targetFinished")).toMatchObject([
      { how: "restored" },
      { how: "restored" },
    ]);
    expect((await build()).summary).toMatchObject({ ran: 0, restored: 0, fresh: 2 });
  });

  it("brings back an output that is missing", async () => {
    const runs: string[] = [];
    const { write, read, at, build } = rig([upper("A", "in.txt", "a.txt", runs)]);
    write("in.txt", "one");
    await build();
    fs.rmSync(at("a.txt"));
    expect((await build()).summary).toMatchObject({ ran: 0, restored: 1 });
    expect(read("a.txt")).toBe("ONE");
  });

  it("runs what is forced, though it has its result already", async () => {
    const runs: string[] = [];
    const { write, build } = rig([upper("A", "in.txt", "a.txt", runs), upper("B", "a.txt", "b.txt", runs)]);
    write("in.txt", "one");
    await build();
    const { summary } = await build({ goals: ["book/x/A"], force: true });
    expect(runs).toEqual(["A", "B", "A"]);
    expect(summary).toMatchObject({ ran: 1 });
  });

  it("runs again when the rule's version or its command changes, and only then when nothing else does", async () => {
    const { write, build } = rig(() => [
      rule({
        name: "A",
        each: one,
        version,
        outputs: () => ({ text: file("a.txt") }),
        run: call(() => ({ outputs: { text: "a" } })),
      }),
      rule({
        name: "B",
        each: one,
        outputs: () => ({ text: file("b.txt") }),
        run: command([process.execPath, "-e", script]),
      }),
    ]);
    let version = 1;
    let script = "console.log(1)";
    write("in.txt", "");
    expect((await build()).done).toHaveLength(2);
    version = 2;
    expect((await build()).done).toEqual(["book/x/A"]);
    script = "console.log(2)";
    expect((await build()).done).toEqual(["book/x/B"]);
    expect((await build()).done).toEqual([]);
  });

  it("orders by order-only inputs without reading them, and lets soft ones drift", async () => {
    const runs: string[] = [];
    const { write, build } = rig([
      rule({
        name: "B",
        each: one,
        inputs: () => ({ first: orderOnly(file("a.txt")), style: soft(file("style.txt")) }),
        outputs: () => ({ text: file("b.txt") }),
        run: call(({ inputs }) => {
          runs.push(`B ${JSON.stringify(inputs)}`);
          return { outputs: { text: "b" } };
        }),
      }),
      upper("A", "in.txt", "a.txt", runs),
    ]);
    write("in.txt", "one");
    write("style.txt", "plain");
    await build();
    expect(runs).toEqual(["A", 'B {"style":"plain"}']);
    write("in.txt", "two");
    write("style.txt", "fancy");
    const drifted = await build();
    expect(runs).toHaveLength(3);
    expect(drifted.status("book/x/B")).toMatchObject({ kind: "fresh", drift: [{ kind: "drifted" }] });
    await build({ refresh: true });
    expect(runs.at(-1)).toBe('B {"style":"fancy"}');
    expect((await build()).status("book/x/B")).toMatchObject({ kind: "fresh", drift: [] });
  });

  it("asks the agent again when its prompt changed and a refresh is asked for: an old answer is no new one", async () => {
    const provider = scripted(() => [outputs({ text: `answer ${provider.requests.length}` })]);
    const { write, read, build } = rig(
      [rule({ name: "A", each: one, outputs: () => ({ text: file("a.txt") }), run: agent({ prompt: "p.md" }) })],
      { provider },
    );
    write("p.md", "one");
    await build();
    write("p.md", "two");
    expect((await build()).status("book/x/A")).toMatchObject({ kind: "fresh", drift: [{}] });
    expect((await build({ refresh: true })).summary).toMatchObject({ ran: 1, restored: 0 });
    expect(read("a.txt")).toBe("answer 2\n");
  });

  it("remembers of a restored answer that it was given to another prompt", async () => {
    const provider = scripted(() => [outputs({ text: "same" })]);
    const { write, build } = rig(
      [
        rule({
          name: "A",
          each: one,
          inputs: () => ({ in: file("in.txt") }),
          outputs: () => ({ text: file("a.txt") }),
          run: agent({ prompt: "p.md" }),
        }),
      ],
      { provider },
    );
    write("p.md", "one");
    write("in.txt", "1");
    await build();
    write("in.txt", "2");
    write("p.md", "two");
    await build();
    write("in.txt", "1");
    const { status, summary } = await build();
    expect(summary).toMatchObject({ restored: 1 });
    expect(status("book/x/A")).toMatchObject({ kind: "fresh", drift: [{ kind: "drifted", what: "prompt" }] });
  });

  it("expands rules when the artifact that decides them is there, and again when it changes", async () => {
    const runs: string[] = [];
    const units = one.within("unit", {
      from: () => section("plan.md", "§3"),
      items: (text) => [...text.matchAll(/^- (\S+)/gm)].map((match) => ({ id: match[1]! })),
      key: (unit) => unit.id,
    });
    const { write, read, build } = rig([
      rule({
        name: "plan",
        each: one,
        inputs: () => ({ wish: file("wish.txt") }),
        outputs: () => ({ plan: section("plan.md", "§3") }),
        run: call(({ inputs }) => ({ outputs: { plan: `## §3. Plan\n\n${inputs.wish}` } })),
      }),
      rule({
        name: "unit",
        each: units,
        outputs: ({ unit }) => ({ text: file(`units/${unit.id}.md`) }),
        run: call<{ unit: { id: string } }>(({ params }) => {
          runs.push(params.unit.id);
          return { outputs: { text: params.unit.id } };
        }),
      }),
      rule({
        name: "sum",
        each: one,
        inputs: () => ({ units: glob("units/*.md") }),
        outputs: () => ({ sum: file("sum.txt") }),
        run: call(({ inputs }) => ({ outputs: { sum: inputs.units ?? "" } })),
      }),
    ]);
    write("wish.txt", "- a\n- b\n");
    const first = await build();
    expect(runs.sort()).toEqual(["a", "b"]);
    expect(first.done.at(0)).toBe("book/x/plan");
    expect(first.done.at(-1)).toBe("book/x/sum");
    expect(read("sum.txt")).toBe("units/a.md\nunits/b.md");
    write("wish.txt", "- b\n- c\n");
    await build();
    expect(runs.slice(2)).toEqual(["c"]);
    expect((await build()).done).toEqual([]);
  });

  it("makes intermediates again only when someone who must run asks for them", async () => {
    const runs: string[] = [];
    const draft: Rule = rule({
      name: "draft",
      each: one,
      inputs: () => ({ in: file("in.txt") }),
      outputs: () => ({ draft: intermediate() }),
      run: call(({ inputs }) => {
        runs.push("draft");
        return { outputs: { draft: `<${inputs.in}>` } };
      }),
    });
    const { write, read, at, build } = rig([
      draft,
      rule({
        name: "final",
        each: one,
        inputs: ({ book }) => ({ draft: product(draft, { book }, "draft"), style: file("style.txt") }),
        outputs: () => ({ text: file("out.txt") }),
        run: call(({ inputs }) => {
          runs.push("final");
          return { outputs: { text: `${inputs.style}${inputs.draft}` } };
        }),
      }),
    ]);
    write("in.txt", "x");
    write("style.txt", "1");
    await build();
    expect(read("out.txt")).toBe("1<x>");
    fs.rmSync(at(".codex"), { recursive: true });
    expect((await build()).summary).toMatchObject({ ran: 0, fresh: 2 });
    write("style.txt", "2");
    const { events } = await build();
    expect(runs).toEqual(["draft", "final", "draft", "final"]);
    expect(read("out.txt")).toBe("2<x>");
    expect(events.find((event) => event.type === "targetStarted")).toMatchObject({
      target: "book/x/draft",
      reasons: [expect.stringContaining("book/x/final needs its draft")],
    });
  });

  it("runs nothing that needs an intermediate which no rule makes", async () => {
    const stray: Rule = rule({
      name: "stray",
      each: one,
      outputs: () => ({ draft: intermediate() }),
      run: call(() => ({ outputs: { draft: "" } })),
    });
    const { build } = rig([
      rule({
        name: "final",
        each: one,
        inputs: ({ book }) => ({ draft: product(stray, { book }, "draft") }),
        outputs: () => ({ text: file("out.txt") }),
        run: call(() => ({ outputs: { text: "" } })),
      }),
    ]);
    const built = await build();
    expect(built.status("book/x/final")).toEqual({ kind: "blocked", by: "book/x/stray" });
    expect(built.summary).toMatchObject({ ran: 0, blocked: 1 });
  });

  it("asks recorded questions again, and runs when one answers differently", async () => {
    const runs: string[] = [];
    const { write, build } = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: file("a.txt") }),
        run: call(({ ask, askList }) => {
          runs.push(ask("notes.md#§1") ?? "none");
          return { outputs: { text: `${askList("docs/*.md").length}` } };
        }),
      }),
    ]);
    write("notes.md", "## §1. One\n\nx\n\n## §2. Two\n");
    await build();
    write("notes.md", "## §1. One\n\nx\n\n## §2. Other\n");
    write("docs/a.txt", "");
    await build();
    expect(runs).toEqual(["## §1. One\n\nx"]);
    write("notes.md", "## §1. One\n\ny\n\n## §2. Other\n");
    const changed = await build();
    expect(runs).toHaveLength(2);
    expect(changed.events.find((event) => event.type === "targetStarted")).toMatchObject({
      reasons: [expect.stringContaining("read notes.md#§1")],
    });
    write("docs/a.md", "");
    await build();
    expect(runs).toHaveLength(3);
  });

  it("leaves two that keep changing each other's answers for the next build, and says so", async () => {
    const runs: string[] = [];
    const asking = (name: string, about: string): Rule =>
      rule({
        name,
        each: one,
        outputs: () => ({ text: file(`${name}.txt`) }),
        run: call(({ ask }) => {
          runs.push(name);
          return { outputs: { text: `${(ask(`${about}.txt`) ?? "").length}${runs.length}` } };
        }),
      });
    const { build } = rig([asking("A", "B"), asking("B", "A")]);
    const { events, summary } = await build();
    expect(runs.length).toBeLessThanOrEqual(6);
    expect(summary.failed).toBe(0);
    const notice = events.find((event) => event.type === "notice");
    expect(notice).toMatchObject({ text: expect.stringContaining("Stale again") });
    expect((await build()).done.length).toBeGreaterThan(0);
  });

  it("does not touch what it need not: another book's collection, other goals", async () => {
    const two = collection("book", {
      items: [{ slug: "x" }, { slug: "y" }],
      key: (book: { slug: string }) => book.slug,
    });
    const { build } = rig([
      rule({
        name: "A",
        each: two,
        outputs: ({ book }) => ({ text: file(`${book.slug}.txt`) }),
        run: call(() => ({ outputs: { text: "" } })),
      }),
    ]);
    expect((await build({ goals: ["book/y"] })).done).toEqual(["book/y/A"]);
    await expect(build({ goals: ["book/z"] })).rejects.toThrow(/z/);
  });
});
