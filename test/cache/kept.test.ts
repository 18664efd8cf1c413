import fc from "fast-check";
import { memfs } from "memfs";
import { expect, it } from "vitest";
import { keep, keepIfPossible, readKept } from "../../src/cache/kept.ts";
import type { Host, HostFs } from "../../src/host.ts";

function hostWith(more: Partial<HostFs> = {}): Host {
  const { fs } = memfs({ "/w/a.txt": "" });
  return {
    fs: Object.assign(Object.create(fs), more) as HostFs,
    root: "/w",
    env: {},
    now: () => 0,
    random: () => 0,
    after: () => () => {},
  };
}

it("gives back what was kept", () => {
  const host = hostWith();
  expect(readKept(host, "x.json")).toBeUndefined();
  for (const value of [{ a: [1, "ü\n"] }, [], null, 0, ""]) {
    keep(host, "x.json", value);
    expect(readKept(host, "x.json")).toEqual(value);
  }
});

it("gives back nothing, and never anything else, where one byte is another or some are missing", () => {
  const host = hostWith();
  keep(host, "x.json", { verdicts: ["passed", "failed"], n: 27 });
  const whole = host.fs.readFileSync("/w/.codex/x.json") as Buffer;
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 7 }), fc.boolean(), (at, bit, cut) => {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << bit;
      host.fs.writeFileSync("/w/.codex/x.json", cut ? whole.subarray(0, at) : bytes);
      // The line feed at the very end is not looked at.
      const found = readKept(host, "x.json");
      if (at < whole.length - 1) expect(found).toBeUndefined();
    }),
  );
});

it("does without where the disk refuses, and hides no other mistake", () => {
  const refused = Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
  const readOnly = hostWith({
    openSync: () => {
      throw refused;
    },
  });
  expect(() => keep(readOnly, "x.json", 1)).toThrow(refused);
  expect(() => keepIfPossible(readOnly, "x.json", 1)).not.toThrow();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(() => keepIfPossible(hostWith(), "x.json", circle)).toThrow(/circular/i);
});
