/** A target whose work is a program. */
import { describe, expect, it } from "vitest";
import { again, command, defect } from "../../src/exec/action.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { one, rig } from "./rig.ts";

type Spec = Partial<RuleSpec<{ readonly book: { slug: string } }>>;
const running = (script: string, spec: Spec = {}): Rule =>
  rule({
    name: "A",
    each: one,
    outputs: () => ({ text: file("a.txt") }),
    run: command([process.execPath, "-e", script]),
    ...spec,
  });
const two: Spec = { outputs: () => ({ a: file("a.txt"), b: file("b.txt") }) };

describe("a command", () => {
  it("gets its parameters and inputs as JSON, and what it prints is its output", async () => {
    const { write, read, build } = rig([
      running(`process.stdin.on("data", (data) => process.stdout.write(data))`, {
        inputs: () => ({ in: file("in.txt") }),
      }),
    ]);
    write("in.txt", "I");
    expect((await build()).summary).toMatchObject({ ran: 1 });
    expect(JSON.parse(read("a.txt"))).toEqual({ params: { book: { slug: "x" } }, inputs: { in: "I" } });
    expect((await build()).done).toEqual([]);
  });

  it("makes its arguments from the parameters, and runs in the workspace", async () => {
    const { host, read, build } = rig([
      running("", {
        run: command<{ book: { slug: string } }>(({ book }) => [
          process.execPath,
          "-p",
          "process.cwd() + ' ' + process.argv[1]",
          book.slug,
        ]),
      }),
    ]);
    await build();
    expect(read("a.txt")).toBe(`${host.root} x\n`);
  });

  it("prints a JSON object where it has several outputs", async () => {
    const { read, build } = rig([running(`console.log(JSON.stringify({ a: "1", b: "2" }))`, two)]);
    expect((await build()).summary).toMatchObject({ ran: 1 });
    expect([read("a.txt"), read("b.txt")]).toEqual(["1", "2"]);
  });

  it.each<[string, string, Spec, string]>([
    [
      "ends with an error",
      `console.error("no such book"); process.exit(2)`,
      {},
      "ended with exit code 2: no such book",
    ],
    ["is ended by a signal", `process.kill(process.pid, "SIGKILL")`, {}, "was ended by SIGKILL"],
    ["prints no JSON for several outputs", `console.log("x")`, two, "must print a JSON object with the outputs a, b"],
    [
      "prints a list for several outputs",
      `console.log('["1","2"]')`,
      two,
      "must print a JSON object with the outputs a, b",
    ],
    ["prints null for several outputs", `console.log("null")`, two, "must print a JSON object"],
    ["prints an output that is no text", `console.log('{"a":"1","b":2}')`, two, "must print a JSON object"],
    ["leaves out an output", `console.log('{"a":"1"}')`, two, "did not give its output b"],
    ["prints what a check refuses", `console.log("x")`, { check: () => [defect("x is not good")] }, "x is not good"],
  ])("has failed an attempt when it %s, and the ladder answers", async (_, script, spec, what) => {
    const { build, trace } = rig([running(script, { ...spec, recovery: [again()] })]);
    const built = await build();
    expect(built.fault("book/x/A").what).toContain(what);
    expect(built.fault("book/x/A").what).toMatch(/^2 attempts failed/);
    expect(trace("book/x/A")).toBeUndefined();
  });

  it.each<[string, Spec, string]>([
    ["cannot be started", { run: command(["no-such-program-anywhere"]) }, "no-such-program-anywhere cannot be started"],
    ["is empty", { run: command([]) }, "the command is empty"],
    [
      "prints an output that is not declared",
      { ...two, run: command([process.execPath, "-e", `console.log('{"a":"","b":"","c":""}')`]) },
      "outside its outputs: the output c",
    ],
  ])("is a person's matter at once when it %s", async (_, spec, what) => {
    const built = await rig([running("", { ...spec, recovery: [again()] })]).build();
    expect(built.fault("book/x/A").what).toContain(what);
    expect(built.events.some((event) => event.type === "attemptFailed")).toBe(false);
  });

  it("is stopped by the wall clock of its attempt", async () => {
    const began = performance.now();
    const { build } = rig([running("setInterval(() => {}, 1000)", { wall: 0.2 })], {
      after: (ms, fire) => {
        const timer = setTimeout(fire, ms);
        return () => clearTimeout(timer);
      },
    });
    expect((await build()).fault("book/x/A").what).toContain("it took more than 0.2 s");
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("may have nothing to print: it is there for its checks", async () => {
    const { build } = rig([running("", { outputs: () => ({}) })]);
    expect((await build()).summary).toMatchObject({ ran: 1, failed: 0 });
    expect((await build()).summary).toMatchObject({ ran: 0, fresh: 1 });
  });
});
