/** What stands where a target would write, though no trace says whose it is; and plans that contradict each other. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { call } from "../../src/exec/action.ts";
import { snapshotOf } from "../../src/exec/build.ts";
import { layOut } from "../../src/exec/engine.ts";
import type { Address } from "../../src/graph/address.ts";
import { stateReasons } from "../../src/graph/describe.ts";
import { DEFAULT_POLICY, type Status } from "../../src/graph/evaluate.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { one, type Rig, rig } from "./rig.ts";

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const books = collection("book", { items: ["x", "y"], key: (slug) => slug });
const plan = (book: string) => file(`${book}.txt`);
/** Integration of all units that a plan names: their paths are what it says. */
const planned = books.with("units", { from: ({ book }) => plan(book), read: lines });
const integrate = rule({
  name: "integrate",
  each: planned,
  inputs: ({ book }) => ({ plan: plan(book) }),
  outputs: ({ units }) => Object.fromEntries(units.map((path) => [path, file(path)])),
  run: call<{ units: readonly string[] }>(({ params }) => ({
    outputs: Object.fromEntries(params.units.map((path) => [path, `text of ${path}`])),
  })),
});
const after = rule({
  name: "after",
  each: planned,
  inputs: ({ units }) => Object.fromEntries(units.map((path) => [path, file(path)])),
  outputs: ({ book }) => ({ report: file(`${book}.report`) }),
  run: call(({ inputs }) => ({ outputs: { report: Object.values(inputs).join() } })),
});

const look = ({ open }: Rig, id: string): Status => {
  const engine = open();
  return snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY).evaluation.status(id as Address);
};

describe("plans", () => {
  const made = (x: string, y: string): Rig => {
    const each = rig([integrate, after]);
    each.write("x.txt", x);
    each.write("y.txt", y);
    return each;
  };

  it("that name one file are a fault of these two, and the others go on", async () => {
    const { build, write, read } = made("a.md\nshared.md", "b.md");
    await build();
    write("y.txt", "b.md\nshared.md");
    write("z.txt", "");
    const built = await build();
    for (const id of ["book/x/integrate", "book/y/integrate"]) {
      expect(built.status(id)).toMatchObject({ kind: "failed" });
      expect(built.fault(id)).toMatchObject({
        what: "shared.md is planned twice: by book/x/integrate and by book/y/integrate",
        where: "x.txt, y.txt",
      });
    }
    expect(built.status("book/x/after")).toEqual({ kind: "blocked", by: "book/x/integrate" });
    // Once is enough to be told.
    expect(built.events.filter(({ type }) => type === "targetFailed")).toHaveLength(1);
    expect(read("shared.md")).toBe("text of shared.md");
    write("y.txt", "b.md\nc.md");
    expect([...(await build()).done].sort()).toEqual(["book/y/after", "book/y/integrate"]);
  });

  it("that come to name one file while a build goes on stop these two only", async () => {
    const writer = rule({
      name: "plan",
      each: books,
      inputs: ({ book }) => ({ wish: file(`${book}.wish`) }),
      outputs: ({ book }) => ({ plan: plan(book) }),
      run: call(({ inputs }) => ({ outputs: { plan: inputs.wish! } })),
    });
    const other = rule({
      name: "other",
      each: one,
      outputs: () => ({ out: file("other.md") }),
      run: call(() => ({ outputs: { out: "" } })),
    });
    const each = rig([writer, integrate, after, other]);
    each.write("x.wish", "same.md");
    each.write("y.wish", "same.md");
    const built = await each.build();
    expect([...built.done].sort()).toEqual(["book/x/other", "book/x/plan", "book/y/plan"]);
    expect([...built.failures.keys()].sort()).toEqual(["book/x/integrate", "book/y/integrate"]);
    each.write("y.wish", "mine.md");
    expect((await each.build()).summary).toMatchObject({ failed: 0, blocked: 0, ran: 5 });
  });

  it("that name a file no more, and then again, find their own work there", async () => {
    const { build, write } = made("a.md\nb.md", "c.md");
    await build();
    write("x.txt", "a.md");
    await build();
    write("x.txt", "a.md\nb.md");
    const built = await build();
    expect(built.status("book/x/integrate")).toMatchObject({ kind: "fresh", edited: [] });
    write("x.txt", "a.md");
    await build();
    write("b.md", "by hand");
    write("x.txt", "a.md\nb.md");
    expect((await build()).status("book/x/integrate")).toMatchObject({ kind: "blockedByEdit", edited: ["b.md"] });
  });

  it("that cannot be read are no target that was never built", () => {
    const broken = books.with("units", {
      from: ({ book }) => plan(book),
      read: () => {
        throw new Error("no plan");
      },
    });
    const each = rig([rule({ ...(integrate as object), name: "integrate", each: broken } as never) as Rule]);
    each.write("x.txt", "");
    each.write("y.txt", "");
    const status = look(each, "book/x/integrate");
    expect(status.kind).toBe("failed");
    expect(stateReasons(status)).toEqual(["it cannot be decided: x.txt: it cannot be read: no plan"]);
  });
});

describe("traces that are lost", () => {
  const rules = [
    rule({
      name: "make",
      each: one,
      inputs: () => ({ s: file("s.txt") }),
      outputs: () => ({ out: file("out.txt") }),
      run: call(({ inputs }) => ({ outputs: { out: `made of ${inputs.s}` } })),
    }),
    rule({
      name: "weave",
      each: one,
      amends: () => ["out.txt"],
      outputs: () => ({}),
      run: call(({ view }) => ({
        outputs: {},
        amended: new Map([
          ["out.txt", new TextEncoder().encode(`${new TextDecoder().decode(view.bytes("out.txt" as never))}, woven`)],
        ]),
      })),
    }),
  ];
  const built = async (): Promise<Rig> => {
    const each = rig(rules);
    each.write("s.txt", "1");
    await each.build();
    fs.rmSync(each.at("manifests/traces/x.json"));
    return each;
  };

  it("are restored where the store knows what was made, and nothing runs", async () => {
    const { build, read, trace } = await built();
    const again = await build();
    expect(again.summary).toMatchObject({ ran: 0, restored: 2, blocked: 0 });
    expect(read("out.txt")).toBe("made of 1, woven");
    expect(trace("book/x/make")).toBeDefined();
    expect((await build()).done).toEqual([]);
  });

  it("are no reason to keep what Codex wrote from being made anew", async () => {
    const { build, write, read } = await built();
    write("s.txt", "2");
    expect((await build()).summary).toMatchObject({ ran: 2 });
    expect(read("out.txt")).toBe("made of 2, woven");
  });

  it("leave a person's work alone", async () => {
    const { build, write, read } = await built();
    write("out.txt", "made of 1, woven, by hand");
    expect((await build()).status("book/x/make")).toMatchObject({ kind: "blockedByEdit", edited: ["out.txt"] });
    expect(read("out.txt")).toBe("made of 1, woven, by hand");
  });

  it("name `codex adopt` where the store is gone too", async () => {
    const each = await built();
    fs.rmSync(each.at(".codex"), { recursive: true });
    const status = look(each, "book/x/make");
    expect(status.kind).toBe("blockedByEdit");
    expect(stateReasons(status).join()).toContain("codex adopt");
  });
});

it("an approval of the same content is seen by those who only look", async () => {
  const gated = rule({
    name: "draft",
    each: one,
    inputs: () => ({ s: file("s.txt") }),
    outputs: () => ({ out: file("out.txt") }),
    run: call(({ inputs }) => ({ outputs: { out: inputs.s! } })),
    gate: "after",
  });
  const each = rig([gated]);
  const approve = { approve: () => "person:test" };
  each.write("s.txt", "1");
  expect((await each.build(approve)).status("book/x/draft.gate").kind).toBe("fresh");
  each.write("s.txt", "2");
  expect((await each.build()).status("book/x/draft.gate").kind).toBe("waiting");
  await each.build(approve);
  // Back to what was approved before: nobody is asked again.
  each.write("s.txt", "1");
  expect(look(each, "book/x/draft.gate").kind).toBe("pending");
  expect((await each.build()).done).toContain("book/x/draft.gate");
  // The gate's trace is lost: those who only look see that a build would restore the answer.
  const traces = "manifests/traces/x.json";
  const { targets } = JSON.parse(each.read(traces)) as { targets: Record<string, unknown> };
  each.write(traces, JSON.stringify({ version: 1, targets: { "book/x/draft": targets["book/x/draft"] } }));
  expect(look(each, "book/x/draft.gate").kind).toBe("stale");
  expect((await each.build()).done).toEqual(["book/x/draft.gate"]);
});
