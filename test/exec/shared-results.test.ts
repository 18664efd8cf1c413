/** Builds on several machines that share a cache, and what they refuse to take from it. */
import fc from "fast-check";
import { afterEach, describe, expect, it, test } from "vitest";
import { digestOf, MISSING } from "../../src/artifact/digest.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { CachedAction } from "../../src/cache/actions.ts";
import { SharedCache } from "../../src/cache/shared-cache.ts";
import { SharedStore } from "../../src/cache/shared-store.ts";
import type { Event } from "../../src/events.ts";
import { call, person } from "../../src/exec/action.ts";
import { type BuildOptions, type BuildOutcome, build } from "../../src/exec/build.ts";
import { admitted } from "../../src/exec/shared-results.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Target } from "../../src/graph/target.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, intermediate, product, section, within } from "../../src/rules/source.ts";
import { type CacheServer, cacheServer } from "../cache/cache-server.ts";
import { bareTarget, DEFAULTS, one, type Rig, rig } from "./rig.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Machine extends Rig {
  /** A build that shares the server; what ran of the rules' functions is in `ran`. */
  share(changes?: Partial<BuildOptions>): Promise<BuildOutcome & { readonly notices: readonly string[] }>;
}

const CLOCK = {
  after(ms: number, fn: () => void) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

function machine(server: Pick<CacheServer, "url">, rules: readonly Rule[]): Machine {
  const made = rig(rules);
  return {
    ...made,
    async share(changes = {}) {
      const notices: string[] = [];
      const engine = made.open((event: Event) => {
        if (event.type === "notice") notices.push(event.text);
      });
      const store = new SharedStore(CLOCK, { url: server.url, limitMs: 5000, token: () => undefined });
      const options = { push: () => true, mend: "", tell: (text: string) => void notices.push(text) };
      const shared = new SharedCache(CLOCK, store, engine.store, options);
      const outcome = await build({ ...engine, shared }, { ...DEFAULTS, ...changes });
      return { ...outcome, notices };
    },
  };
}

const ran: string[] = [];
afterEach(() => void ran.splice(0));

/** A draft, a page that is made of it, its section in a plan, its entry in a catalog, and an edit of a unit. */
function rules(): readonly Rule[] {
  const draft = rule({
    name: "draft",
    each: one,
    inputs: () => ({ text: file("in.txt") }),
    outputs: () => ({ draft: intermediate() }),
    run: call(({ inputs, ask }) => {
      ran.push("draft");
      return { outputs: { draft: `${inputs.text}, ${ask("note.txt") ?? "no note"}` } };
    }),
  });
  return [
    draft,
    rule({
      name: "page",
      each: one,
      inputs: () => ({ draft: product(draft, { book: { slug: "x" } }, "draft") }),
      outputs: () => ({ page: file("page.txt"), section: section("plan.md", "§2") }),
      run: call(({ inputs }) => {
        ran.push("page");
        return { outputs: { page: `Page: ${inputs.draft}\n`, section: `## §2. Two\n\n${inputs.draft}` } };
      }),
    }),
    rule({
      name: "integrate",
      each: one,
      inputs: () => ({ page: file("page.txt") }),
      outputs: () => ({ catalog: within("catalog.md") }),
      shared: "write",
      mayAmend: () => ["unit.txt"],
      run: call(({ inputs, view }) => {
        ran.push("integrate");
        const text = (path: string): string => Buffer.from(view.bytes(path as RepoPath) ?? []).toString();
        return {
          outputs: {},
          writes: new Map([["catalog.md", bytes(`${text("catalog.md")}\n\n\n## x\n\n${inputs.page}`)]]),
          fragments: ["catalog.md#x"],
          amended: new Map([["unit.txt", bytes(`${text("unit.txt")}see x\n`)]]),
        };
      }),
    }),
  ];
}

function prepare(each: Rig): void {
  each.write("in.txt", "text");
  each.write("plan.md", "# Plan\n\n## §1. One\n\nfirst\n\n\n## §3. Three\n\nthird");
  each.write("catalog.md", "# Catalog\n\n## a\n\nA.\n");
  each.write("unit.txt", "unit\n");
}

const FILES = ["page.txt", "plan.md", "catalog.md", "unit.txt", "manifests/traces/x.json"];
const all = (each: Rig): readonly string[] => FILES.map((path) => each.read(path));

describe("two machines that share a cache", () => {
  async function both(): Promise<{ server: CacheServer; a: Machine; b: Machine }> {
    const server = await cacheServer();
    const [a, b] = [machine(server, rules()), machine(server, rules())];
    prepare(a);
    prepare(b);
    expect((await a.share()).summary).toMatchObject({ ran: 3, restored: 0 });
    expect(ran.splice(0)).toEqual(["draft", "page", "integrate"]);
    return { server, a, b };
  }

  it("run everything once, and have the same files to the byte", async () => {
    const { server, a, b } = await both();
    const { summary, notices } = await b.share();
    expect(summary).toMatchObject({ ran: 0, restored: 3, shared: 3, failed: 0, usd: 0 });
    expect(ran).toEqual([]);
    expect(all(b)).toEqual(all(a));
    expect(notices).toEqual([]);
    const asked = server.asked.length;
    expect((await b.share()).summary).toMatchObject({ fresh: 3, ran: 0, restored: 0 });
    expect(server.asked.length, "who has nothing to do asks nothing").toBe(asked);
    // What was taken is here now.
    for (const path of ["page.txt", "plan.md", "catalog.md"]) b.write(path, "");
    expect((await b.build({ overwriteEdits: true, force: true })).summary.failed).toBe(0);
  });

  it("take what holds here: other inputs, other answers and other versions are other work", async () => {
    const { server, b } = await both();
    b.write("note.txt", "a note");
    expect((await b.share()).summary).toMatchObject({ ran: 3, restored: 0 });
    expect(b.read("page.txt")).toBe("Page: text, a note\n");
    expect(server.count("GET /cas/"), "of what does not hold nothing is fetched").toBe(0);
  });

  it("keep what others wrote into a file that several may edit", async () => {
    const { b } = await both();
    b.write("unit.txt", "unit\nsee y\n");
    expect((await b.share()).summary).toMatchObject({ ran: 1, restored: 2 });
    expect(b.read("unit.txt")).toBe("unit\nsee y\nsee x\n");
  });

  it("do the work anew where that is asked for", async () => {
    const { server, b } = await both();
    const before = server.count("GET");
    expect((await b.share({ force: true })).summary).toMatchObject({ ran: 3, restored: 0 });
    expect(ran).toEqual(["draft", "page", "integrate"]);
    expect(server.count("GET /cas/")).toBe(0);
    expect(server.count("GET"), "to keep what others were answered").toBeLessThanOrEqual(before + 3);
  });

  it("fetch an intermediate when something that must run needs it", async () => {
    const { a, b } = await both();
    // A clone: all that git tracks.
    for (const path of ["in.txt", ...FILES]) b.write(path, a.read(path));
    expect((await b.share()).summary).toMatchObject({ ran: 0, restored: 0, fresh: 3 });
    const forced = await b.share({ goals: ["book/x/page"], force: true, overwriteEdits: true });
    expect(forced.summary).toMatchObject({ ran: 1, restored: 1, shared: 1 });
    expect(ran).toEqual(["page"]);
    expect(b.read("page.txt")).toBe(a.read("page.txt"));
  });

  it("build as without it when it is not there, or dies on the way", async () => {
    const { server, a, b } = await both();
    const c = machine(server, rules());
    prepare(c);
    server.misbehave = (request) => {
      if (server.count("GET") > 4) request.socket.destroy();
      return request.socket.destroyed;
    };
    expect((await b.share()).summary).toMatchObject({ failed: 0, blocked: 0 });
    expect(all(b).slice(0, 4)).toEqual(all(a).slice(0, 4));
    await server.close();
    const { summary, notices } = await c.share();
    expect(summary).toMatchObject({ ran: 3, restored: 0, failed: 0 });
    expect(notices).toEqual([expect.stringContaining("is of no use (ECONNREFUSED)")]);
    expect(all(c).slice(0, 4)).toEqual(all(a).slice(0, 4));
  });

  it("never decide for a person", async () => {
    const server = await cacheServer();
    const gated = (): readonly Rule[] => [
      rule({
        name: "draft",
        each: one,
        outputs: () => ({ text: file("draft.txt") }),
        gate: "after",
        run: call(() => ({ outputs: { text: "draft" } })),
      }),
      rule({ name: "sign", each: one, outputs: () => ({}), run: person({ ask: "Sign" }) }),
    ];
    const [a, b] = [machine(server, gated()), machine(server, gated())];
    expect((await a.share({ approve: () => "person:ada" })).summary).toMatchObject({ ran: 3 });
    expect(
      server.asked.filter((each) => each.includes("/ac/")),
      "the draft's",
    ).toHaveLength(2);
    const { summary, snapshot } = await b.share();
    expect(summary).toMatchObject({ restored: 1, shared: 1, ran: 0, waiting: 2 });
    expect(snapshot.evaluation.status("book/x/draft.gate" as Address).kind).toBe("waiting");
    expect(server.count("PUT /ac/")).toBe(1);
  });
});

describe("a store that lies", () => {
  /** What an honest machine leaves, and the keys of its targets: the same for all tests. */
  let honest: { readonly kept: ReadonlyMap<string, Buffer>; keyOf(name: string): string } | undefined;
  async function leave(): Promise<NonNullable<typeof honest>> {
    const server = await cacheServer();
    const a = machine(server, rules());
    prepare(a);
    await a.share();
    ran.splice(0);
    const keys = new Map(["page", "integrate"].map((name) => [name, a.trace(`book/x/${name}`)!.key]));
    return { kept: server.kept, keyOf: (name) => keys.get(name)! };
  }

  /** A machine, and a server on which one target's result is another than the one that was left there. */
  async function lying(change: (action: Mutable, server: CacheServer) => void, name = "page"): Promise<Machine> {
    honest ??= await leave();
    const server = await cacheServer();
    for (const [place, content] of honest.kept) server.kept.set(place, content);
    const b = machine(server, rules());
    prepare(b);
    const key = honest.keyOf(name);
    const list = JSON.parse(server.kept.get(`/ac/${key}`)!.toString()) as { results: Mutable[] };
    change(list.results[0]!, server);
    server.kept.set(`/ac/${key}`, Buffer.from(JSON.stringify(list)));
    return b;
  }

  interface Mutable {
    trace: {
      reads: unknown[];
      outputs: Record<string, string>;
      products: Record<string, string>;
      amends: Record<string, { before: string; after: string }>;
      run: Record<string, unknown>;
      accepted?: unknown;
    };
    blobs: Record<string, string>;
    files: Record<string, { before: string; after: string }>;
  }

  const evil = (server: CacheServer, text = "evil"): string => {
    server.kept.set(`/cas/${digestOf(text)}`, Buffer.from(text));
    return digestOf(text);
  };
  const asOutput = (path: string) => (made: Mutable, server: CacheServer) => {
    made.blobs[path] = evil(server);
    made.trace.outputs[path] = evil(server);
  };

  test.each<[string, (made: Mutable, server: CacheServer) => void]>([
    ["another file", asOutput("unit.txt")],
    ["a file of git's", asOutput(".git/hooks/post-checkout")],
    ["a file outside", asOutput("../outside.txt")],
    ["the configuration", asOutput("codex.config.ts")],
    ["its own file by another name", asOutput("./page.txt")],
    ["a section that is not its own", asOutput("plan.md#§1")],
    ["the whole of a file of which it owns a section", asOutput("plan.md")],
    ["a file without saying so", (made, server) => (made.blobs["unit.txt"] = evil(server))],
    [
      "an edit that it may not make",
      (made, server) => {
        made.blobs["unit.txt"] = evil(server);
        made.trace.amends["unit.txt"] = { before: digestOf("unit\n"), after: evil(server) };
      },
    ],
    ["one output too few", (made) => delete made.trace.outputs["page.txt"] && delete made.blobs["page.txt"]],
    ["an intermediate that it does not declare", (made, server) => (made.trace.products.more = evil(server))],
    ["a digest that is none", (made) => (made.blobs["page.txt"] = "../../x")],
    [
      "other bytes under its digest",
      (made, server) => server.kept.set(`/cas/${made.blobs["page.txt"]}`, Buffer.from("?")),
    ],
    ["another text than its trace says", (made, server) => (made.blobs["page.txt"] = evil(server))],
    ["work in a person's name", (made) => (made.trace.run.agent = "person:ada")],
    ["adopted work", (made) => (made.trace.run.why = "because")],
    ["edits that a person is said to have made", (made) => (made.trace.accepted = {})],
    ["a run that paid us", (made) => (made.trace.run.usd = -1)],
  ])("is refused %s, and the target runs", async (_, change) => {
    const b = await lying(change);
    const { summary, notices } = await b.share();
    expect(summary).toMatchObject({ ran: 1, restored: 2, failed: 0 });
    expect(ran).toEqual(["page"]);
    expect(b.read("unit.txt")).toBe("unit\nsee x\n");
    expect(b.read("page.txt")).toBe("Page: text, no note\n");
    expect(b.read("plan.md")).toContain("first\n\n\n## §2. Two");
    expect(notices.length).toBeLessThanOrEqual(1);
  });

  it("cannot change what is around a section", async () => {
    const b = await lying((made, server) => {
      const before = digestOf("# Plan\n\n## §1. One\n\nfirst\n\n\n## §3. Three\n\nthird");
      made.files["plan.md"] = { before, after: evil(server, "# Evil\n\n## §2. Two\n\ntext, no note\n") };
    });
    expect((await b.share()).summary).toMatchObject({ ran: 0, restored: 3 });
    expect(b.read("plan.md")).toContain("first");
  });

  it("leaves nothing of its own in a trace", async () => {
    const b = await lying((made) => Object.assign(made.trace, { evil: 1, run: { ...made.trace.run, evil: 1 } }));
    expect((await b.share()).summary).toMatchObject({ ran: 0, restored: 3 });
    expect(b.read("manifests/traces/x.json")).not.toContain("evil");
  });

  it("cannot claim another's entry of a shared file", async () => {
    const b = await lying((made) => (made.trace.outputs["catalog.md#a"] = digestOf("A.")), "integrate");
    expect((await b.share()).summary).toMatchObject({ ran: 1, restored: 2 });
    expect(Object.keys(b.trace("book/x/integrate")!.outputs)).toEqual(["catalog.md#x"]);
  });
});

describe("admitted", () => {
  const ref = (name: string) => {
    const parsed = parseRef(name);
    if (!parsed.ok) throw new Error(parsed.error.what);
    return parsed.value;
  };
  const target: Target = {
    ...bareTarget("book/x/t"),
    outputs: [
      { kind: "ref", name: "page", ref: ref("page.txt") },
      { kind: "ref", name: "section", ref: ref("plan.md#§2") },
      { kind: "scope", name: "catalog", ref: ref("catalog.md") },
      { kind: "product", name: "draft" },
    ],
    amends: [ref("unit.txt")],
    mayAmend: [ref("other.txt")],
  };
  const DIGEST = digestOf("");
  const record = (names: readonly string[]): Record<string, typeof DIGEST> =>
    Object.fromEntries(names.map((name) => [name, DIGEST]));
  const links = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { before: MISSING, after: DIGEST }]));
  const action = (outputs: string[], amends: string[], products: string[], files: string[]): CachedAction => ({
    trace: {
      key: DIGEST,
      parts: {},
      soft: {},
      reads: [],
      outputs: record(outputs),
      products: record(products),
      amends: links(amends),
      run: { at: "2026-11-22T00:00:00.000Z", seconds: 1, usd: 0, attempts: 1, agent: "engine" },
    },
    blobs: record([...outputs, ...amends]),
    files: links(files),
  });

  const WANTED = ["page.txt", "plan.md#§2"];
  const NAMES = [
    ...WANTED,
    "catalog.md",
    "catalog.md#x",
    "catalog.md#a",
    "unit.txt",
    "other.txt",
    "plan.md",
    "plan.md#§1",
  ];
  const MORE = [
    "x.txt",
    "./page.txt",
    "page.txt/../x",
    "catalog.md#title(x)",
    ".git/config",
    "__proto__",
    "constructor",
  ];
  const names = fc.uniqueArray(fc.constantFrom(...NAMES, ...MORE), { maxLength: 5 });
  /** Mostly some of those that are fine, or many would hide behind one that is not. */
  const mostly = (...fine: string[]) =>
    fc.oneof({ weight: 3, arbitrary: fc.subarray(fine) }, { weight: 1, arbitrary: names });

  it("takes what the target could have written, and only that", () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(
        mostly(...WANTED, "catalog.md#x", "catalog.md#a"),
        mostly("unit.txt", "other.txt"),
        fc.oneof(fc.constant<string[]>(["draft"]), fc.subarray(["draft", "more"])),
        names,
        fc.boolean(),
        (outputs, amends, products, files, isWhole) => {
          const given = action([...(isWhole ? WANTED : []), ...outputs], amends, products, files);
          const result = admitted(target, given);
          // The oracle: sets of names, without the code's way of finding them.
          const isFine =
            WANTED.every((name) => Object.keys(given.trace.outputs).includes(name)) &&
            outputs.every((name) => [...WANTED, "catalog.md#x", "catalog.md#a"].includes(name)) &&
            amends.every((name) => ["unit.txt", "other.txt"].includes(name)) &&
            products.join() === "draft";
          expect(result !== undefined).toBe(isFine);
          if (isFine) taken++;
          else refused++;
          expect(Object.keys(result?.files ?? {}).filter((path) => path !== "catalog.md")).toEqual([]);
        },
      ),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});
