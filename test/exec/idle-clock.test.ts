import { describe, expect, it } from "vitest";
import { call, command } from "../../src/exec/action.ts";
import { idleClock, Signs } from "../../src/exec/idle-clock.ts";
import { rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { one, rig } from "./rig.ts";

/** A clock that the test moves. */
function clock() {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  return {
    host: {
      now: () => now,
      after(ms: number, fn: () => void) {
        const timer = { at: now + ms, fn };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    to(at: number): void {
      for (;;) {
        const next = [...timers].filter((timer) => timer.at <= at).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.fn();
      }
      now = at;
    },
    waiting: () => timers.size,
  };
}

describe("an idle clock", () => {
  it("runs out after so long without a sign, once, and with one timer however many signs", () => {
    const { host, to, waiting } = clock();
    let idle = 0;
    const watch = idleClock(host, 10, () => idle++);
    for (let at = 0; at <= 60_000; at += 100) {
      to(at);
      watch.touch();
      expect(waiting()).toBe(1);
    }
    to(69_999);
    expect(idle).toBe(0);
    to(70_000);
    expect(idle).toBe(1);
    to(200_000);
    expect(idle).toBe(1);
  });

  it("does not run out once it is stopped", () => {
    const { host, to, waiting } = clock();
    let idle = 0;
    idleClock(host, 10, () => idle++).stop();
    to(100_000);
    expect([idle, waiting()]).toEqual([0, 0]);
  });
});

describe("signs of life", () => {
  it("reach the attempt whose target they are of, until it has ended", () => {
    const signs = new Signs();
    let heard = 0;
    const end = signs.listen("book/x/a", () => heard++);
    signs.note({ type: "callProgress", at: 0, target: "book/x/a", attempt: 1, turn: 1, outputTokens: 1 });
    signs.note({ type: "callProgress", at: 0, target: "book/x/b", attempt: 1, turn: 1, outputTokens: 1 });
    signs.note({ type: "notice", at: 0, text: "" });
    end();
    signs.note({ type: "callProgress", at: 0, target: "book/x/a", attempt: 1, turn: 1, outputTokens: 2 });
    expect(heard).toBe(1);
  });
});

const after = (ms: number, fn: () => void): (() => void) => {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
};
const printing = (script: string, idle: number) =>
  rule({
    name: "a",
    each: one,
    outputs: () => ({ text: file("a.txt") }),
    run: command([process.execPath, "-e", script]),
    idle,
  });

describe("a command with an idle clock", () => {
  it("is ended when it prints nothing for too long", async () => {
    const { build } = rig([printing("setTimeout(() => {}, 60_000)", 0.3)], { after });
    const built = await build();
    expect(built.fault("book/x/a").what).toContain("no sign of life for 0.3 s");
    expect(built.events.find((event) => event.type === "attemptFailed")).toMatchObject({ timedOut: true });
  });

  it("goes on as long as it prints", async () => {
    const script =
      "let n = 0; const t = setInterval(() => { process.stdout.write('.'); if (++n === 8) clearInterval(t); }, 150)";
    const { build, read } = rig([printing(script, 1)], { after });
    expect((await build()).failures.size).toBe(0);
    expect(read("a.txt")).toBe("........");
  });

  it("says nothing of a function", async () => {
    const slow = rule({
      name: "a",
      each: one,
      outputs: () => ({ text: file("a.txt") }),
      run: call(async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { outputs: { text: "done" } };
      }),
      idle: 0.05,
    });
    expect((await rig([slow], { after }).build()).failures.size).toBe(0);
  });
});
