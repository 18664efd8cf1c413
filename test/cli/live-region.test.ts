/** The changing lines at the bottom of the terminal: what is seen is what was asked for, and the scrollback stays whole. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LiveRegion } from "../../src/cli/view/live-region.ts";
import { VirtualTerminal } from "./virtual-terminal.ts";

function rig(columns = 40, rows = 10) {
  const terminal = new VirtualTerminal(columns, rows);
  const region = new LiveRegion();
  const paint = (scroll: readonly string[], lines: readonly string[]): string => {
    const text = region.paint(scroll, lines, terminal);
    if (text !== "") terminal.write(text);
    return text;
  };
  return { terminal, paint };
}

describe("a region", () => {
  test("stands below the scrollback, and leaves nothing behind", () => {
    const { terminal, paint } = rig();
    terminal.write("$ codex build\n");
    paint([], ["running a", "running b"]);
    expect(terminal.text()).toEqual(["$ codex build", "running a", "running b"]);
    paint(["done a"], ["running b"]);
    expect(terminal.text()).toEqual(["$ codex build", "done a", "running b"]);
    paint(["done b"], []);
    expect(terminal.text()).toEqual(["$ codex build", "done a", "done b"]);
    terminal.write("after\n");
    expect(terminal.text().at(-1)).toBe("after");
  });

  test("writes nothing where nothing changed, and only the lines that did", () => {
    const { terminal, paint } = rig();
    paint([], ["one", "two 1", "three"]);
    expect(paint([], ["one", "two 1", "three"])).toBe("");
    const text = paint([], ["one", "two 2", "three"]);
    expect(text).toContain("two 2");
    expect(text).not.toContain("one");
    expect(text).not.toContain("three");
    expect(terminal.text()).toEqual(["one", "two 2", "three"]);
  });

  test("a shorter line takes the place of a longer one", () => {
    const { terminal, paint } = rig();
    paint([], ["a long line", "x"]);
    paint([], ["short", "x"]);
    expect(terminal.text()).toEqual(["short", "x"]);
  });

  test("is rubbed out whole after the terminal became narrower and wrapped it", () => {
    const { terminal, paint } = rig(40, 12);
    paint(["kept"], ["x".repeat(38), "y".repeat(38)]);
    terminal.resize(15, 12);
    paint([], ["short"]);
    expect(terminal.text()).toEqual(["kept", "short"]);
  });

  test("colours take no room", () => {
    const { terminal, paint } = rig(20, 5);
    paint([], [`\u001b[33m${"x".repeat(18)}\u001b[39m`, "y"]);
    paint(["kept"], ["z"]);
    expect(terminal.text()).toEqual(["kept", "z"]);
  });

  test("what is seen is the scrollback and the last frame, whatever came before", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", " ", "é", "日"), maxLength: 12 });
    const frames = fc.array(
      fc.record({ scroll: fc.array(line, { maxLength: 4 }), lines: fc.array(line, { maxLength: 6 }) }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(frames, (list) => {
        const { terminal, paint } = rig(30, 8);
        const scrolled: string[] = [];
        for (const { scroll, lines } of list) {
          paint(scroll, lines);
          scrolled.push(...scroll);
          const expected = [...scrolled, ...lines].map((each) => each.trimEnd());
          while (expected.at(-1) === "") expected.pop();
          expect(terminal.text()).toEqual(expected);
        }
      }),
    );
  });
});
