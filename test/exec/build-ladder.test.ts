/** What happens when an attempt comes to nothing. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { Event } from "../../src/events.ts";
import {
  again,
  agent,
  allOf,
  type Check,
  call,
  defect,
  narrow,
  type RunOutputs,
  toPerson,
} from "../../src/exec/action.ts";
import { FaultError, usageFault } from "../../src/fault.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file, section } from "../../src/rules/source.ts";
import { outputs, scripted, text, use } from "../agents/scripted.ts";
import { one, rig } from "./rig.ts";

type Spec = Partial<RuleSpec<{ readonly book: { slug: string } }>>;
const making = (spec: Spec & Pick<RuleSpec<never>, "run">): Rule =>
  rule({ name: "A", each: one, outputs: () => ({ text: file("a.txt") }), ...spec });
const after: Rule = rule({
  name: "B",
  each: one,
  inputs: () => ({ a: file("a.txt") }),
  outputs: () => ({ text: file("b.txt") }),
  run: call(() => ({ outputs: { text: "b" } })),
});

const PROMPT = "attempt\nhint: {{hint}}\ndefects:\n{{defects}}\n{{contract}}";
const failed = (events: readonly Event[]) => events.filter((event) => event.type === "attemptFailed");

describe("a recovery ladder", () => {
  it("tries again with what was wrong, then narrower, then leaves it to a person", async () => {
    const provider = scripted(({ attempt }) => [outputs({ text: `bad ${attempt}` })]);
    const check: Check = ({ outputs: made }) => [
      defect(`${made.text?.trim()} is bad`, "line 1", "make it good"),
      defect("second"),
    ];
    const { write, at, build } = rig(
      [
        making({
          run: agent({ prompt: "p.md", maxTokens: 100 }),
          check,
          recovery: [again({ hint: "look closer", tokens: 1.5 }), narrow("only line 1"), toPerson()],
        }),
        after,
      ],
      { provider },
    );
    write("p.md", PROMPT);
    const built = await build();
    const prompts = provider.requests.map(
      (request) => (request.messages[0]!.content[0] as { text: string }).text.split("<output")[0],
    );
    const defects = (n: number) => `- line 1: bad ${n} is bad — make it good\n- second\n`;
    expect(prompts.map((prompt) => prompt?.split("\nEnd with")[0])).toEqual(
      [
        "attempt\nhint: \ndefects:\n\n",
        `attempt\nhint: look closer\ndefects:\n${defects(1)}`,
        `attempt\nhint: only line 1\ndefects:\n${defects(2)}`,
      ].map((prompt) => prompt.replace(/\n$/, "")),
    );
    expect(provider.requests.map(({ attempt, maxTokens }) => [attempt, maxTokens])).toEqual([
      [1, 100],
      [2, 150],
      [3, 150],
    ]);
    expect(failed(built.events)).toMatchObject([
      { attempt: 1, next: "again: look closer", defects: ["line 1: bad 1 is bad — make it good", "second"] },
      { attempt: 2, next: "again, narrowed: only line 1" },
      { attempt: 3, next: "a person's turn" },
    ]);
    expect(built.fault("book/x/A")).toMatchObject({
      what: "3 attempts failed: line 1: bad 3 is bad — make it good (and 1 more)",
      where: "book/x/A",
      exit: 1,
    });
    expect(built.events.find((event) => event.type === "targetFailed")).toMatchObject({ attempts: 3 });
    expect(built.summary).toMatchObject({ ran: 0, failed: 1, blocked: 1 });
    expect(built.status("book/x/B")).toEqual({ kind: "blocked", by: "book/x/A" });
    // Nothing that failed its check is on the disk, and nothing of it counts as built.
    expect(fs.existsSync(at("a.txt"))).toBe(false);
    expect(provider.requests).toHaveLength(3);
    await build();
    expect(provider.requests).toHaveLength(6);
  });

  it("takes the first good attempt, and says how many it took and what each cost", async () => {
    const provider = scripted(({ attempt }) => [outputs({ text: attempt === 1 ? "bad" : "good" })]);
    const check: Check = ({ outputs: made }) => (made.text === "good\n" ? [] : [defect("bad")]);
    const { write, read, trace, build } = rig(
      [making({ run: agent({ prompt: "p.md" }), check, recovery: [again()] }), after],
      { provider },
    );
    write("p.md", PROMPT);
    const built = await build();
    expect(read("a.txt")).toBe("good\n");
    expect(trace("book/x/A")?.run).toMatchObject({ attempts: 2, agent: "agent-x-A-2", model: "m-1" });
    expect(built.events.filter((event) => event.type === "agentInvoked")).toMatchObject([
      { agent: "agent-x-A-1", attempt: 1, usd: 0.01, outcome: "answered" },
      { agent: "agent-x-A-2", attempt: 2, usd: 0.01, outcome: "answered" },
    ]);
    expect(built.summary).toMatchObject({ ran: 2, failed: 0 });
    // What failed attempts cost is paid all the same.
    expect(built.summary.usd).toBeCloseTo(0.02);
    expect(trace("book/x/A")?.run.usd).toBeCloseTo(0.02);
  });

  it("asks a person at once where the ladder says so, whatever comes after it", async () => {
    let attempts = 0;
    const { build } = rig([
      making({
        run: call(() => {
          attempts++;
          return { outputs: {}, defects: [defect("no")] };
        }),
        recovery: [toPerson(), again()],
      }),
    ]);
    expect((await build()).fault("book/x/A").what).toBe("1 attempt failed: no");
    expect(attempts).toBe(1);
  });

  it("counts a broken contract, a turn limit and a failed edit as defects", async () => {
    const said = [
      [text("done")],
      [use("list", { glob: "*" })],
      [use("list", { glob: "*" })],
      [use("propose_edit", { path: "e.md", find: "no", replace: "x" })],
      [outputs({ text: "x" })],
      [outputs({ text: "ok" })],
    ];
    const provider = scripted(() => said[provider.requests.length - 1] ?? []);
    const { write, read, build } = rig(
      [
        making({
          amends: () => ["e.md"],
          run: agent({ prompt: "p.md", turns: 2, tools: ["list", "propose_edit"] }),
          recovery: [again(), again(), again()],
        }),
      ],
      { provider },
    );
    write("p.md", PROMPT);
    write("e.md", "text");
    const built = await build();
    expect(failed(built.events).map((event) => event.defects[0])).toEqual([
      "output text is missing",
      "no answer within 2 turns",
      "propose_edit: the text to find does not occur in e.md",
    ]);
    expect(read("a.txt")).toBe("ok\n");
  });

  it("counts outputs that cannot be put in their place as defects", async () => {
    const provider = scripted(({ attempt }) => [outputs({ text: attempt === 1 ? "no heading" : "## §2. Good" })]);
    const { write, read, build } = rig(
      [
        making({
          outputs: () => ({ text: section("plan.md", "§2") }),
          run: agent({ prompt: "p.md" }),
          recovery: [again()],
        }),
      ],
      { provider },
    );
    write("p.md", PROMPT);
    write("plan.md", "# Plan\n\n## §1. One\n");
    const built = await build();
    expect(failed(built.events)).toHaveLength(1);
    expect(read("plan.md")).toBe("# Plan\n\n## §1. One\n\n## §2. Good\n");
  });

  it("does not climb for a fault outside the pass", async () => {
    const provider = scripted(() => ({ what: "no such model", where: "api", mend: "name another", exit: 2 }));
    const { write, build } = rig([making({ run: agent({ prompt: "p.md" }), recovery: [again()] })], { provider });
    write("p.md", PROMPT);
    const built = await build();
    expect(built.fault("book/x/A")).toEqual({ what: "no such model", where: "api", mend: "name another", exit: 2 });
    expect(provider.requests).toHaveLength(1);
    expect(built.events.filter((event) => event.type === "agentInvoked")).toMatchObject([{ outcome: "failed" }]);
  });

  it.each<[string, string, string]>([
    ["a missing prompt", "", "prompt file is missing"],
    ["a prompt that names what is not there", "{{nobody}}", "{{nobody}}"],
  ])("fails %s without asking anybody", async (_, prompt, what) => {
    const provider = scripted(() => []);
    const { write, build } = rig([making({ run: agent({ prompt: "p.md" }) })], { provider });
    if (prompt !== "") write("p.md", prompt);
    expect((await build()).fault("book/x/A").what).toContain(what);
    expect(provider.requests).toHaveLength(0);
  });

  it("gives the agent's own check the workspace with its draft laid over it, and hands inputs to checks", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1 ? [outputs({ text: "draft" }), use("validate_unit", {})] : [outputs({ text: "final" })],
    );
    const seen: unknown[] = [];
    const check: Check = ({ outputs: made, after: overlaid, inputs, params }) => {
      seen.push([made.text, new TextDecoder().decode(overlaid.bytes("a.txt" as never)), inputs, params]);
      return made.text === "draft\n" ? [defect("still a draft")] : [];
    };
    const { write, build } = rig(
      [
        making({
          inputs: () => ({ in: file("in.txt") }),
          run: agent({ prompt: "p.md", tools: ["validate_unit"] }),
          check: allOf(check),
        }),
      ],
      { provider },
    );
    write("p.md", PROMPT);
    write("in.txt", "I");
    await build();
    expect(provider.requests[1]?.messages.at(-1)?.content).toMatchObject([{ text: "still a draft" }]);
    expect(seen).toEqual([
      ["draft\n", "draft\n", { in: "I" }, { book: { slug: "x" } }],
      ["final\n", "final\n", { in: "I" }, { book: { slug: "x" } }],
    ]);
  });
});

describe("a call or a check that goes wrong", () => {
  const bad = (value: unknown) => call(() => value as RunOutputs);
  it.each<[string, Spec & Pick<RuleSpec<never>, "run">, string]>([
    [
      "throws",
      {
        run: call(() => {
          throw new TypeError("x is not a function");
        }),
      },
      "x is not a function",
    ],
    [
      "throws what is no error",
      {
        run: call(() => {
          throw "just text";
        }),
      },
      "just text",
    ],
    ["rejects", { run: call(() => Promise.reject(new RangeError("too far"))) }, "too far"],
    [
      "throws a fault",
      {
        run: call(() => {
          throw new FaultError(usageFault("the list is torn", "list.md", "glue it"));
        }),
      },
      "the list is torn",
    ],
    ["asks for what is no reference", { run: call(({ ask }) => ({ outputs: { text: ask("../x") ?? "" } })) }, "climb"],
    ["returns nothing", { run: bad(undefined) }, "outputs"],
    ["returns null", { run: bad(null) }, "outputs"],
    ["returns a text", { run: bad("text") }, "outputs"],
    ["returns no outputs", { run: bad({}) }, "outputs"],
    ["returns an output that is no text", { run: bad({ outputs: { text: 7 } }) }, "outputs as texts"],
    ["forgets an output", { run: bad({ outputs: {} }) }, "did not give its output text"],
    [
      "gives one that is not declared",
      { run: bad({ outputs: { text: "", other: "" } }) },
      "outside its outputs: the output other",
    ],
    [
      "writes where it may not",
      { run: bad({ outputs: { text: "" }, writes: new Map([["b.txt", new Uint8Array()]]) }) },
      "outside its outputs: b.txt",
    ],
    [
      "amends what it may not",
      { run: bad({ outputs: { text: "" }, amended: new Map([["b.txt", new Uint8Array()]]) }) },
      "outside its outputs: b.txt",
    ],
    [
      "has a check that throws",
      {
        run: call(() => ({ outputs: { text: "" } })),
        check: () => {
          throw new TypeError("no such property");
        },
      },
      "no such property",
    ],
    [
      "writes into Codex's own folder",
      { outputs: () => ({ text: file(".codex/x") }), run: call(() => ({ outputs: { text: "" } })) },
      "may not write there",
    ],
  ])("fails its own target and nothing else when it %s", async (_, spec, what) => {
    const other = rule({
      name: "C",
      each: one,
      outputs: () => ({ text: file("c.txt") }),
      run: call(() => ({ outputs: { text: "c" } })),
    });
    const { read, build, trace } = rig([making(spec), other]);
    const built = await build();
    const fault = built.fault("book/x/A");
    expect(fault.what).toContain(what);
    expect(fault.where).not.toBe("");
    expect(fault.mend).not.toBe("");
    expect(built.done).toEqual(["book/x/C"]);
    expect(read("c.txt")).toBe("c");
    expect(trace("book/x/A")).toBeUndefined();
    expect(built.events.at(-1)).toMatchObject({ type: "buildFinished", summary: { ran: 1, failed: 1 } });
    // The next build tries again: a failure is remembered by nothing.
    expect((await build()).fault("book/x/A").what).toContain(what);
  });

  it("says of an exception where in the user's code it came from", async () => {
    const { build } = rig([
      making({
        run: call(() => {
          throw new TypeError("x is not a function");
        }),
      }),
    ]);
    const fault = (await build()).fault("book/x/A");
    expect(fault).toMatchObject({ where: "book/x/A", exit: 1 });
    expect(fault.what).toMatch(/TypeError: x is not a function/);
    expect(fault.what).toMatch(/build-ladder\.test\.ts:\d+/);
  });
});

describe("the wall clock of an attempt", () => {
  it("ends an attempt that takes too long, and the next one has its own time", async () => {
    const waiting: { ms: number; fire: () => void; cancelled: boolean }[] = [];
    const attempts: number[] = [];
    const { build } = rig(
      [
        making({
          wall: 60,
          run: call(({ attempt }) => {
            attempts.push(attempt);
            // An attempt that never ends: the clock of the one at hand is the last that was set.
            queueMicrotask(() => waiting.at(-1)?.fire());
            return new Promise<RunOutputs>(() => {});
          }),
          recovery: [again()],
        }),
      ],
      {
        after: (ms, fire) => {
          const timer = { ms, fire, cancelled: false };
          waiting.push(timer);
          return () => {
            timer.cancelled = true;
          };
        },
      },
    );
    const built = await build();
    expect(attempts).toEqual([1, 2]);
    expect(built.fault("book/x/A").what).toContain("it took more than 60 s");
    expect(waiting.map(({ ms, cancelled }) => [ms, cancelled])).toEqual([
      [60_000, true],
      [60_000, true],
    ]);
  });

  it("is no matter for who ends in time, and its timer does not outlive the attempt", async () => {
    const timers = new Set<object>();
    const { build } = rig([making({ run: call(() => ({ outputs: { text: "" } })) })], {
      after: (ms) => {
        const timer = { ms };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    });
    expect((await build()).done).toEqual(["book/x/A"]);
    expect(timers.size).toBe(0);
  });
});
