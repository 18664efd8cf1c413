import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { Traces } from "../../src/cache/traces.ts";
import { FaultError } from "../../src/fault.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { memoryView } from "../agents/scripted.ts";

const digest = (text: string): Digest => digestOf(text);
const id = (text: string): Address => text as Address;
const FILE = "manifests/traces/x.json" as RepoPath;

const trace = (changes: Partial<Trace> = {}): Trace => ({
  key: digest("key"),
  parts: { "input:b": digest("b"), "input:a": digest("a") },
  soft: {},
  reads: [
    {
      question: { kind: "search", pattern: "x", glob: "**" },
      answer: digest("answer"),
      hits: { "a.md": digest("hit") },
    },
  ],
  outputs: { "plans/x.md#§2": digest("out") },
  products: { unit: digest("unit") },
  amends: { "content/a.md": { before: digest("1"), after: digest("2") } },
  run: { at: "2026-11-22T00:00:00.000Z", seconds: 1.5, usd: 0.25, attempts: 1, agent: "agent-x-P1-1", model: "m" },
  ...changes,
});

const open = (files: Record<string, string | Uint8Array> = {}): Traces =>
  new Traces(memoryView(files), "manifests/traces");
/** A trace file with these targets, as Codex writes it. */
function rendered(targets: Record<string, Trace>): string {
  const traces = open();
  for (const [name, each] of Object.entries(targets)) traces.set(id(name), each);
  return new TextDecoder().decode(traces.render(FILE));
}

function faultOf(text: string, address = "book/x/P1"): FaultError["fault"] {
  try {
    open({ [FILE]: text }).get(id(address));
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("it was read");
}

describe("Traces", () => {
  it("has nothing where there is no file", () => {
    expect(open().get(id("book/x/P1"))).toBeUndefined();
    expect(open().addresses()).toEqual([]);
  });

  it("gives back what was set, and after a round trip too", () => {
    const other = trace({
      key: digest("other"),
      reads: [],
      run: { at: "2026-11-22T00:00:00.000Z", seconds: 0, usd: 0, attempts: 0, agent: "engine" },
    });
    const text = rendered({ "book/x/P1": trace(), "book/x/P4/03.09.11": other });
    const again = open({ [FILE]: text });
    expect(again.get(id("book/x/P1"))).toEqual(trace());
    expect(again.get(id("book/x/P4/03.09.11"))).toEqual(other);
    expect(again.get(id("book/x/P2"))).toBeUndefined();
    expect(again.addresses()).toEqual(["book/x/P1", "book/x/P4/03.09.11"]);
    again.delete(id("book/x/P1"));
    expect(again.get(id("book/x/P1"))).toBeUndefined();
    expect(new TextDecoder().decode(again.render(FILE))).toBe(rendered({ "book/x/P4/03.09.11": other }));
  });

  it("gives back any trace, whatever its names are", () => {
    const name = fc.oneof(
      fc.stringMatching(/^[a-z0-9 .§"\\-]{1,12}$/),
      fc.constantFrom("__proto__", "constructor", "1", "10", "é", "\u2028"),
    );
    const digests = fc.dictionary(name, fc.string().map(digest));
    const refs = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}(#[A-Za-z]{1,5})?$/), fc.string().map(digest));
    const any = fc
      .record({ parts: digests, soft: digests, outputs: refs, products: digests })
      .map((changes) => trace(changes));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^book\/x\/[A-Za-z0-9./]{1,8}$/), any, { maxKeys: 4 }), (targets) => {
        const text = rendered(targets);
        const again = open({ [FILE]: text });
        for (const [name, each] of Object.entries(targets)) expect(again.get(id(name))).toEqual(each);
        expect(new TextDecoder().decode(again.render(FILE))).toBe(text);
      }),
    );
  });

  it("writes one target a line, sorted, with sorted names: the order of the work leaves no mark", () => {
    const text = rendered({ "book/x/P2": trace(), "book/x/P1": trace(), "book/x/P10": trace() });
    const lines = text.split("\n");
    expect(lines.map((line) => /^"([^"]+)"/.exec(line)?.[1])).toEqual([
      undefined,
      "book/x/P1",
      "book/x/P10",
      "book/x/P2",
      undefined,
      undefined,
    ]);
    expect(lines[0]).toBe('{"version":1,"targets":{');
    // All targets' lines end alike, so that those of two branches go together.
    expect(lines.at(-2)).toBe('"":0}}');
    const swapped = trace({ parts: { "input:a": digest("a"), "input:b": digest("b") } });
    expect(rendered({ "book/x/P10": trace(), "book/x/P1": swapped, "book/x/P2": trace() })).toBe(text);
    // Adding a target adds a line and changes no other.
    const added = rendered({ "book/x/P2": trace(), "book/x/P1": trace(), "book/x/P10": trace(), "book/x/P0": trace() });
    expect(added.split("\n").filter((line) => !lines.includes(line))).toHaveLength(1);
  });

  it("keeps each book in its own file, and every other target in one by its kind and key", () => {
    const traces = open();
    expect(traces.fileOf(id("book/spin-geometry/P4/03.09.11"))).toBe("manifests/traces/spin-geometry.json");
    expect(traces.fileOf(id("flow/author-x/PA"))).toBe("manifests/traces/flow-author-x.json");
    traces.set(id("book/x/P1"), trace());
    traces.set(id("book/y/P1"), trace());
    expect(new TextDecoder().decode(traces.render(FILE))).not.toContain("book/y");
  });

  it("reads a file only when it is asked for: a damaged one is its own book's fault", () => {
    const traces = open({ [FILE]: rendered({ "book/x/P1": trace() }), "manifests/traces/y.json": "{" });
    expect(traces.get(id("book/x/P1"))).toBeDefined();
    expect(() => traces.get(id("book/y/P1"))).toThrow(FaultError);
    expect(() => traces.get(id("book/y/P1"))).toThrow(FaultError);
  });

  const ONE = rendered({ "book/x/P1": trace() });
  const damaged = (change: (read: Record<string, unknown>) => void): string => {
    const data = JSON.parse(ONE) as { targets: Record<string, Record<string, unknown>> };
    change(data.targets["book/x/P1"]!);
    return JSON.stringify(data);
  };

  it.each<[string, string, string]>([
    ["merge-conflict markers", `<<<<<<< ours\n${ONE}=======\n${ONE}>>>>>>> theirs\n`, "unresolved merge conflict"],
    [
      "markers between targets",
      ONE.replace('\n"":0}}', '\n<<<<<<< ours\n=======\n>>>>>>> theirs\n"":0}}'),
      "unresolved merge conflict",
    ],
    ["a truncated file", ONE.slice(0, 200), "not readable as JSON"],
    ["an empty file", "", "not readable as JSON"],
    ["zero bytes", "\0\0\0\0", "not readable as JSON"],
    ["a later version", ONE.replace('"version":1', '"version":2'), "version 2, and this Codex reads version 1"],
    ["no version", "{}", "version undefined"],
    ["null", "null", "version undefined"],
    ["a number", "7", "version undefined"],
    ["no targets", '{"version":1}', "no targets"],
    ["a list of targets", '{"version":1,"targets":[]}', "no targets"],
    ["a target that is null", '{"version":1,"targets":{"book/x/P1":null}}', "the trace of book/x/P1 is damaged"],
    ["a target that is empty", '{"version":1,"targets":{"book/x/P1":{}}}', "the trace of book/x/P1 is damaged"],
    ...(["key", "parts", "soft", "reads", "outputs", "products", "amends", "run"] as const).map(
      (field): [string, string, string] => [
        `a trace without ${field}`,
        damaged((read) => delete read[field]),
        "the trace of book/x/P1 is damaged",
      ],
    ),
    ["a key that is a number", damaged((read) => (read.key = 1)), "damaged"],
    ["a digest that is a number", damaged((read) => (read.parts = { a: 1 })), "damaged"],
    ["outputs in a list", damaged((read) => (read.outputs = [])), "damaged"],
    ["an output that is no reference", damaged((read) => (read.outputs = { "../x": "d" })), "damaged"],
    [
      "an amendment that is no reference",
      damaged((read) => (read.amends = { "/x": { before: "a", after: "b" } })),
      "damaged",
    ],
    ["an amendment without a before", damaged((read) => (read.amends = { x: { after: "b" } })), "damaged"],
    ["reads in an object", damaged((read) => (read.reads = {})), "damaged"],
    [
      "a read without an answer",
      damaged((read) => (read.reads = [{ question: { kind: "read", ref: "a" } }])),
      "damaged",
    ],
    [
      "a question of an unknown kind",
      damaged((read) => (read.reads = [{ question: { kind: "ask", ref: "a" }, answer: "d" }])),
      "damaged",
    ],
    ["a read of nothing", damaged((read) => (read.reads = [{ question: { kind: "read" }, answer: "d" }])), "damaged"],
    [
      "a search without a pattern",
      damaged((read) => (read.reads = [{ question: { kind: "search", glob: "*" }, answer: "d" }])),
      "damaged",
    ],
    [
      "hits that are no digests",
      damaged((read) => (read.reads = [{ question: { kind: "list", glob: "*" }, answer: "d", hits: { a: 1 } }])),
      "damaged",
    ],
    [
      "a run without its time",
      damaged((read) => (read.run = { agent: "x", seconds: 1, usd: 0, attempts: 1 })),
      "damaged",
    ],
    [
      "seconds that are text",
      damaged((read) => (read.run = { at: "2026-11-22T00:00:00.000Z", agent: "x", seconds: "1", usd: 0, attempts: 1 })),
      "damaged",
    ],
    [
      "a cost that is text",
      damaged((read) => (read.run = { at: "2026-11-22T00:00:00.000Z", agent: "x", seconds: 1, usd: "0", attempts: 1 })),
      "damaged",
    ],
  ])("refuses %s, and says where and what to do", (_, text, what) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ where: FILE, exit: 2 });
    expect(fault.what).toContain(what);
    expect(fault.mend).not.toBe("");
  });

  it("is read whole or not at all, wherever it was cut", () => {
    const text = rendered({ "book/x/P1": trace(), "book/x/P2": trace() });
    for (let length = 0; length < text.length - 1; length += 7) expect(faultOf(text.slice(0, length)).exit).toBe(2);
  });
});
