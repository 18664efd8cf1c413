/** The live view over time: how often it draws, what it leaves in the scrollback, and where errors go. */
import { describe, expect, test } from "vitest";
import type { Screen, Terminal } from "../../src/cli/terminal.ts";
import { type LiveOptions, LiveView } from "../../src/cli/view/live.ts";
import type { Event } from "../../src/events.ts";
import { VirtualTerminal } from "./virtual-terminal.ts";

const plain = new Proxy({} as Terminal["colours"], { get: () => (text: string) => text });

/** A clock that is moved by hand. */
class Clock {
  time = 1_000_000;
  private timers: { at: number; fn: () => void }[] = [];
  now = (): number => this.time;
  after = (ms: number, fn: () => void): (() => void) => {
    const timer = { at: this.time + ms, fn };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  };
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.time = Math.max(this.time, due.at);
      due.fn();
    }
    this.time = end;
  }
  get waiting(): number {
    return this.timers.length;
  }
}

const NO_CEILING: LiveOptions["tightest"] = () => undefined;

function rig({ showsErrors = true, columns = 80, rows = 20, tightest = NO_CEILING } = {}) {
  const clock = new Clock();
  const terminal = new VirtualTerminal(columns, rows);
  const errors: string[] = [];
  const real: Terminal = {
    colours: plain,
    out: (line) => terminal.write(`${line}\n`),
    err(line) {
      errors.push(line);
      if (showsErrors) terminal.write(`${line}\n`);
    },
  };
  const resized: (() => void)[] = [];
  const screen: Screen = {
    unicode: true,
    showsErrors,
    size: () => terminal,
    write: (text) => terminal.write(text),
    clean: (line) => line,
    onResize(fn) {
      resized.push(fn);
      return () => resized.splice(resized.indexOf(fn), 1);
    },
  };
  const view = new LiveView(real, screen, {
    slots: { pools: {}, limit: 4 },
    world: { trace: () => undefined },
    tightest,
    clock,
  });
  const emit = (event: Omit<Event, "at">): void => view.event({ at: clock.time, ...event } as Event);
  const start = (target: string): void =>
    emit({ type: "targetStarted", target, executor: "call", reasons: [] } as Omit<Event, "at">);
  const finish = (target: string): void =>
    emit({
      type: "targetFinished",
      target,
      how: "ran",
      seconds: 3,
      usd: 0,
      attempts: 1,
      agent: "engine",
      reasons: [],
      changed: true,
    } as Omit<Event, "at">);
  const fail = (target: string): void =>
    emit({
      type: "targetFailed",
      target,
      attempts: 1,
      seconds: 1,
      fault: { what: "it broke", where: "", mend: "mend it", exit: 1 },
    } as Omit<Event, "at">);
  emit({ type: "buildStarted", goals: ["all"], targets: 9, provider: "other" } as Omit<Event, "at">);
  return { clock, terminal, errors, view, emit, start, finish, fail, resized };
}

describe("the live view", () => {
  test("shows the ceiling of the targets whose agents are at work", () => {
    const { clock, terminal, start, emit } = rig({
      tightest: (targets) => ({ scope: targets.join("+"), spentUsd: 1, usd: 2 }),
    });
    start("note/call");
    for (const target of ["book/a", "book/b"])
      emit({ type: "targetStarted", target, executor: "agent", reasons: [] } as Omit<Event, "at">);
    clock.pass(200);
    expect(terminal.text().at(-2)).toMatch(/^Budget of book\/a\+book\/b: \$1\.00 of \$2\.00 █+░+ 50 %$/);
  });

  test("shows what runs, and leaves a line for what is done", () => {
    const { clock, terminal, view, start, finish } = rig();
    start("a/1");
    start("a/2");
    clock.pass(2200);
    expect(terminal.text()).toEqual(["→ a/1  0:02", "→ a/2  0:02", "0 done, 2 running. 0:02"]);
    finish("a/1");
    clock.pass(100);
    expect(terminal.text()).toEqual(["✓ a/1 done 3.0 s", "→ a/2  0:02", "1 done, 1 running. 0:02"]);
    finish("a/2");
    view.close();
    terminal.write("Targets: 2 ran\n");
    expect(terminal.text()).toEqual(["✓ a/1 done 3.0 s", "✓ a/2 done 3.0 s", "Targets: 2 ran"]);
  });

  test("draws at most ten times a second, whatever happens, with one write each", () => {
    const { clock, terminal, start, finish } = rig();
    for (let i = 0; i < 1000; i++) {
      start(`a/${i}`);
      if (i >= 100) finish(`a/${i - 100}`);
      clock.pass(1);
    }
    expect(terminal.writes).toBeLessThanOrEqual(11);
    expect(terminal.text().filter((line) => line.startsWith("✓"))).toHaveLength(900);
  });

  test("draws also where work never lets a timer have its turn", () => {
    const { clock, terminal, start, finish } = rig();
    for (let i = 0; i < 10; i++) {
      start(`a/${i}`);
      clock.time += 150;
      finish(`a/${i}`);
    }
    expect(terminal.text().filter((line) => line.startsWith("✓"))).toHaveLength(10);
  });

  test("draws once a second where nothing happens, and rewrites only what moves", () => {
    const { clock, terminal, start } = rig();
    for (let i = 0; i < 8; i++) start(`a/${i}`);
    clock.pass(200);
    const before = terminal.writes;
    clock.pass(10_000);
    expect(terminal.writes - before).toBeLessThanOrEqual(11);
  });

  test("an error stands where it belongs, above what still runs, and goes to the errors", () => {
    const { clock, terminal, errors, start, finish, fail } = rig();
    start("a/1");
    start("a/2");
    start("a/3");
    clock.pass(1000);
    finish("a/1");
    fail("a/2");
    clock.pass(100);
    expect(terminal.text()).toEqual([
      "✓ a/1 done 3.0 s",
      "✗ a/2 failed: it broke",
      "    mend it",
      "→ a/3  0:01",
      "1 done, 1 failed, 1 running. 0:01",
    ]);
    expect(errors).toEqual(["✗ a/2 failed: it broke", "    mend it"]);
  });

  test("errors that go elsewhere leave the screen alone", () => {
    const { clock, terminal, errors, start, fail } = rig({ showsErrors: false });
    start("a/1");
    clock.pass(200);
    fail("a/1");
    expect(errors).toHaveLength(2);
    clock.pass(200);
    expect(terminal.text()).toEqual(["0 done, 1 failed, 0 running. 0:00"]);
  });

  test("follows the size of the terminal", () => {
    const { clock, terminal, start, finish, resized } = rig();
    start(`book/${"x".repeat(60)}/P1_audit`);
    start("b/2");
    clock.pass(1000);
    finish("b/2");
    clock.pass(1000);
    terminal.resize(40, 10);
    for (const fn of resized) fn();
    clock.pass(200);
    expect(terminal.text()).toEqual([
      "✓ b/2 done 3.0 s",
      expect.stringMatching(/^→ book\/x+…x+\/P1_audit {2}0:02$/),
      "1 done, 1 running. 0:02",
    ]);
    for (const line of terminal.text()) expect(line.length).toBeLessThan(40);
  });

  test("closed, it leaves no timer behind", () => {
    const { clock, view, start } = rig();
    start("a/1");
    clock.pass(350);
    view.close();
    expect(clock.waiting).toBe(0);
  });
});
