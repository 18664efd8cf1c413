/** What reaches the terminal: no colours where none are shown, and nothing that it would obey. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

vi.mock("picocolors", async (original) => {
  const { default: real } = (await original()) as { readonly default: object };
  // What the environment of the tests would say of colours must not decide.
  return { default: { ...real, isColorSupported: true } };
});

const { processTerminal } = await import("../../src/cli/terminal.ts");

const written = { out: "", err: "" };
const terminals = { out: process.stdout.isTTY, err: process.stderr.isTTY };

beforeEach(() => {
  written.out = written.err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = terminals.out;
  process.stderr.isTTY = terminals.err;
});

function print(text: string, outIsTerminal: boolean, errIsTerminal: boolean): { out: string; err: string } {
  process.stdout.isTTY = outIsTerminal;
  process.stderr.isTTY = errIsTerminal;
  const terminal = processTerminal();
  terminal.out(terminal.colours.red(text));
  terminal.err(terminal.colours.red(text));
  return { ...written };
}

const RED = "\u001b[31mx\u001b[39m\n";

describe("colours", () => {
  test.each<[out: boolean, err: boolean, coloured: { out: string; err: string }]>([
    [true, true, { out: RED, err: RED }],
    [true, false, { out: RED, err: "x\n" }],
    [false, true, { out: "x\n", err: "x\n" }],
    [false, false, { out: "x\n", err: "x\n" }],
  ])("output to a terminal: %s, errors: %s", (out, err, expected) => {
    expect(print("x", out, err)).toEqual(expected);
  });
});

describe("what others wrote", () => {
  test.each([
    ["a title", "\u001b]0;owned\u0007", "\\u001b]0;owned\\u0007"],
    ["a cleared screen", "\u001b[2J\u001b[H", "\\u001b[2J\\u001b[H"],
    ["a line that takes another's place", "real\rfake", "real\\u000dfake"],
    ["a backspace", "ab\bc", "ab\\u0008c"],
    ["a C1 sequence", "\u009b2J", "\\u009b2J"],
    ["a tab and a new line stay", "a\tb\nc", "a\tb\nc"],
    ["the end of a line as Windows has it", "a\r\nb", "a\nb"],
    ["what is no control character", "§2 – “α” 𝔸 é", "§2 – “α” 𝔸 é"],
  ])("%s", (_name, text, shown) => {
    expect(print(text, false, false)).toEqual({ out: `${shown}\n`, err: `${shown}\n` });
    expect(print(text, true, true).out).toContain(shown);
  });

  test("colours in it are taken out where none are shown", () => {
    expect(print("\u001b[1;31mx\u001b[0m", false, false).out).toBe("x\n");
  });
});

test("a terminal that shows ASCII only is given it, and signs that differ stay different", () => {
  vi.stubEnv("LC_ALL", "C");
  const signs = ["✓", "•", "·", "?", "!", "-", "✗"];
  const { out } = print(signs.join(" "), true, false);
  vi.unstubAllEnvs();
  const plain = out.replace(RED.slice(0, 5), "").replace("\u001b[39m", "").trim();
  expect(plain).toMatch(/^[\x20-\x7e]+$/);
  expect(new Set(plain.split(" ")).size).toBe(signs.length);
});
