/** How a build ends before everything is done: failures, Ctrl-C, and rules that contradict each other half-way. */
import { describe, expect, it } from "vitest";
import { call, command, person, type RunOutputs } from "../../src/exec/action.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file, orderOnly, section } from "../../src/rules/source.ts";
import { latch, one, rig } from "./rig.ts";

const NOTHING: RunOutputs = { outputs: { text: "" } };
const step = (
  name: string,
  run: Parameters<typeof call>[0],
  needs: readonly string[] = [],
  more: Partial<RuleSpec<{ readonly book: { slug: string } }>> = {},
): Rule =>
  rule({
    name,
    each: one,
    inputs: () => Object.fromEntries(needs.map((need) => [need, orderOnly(file(`${need}.txt`))])),
    outputs: () => ({ text: file(`${name}.txt`) }),
    run: call(run),
    ...more,
  });
const broken = (): RunOutputs => {
  throw new FaultError(usageFault("broken", "here", "mend it"));
};

describe("after a failure", () => {
  /** `bad` fails while `slow` runs; `next` needs `slow`, `lost` needs `bad`. */
  function campaign() {
    const slow = latch();
    const log: string[] = [];
    const made = rig([
      step("slow", async () => {
        log.push("slow began");
        await slow.opened;
        log.push("slow ended");
        return NOTHING;
      }),
      step("bad", async () => {
        await Promise.resolve();
        setImmediate(slow.open);
        return broken();
      }),
      step("next", () => {
        log.push("next");
        return NOTHING;
      }, ["slow"]),
      step("lost", () => NOTHING, ["bad"]),
    ]);
    return { ...made, log };
  }

  it("goes on with all that does not need it", async () => {
    const { build, log } = campaign();
    const built = await build({ fail: "continue" });
    expect(log).toEqual(["slow began", "slow ended", "next"]);
    expect(built.summary).toMatchObject({ ran: 2, failed: 1, blocked: 1 });
    expect(built.status("book/x/lost")).toEqual({ kind: "blocked", by: "book/x/bad" });
  });

  it("starts nothing new where that is asked for, and lets what is running finish", async () => {
    const { build, log } = campaign();
    const built = await build({ fail: "no-new" });
    expect(log).toEqual(["slow began", "slow ended"]);
    expect(built.done).toEqual(["book/x/slow"]);
    expect(built.summary).toMatchObject({ ran: 1, failed: 1, blocked: 2 });
    // The rest is taken up by the next build.
    expect((await build()).done).toEqual(["book/x/next"]);
  });

  it("stops what is running where that is asked for, and keeps nothing of it", async () => {
    const { build, log } = campaign();
    const built = await build({ fail: "stop" });
    expect(log).toEqual(["slow began"]);
    expect(built.done).toEqual([]);
    expect([...built.failures.keys()]).toEqual(["book/x/bad"]);
    expect(built.status("book/x/slow")).toMatchObject({ kind: "stale" });
  });
});

describe("Ctrl-C", () => {
  it("once: starts nothing new, and lets what is running finish", async () => {
    const drain = new AbortController();
    const { build, trace } = rig(
      [
        step("a", async () => {
          drain.abort();
          await Promise.resolve();
          return NOTHING;
        }),
        step("b", () => NOTHING, ["a"]),
        step("c", () => NOTHING, [], { pool: "one" }),
        step("d", () => NOTHING, [], { pool: "one" }),
      ],
      { limit: 1, pools: { one: 1 } },
    );
    const built = await build({ drain: drain.signal });
    expect(built.done).toEqual(["book/x/a"]);
    expect(trace("book/x/a")).toBeDefined();
    expect(built.failures.size).toBe(0);
    expect((await build()).done).toEqual(["book/x/b", "book/x/c", "book/x/d"]);
  });

  it("twice: stops what is running, and keeps what is settled", async () => {
    const abort = new AbortController();
    const { build, read } = rig([
      step("a", () => NOTHING),
      step(
        "b",
        () => {
          abort.abort();
          return new Promise<RunOutputs>(() => {});
        },
        ["a"],
        { recovery: [{ kind: "again", hint: "", tokens: 1 }] },
      ),
      rule({
        name: "c",
        each: one,
        inputs: () => ({ a: orderOnly(file("a.txt")) }),
        outputs: () => ({ text: file("c.txt") }),
        run: command([process.execPath, "-e", "setInterval(() => {}, 1000)"]),
      }),
    ]);
    const built = await build({ abort: abort.signal });
    expect(built.done).toEqual(["book/x/a"]);
    expect(built.failures.size).toBe(0);
    expect(built.events.some((event) => event.type === "attemptFailed")).toBe(false);
    expect(read("a.txt")).toBe("");
  });

  it("before anything started: nothing runs", async () => {
    const built = await rig([step("a", broken)]).build({ abort: AbortSignal.abort() });
    expect(built.events.map((event) => event.type)).toEqual(["buildStarted", "buildFinished"]);
  });
});

describe("a person's turn", () => {
  it("is waited for: what needs it does not run, the rest does", async () => {
    const { build } = rig([
      step("a", () => NOTHING, [], { gate: "after" }),
      step("b", () => NOTHING, ["a"]),
      step("c", () => NOTHING),
      rule({ name: "ask", each: one, outputs: () => ({}), run: person({ ask: "Is it good?" }) }),
    ]);
    const built = await build();
    expect([...built.done].sort()).toEqual(["book/x/a", "book/x/c"]);
    expect(built.status("book/x/a.gate")).toMatchObject({ kind: "waiting" });
    expect(built.status("book/x/b")).toMatchObject({ kind: "blocked", by: "book/x/a.gate" });
    expect(built.status("book/x/ask")).toMatchObject({ kind: "waiting" });
    expect(built.summary).toMatchObject({ ran: 2, waiting: 2, blocked: 1, failed: 0 });
  });
});

describe("what is wrong with the rules or the workspace half-way", () => {
  const books = collection("book", {
    items: [{ slug: "x" }, { slug: "y" }],
    key: (book: { slug: string }) => book.slug,
  });
  const units = books.within("unit", {
    from: ({ book }) => section(`${book.slug}.md`, "§3"),
    items(text) {
      if (text.includes("torn")) throw new FaultError(usageFault("the list is torn", "x.md", "glue it"));
      return [...text.matchAll(/^- (\S+)/gm)].map((match) => match[1]!);
    },
    key: (unit) => unit,
  });
  const plans = (list: (slug: string) => string): Rule[] => [
    rule({
      name: "plan",
      each: books,
      outputs: ({ book }) => ({ plan: section(`${book.slug}.md`, "§3") }),
      run: call<{ book: { slug: string } }>(({ params }) => ({
        outputs: { plan: `## §3. Plan\n\n${list(params.book.slug)}` },
      })),
    }),
    rule({
      name: "unit",
      each: units,
      outputs: ({ book, unit }) => ({ text: file(`${book.slug}-${unit}.txt`) }),
      run: call(() => NOTHING),
    }),
  ];

  it.each([
    ["a list that cannot be read", "torn", "the list is torn"],
    ["a unit that is listed twice", "- a\n- a", "a"],
    ["a unit that cannot be in an address", "- a/b", "“a/b”"],
  ])("is its own book's fault: %s", async (_, list, what) => {
    const { build } = rig(plans((slug) => (slug === "x" ? list : "- u")));
    const built = await build();
    expect([...built.done].sort()).toEqual(["book/x/plan", "book/y/plan", "book/y/unit/u"]);
    expect(built.fault("book/x/unit").what).toContain(what);
    expect(built.summary).toMatchObject({ ran: 3, failed: 1 });
    expect(built.events.filter((event) => event.type === "targetFailed")).toMatchObject([{ target: "book/x/unit" }]);
  });

  it.each([
    ["no-new", ["book/x/plan", "book/y/plan", "book/x/slow"]],
    ["stop", ["book/x/plan", "book/y/plan"]],
  ] as const)("stops a build that is to stop after a failure: %s", async (fail, done) => {
    const slow = latch();
    const { build } = rig(
      [
        ...plans((slug) => (slug === "x" ? "torn" : "- u")),
        step("slow", async () => {
          await slow.opened;
          return NOTHING;
        }),
      ],
      { pools: { one: 1 } },
    );
    setTimeout(slow.open, 200);
    const built = await build({ fail });
    expect(built.done).toEqual(done);
    expect(built.failures.size).toBe(1);
  });

  it("ends cleanly where rules contradict each other: nothing goes on after it", async () => {
    const slow = latch();
    const log: string[] = [];
    const made = rig([
      ...plans(() => "- u"),
      // Both amend what the unit of y is, in no order, which shows only when a plan is there.
      ...["one", "other"].map((name) =>
        rule({
          name,
          each: books.within("unit", {
            from: ({ book }) => section(`${book.slug}.md`, "§3"),
            items: () => ["v"],
            key: (unit) => unit,
          }),
          amends: () => ["y-u.txt"],
          outputs: () => ({}),
          run: call(() => NOTHING),
        }),
      ),
      step("slow", async () => {
        await slow.opened;
        log.push("slow came to its end");
        return NOTHING;
      }),
    ]);
    await expect(made.build()).rejects.toThrow(/both amend/);
    slow.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(["slow came to its end"]);
    expect(made.trace("book/x/slow")).toBeUndefined();
  });

  it("refuses to begin where something cannot be read, and names it", async () => {
    const { write, build } = rig([step("a", () => NOTHING)]);
    write("a.txt/in.txt", "a folder where the file should be");
    await expect(build()).rejects.toThrow(/a\.txt/);
  });
});
