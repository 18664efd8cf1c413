import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../src/exec/run-program.ts";
import { disk } from "../artifact/disk.ts";

const NEVER = new AbortController().signal;
const node = (script: string, options: { cwd?: string; input?: string; signal?: AbortSignal; args?: string[] } = {}) =>
  runProgram(
    process.execPath,
    ["-e", script, ...(options.args ?? [])],
    options.cwd ?? process.cwd(),
    options.input ?? "",
    options.signal ?? NEVER,
  );

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has buried yet is dead all the same.
    return !/^State:\s*Z/m.test(
      fs.existsSync(`/proc/${pid}/status`) ? fs.readFileSync(`/proc/${pid}/status`, "utf8") : "",
    );
  } catch {
    return false;
  }
};
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!isAlive(pid)) return true;
    await sleep(20);
  }
  return false;
}
async function fileText(path: string): Promise<string> {
  for (let i = 0; i < 200; i++) {
    if (fs.existsSync(path) && fs.readFileSync(path, "utf8") !== "") return fs.readFileSync(path, "utf8");
    await sleep(20);
  }
  throw new Error(`${path} never came`);
}

/** A program that starts a child of its own, writes the child's number to `pid`, and goes on as `then` says. */
const withChild = (stdio: "ignore" | "inherit", then: string): string =>
  `const { spawn } = require("node:child_process");
   const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "${stdio}" });
   require("node:fs").writeFileSync("pid", String(child.pid)); child.unref(); ${then}`;

describe("runProgram", () => {
  it("gives the program its arguments as they are, its input and its folder, and takes what it prints", async () => {
    const { host, outside } = disk();
    const result = await node(
      `process.stdin.on("data", (data) => process.stdout.write(JSON.stringify([process.argv.slice(1), String(data), process.cwd()])))`,
      { cwd: host.root, input: "héllo", args: ["$HOME", "; touch x", "`id`", "a b", ""] },
    );
    expect(result).toMatchObject({ kind: "ended", code: 0 });
    expect(JSON.parse(result.kind === "ended" ? result.out : "")).toEqual([
      ["$HOME", "; touch x", "`id`", "a b", ""],
      "héllo",
      host.root,
    ]);
    expect(fs.readdirSync(outside)).toEqual(["ws"]);
    expect(fs.readdirSync(host.root)).toEqual([]);
  });

  it("puts characters together that came in pieces", async () => {
    const result = await node(
      `const b = Buffer.from("ä".repeat(5)); for (const x of b) require("node:fs").writeSync(1, Buffer.from([x]))`,
    );
    expect(result).toMatchObject({ out: "äääää" });
  });

  it("tells how it ended, with the end of what it complained of", async () => {
    expect(await node(`console.error("x".repeat(9000) + " the end"); process.exit(3)`)).toMatchObject({
      kind: "ended",
      code: 3,
      err: expect.stringMatching(/^x{1900,} the end$/),
    });
    expect(await node(`process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)`)).toMatchObject({
      kind: "ended",
      code: null,
      signal: "SIGTERM",
    });
  });

  it("does not mind a program that reads no input and ends early", async () => {
    expect(await node(`process.exit(0)`, { input: "x".repeat(5_000_000) })).toMatchObject({ kind: "ended", code: 0 });
  });

  it.each([
    ["that is not there", "no-such-program-anywhere", []],
    ["that is a folder", process.cwd(), []],
    ["whose arguments no program can have", process.execPath, ["a\0b"]],
    ["whose arguments are too long", process.execPath, ["x".repeat(4_000_000)]],
  ])("says why it cannot start a program %s", async (_, program, args) => {
    const result = await runProgram(program, args, process.cwd(), "", NEVER);
    expect(result).toMatchObject({ kind: "notStarted", why: expect.stringMatching(/./) });
  });

  it("stops a program that prints without end", async () => {
    const began = performance.now();
    const result = await node(
      `const line = "x".repeat(65536); const go = () => { while (process.stdout.write(line)); process.stdout.once("drain", go); }; go();`,
    );
    expect(result).toEqual({ kind: "tooMuchOutput", mebibytes: 16 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("kills the program and its children when it is told to", async () => {
    const { host, at } = disk();
    const stop = new AbortController();
    const running = node(withChild("inherit", "setInterval(() => {}, 1000)"), { cwd: host.root, signal: stop.signal });
    const child = Number(await fileText(at("pid")));
    expect(isAlive(child)).toBe(true);
    stop.abort();
    expect(await running).toMatchObject({ kind: "ended", code: null, signal: "SIGKILL" });
    expect(await isGone(child)).toBe(true);
  });

  it.each(["inherit", "ignore"] as const)("leaves no child behind when the program has ended (%s)", async (stdio) => {
    const { host, at } = disk();
    const began = performance.now();
    expect(await node(withChild(stdio, `console.log("done"); process.exitCode = 0`), { cwd: host.root })).toMatchObject(
      { kind: "ended", code: 0, out: "done\n" },
    );
    // It did not wait for the child, which holds its output open.
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await isGone(Number(await fileText(at("pid"))))).toBe(true);
  });

  it("starts nothing that goes on when it was stopped before", async () => {
    const result = await node("setInterval(() => {}, 1000)", { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ kind: "ended", code: null });
  });
});
