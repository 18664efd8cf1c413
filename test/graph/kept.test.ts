/** An evaluation that is brought up to date after each change finds what one from scratch would. */
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Address } from "../../src/graph/address.ts";
import { DEFAULT_POLICY, Evaluation } from "../../src/graph/evaluate.ts";
import { Islands } from "../../src/graph/islands.ts";
import type { Target } from "../../src/graph/target.ts";
import { address, graphOf, target, World } from "./world.ts";

/** What a change is said to have touched. */
interface Touched {
  readonly paths?: readonly string[];
  readonly targets?: readonly string[];
}

class Kept {
  readonly world: World;
  readonly evaluation: Evaluation;
  private readonly islands = new Islands();
  private list: readonly Target[];

  constructor(world: World, ...list: readonly Target[]) {
    this.world = world;
    this.list = list;
    this.rules(...list);
    this.evaluation = new Evaluation(this.islands, world, DEFAULT_POLICY, true);
    this.check();
  }

  /** Runs a target, as a build does: its key is asked for before. */
  run(id: string, made: Parameters<World["complete"]>[2] = {}): readonly string[] {
    const before = new Map(this.world.files);
    this.evaluation.key(address(id));
    this.world.complete(graphOf(...this.list), id, made);
    const paths = [...this.world.files.keys()].filter((file) => this.world.files.get(file) !== before.get(file));
    return this.changed({ paths, targets: [id] });
  }

  /** A person writes a file, or takes it away. */
  write(file: string, text: string | undefined): readonly string[] {
    this.world.write(file, text);
    return this.changed({ paths: [file.split("#")[0]!] });
  }

  /** The rules make other targets. */
  make(...list: readonly Target[]): readonly string[] {
    this.list = list;
    return this.changed({}, this.rules(...list));
  }

  /** Brings the evaluation up to date. Returns the targets whose status is another, in alphabetical order. */
  changed({ paths = [], targets = [] }: Touched, rebuilt: ReadonlySet<Address> = new Set()): readonly string[] {
    const changed = this.evaluation.update({
      paths: paths as readonly RepoPath[],
      targets: targets.map(address),
      rebuilt,
    });
    this.check();
    return [...changed].sort();
  }

  private rules(...list: readonly Target[]): ReadonlySet<Address> {
    const updated = this.islands.update(list);
    if (!updated.ok) throw new Error(updated.error.what);
    return updated.value;
  }

  private check(): void {
    const graph = graphOf(...this.list);
    const scratch = new Evaluation(graph, this.world);
    for (const id of graph.order) expect([id, this.evaluation.status(id)]).toEqual([id, scratch.status(id)]);
  }
}

const chain = (version = "1") => [
  target("one", { hard: { s: "s" }, out: ["a"], version }),
  target("two", { hard: { a: "a" }, out: ["b"] }),
  target("three", { hard: { b: "b" }, out: ["c"] }),
  target("other", { hard: { t: "t" }, out: ["d"] }),
];

describe("a kept evaluation", () => {
  it("names those whose status is another, and no others", () => {
    const kept = new Kept(new World({ s: "s", t: "t" }), ...chain());
    expect(kept.run("one")).toEqual(["one", "two"]);
    expect(kept.run("two")).toEqual(["three", "two"]);
    expect(kept.run("three")).toEqual(["three"]);
    expect(kept.write("s", "changed")).toEqual(["one", "three", "two"]);
    expect(kept.run("one")).toEqual(["one", "three", "two"]);
    expect(kept.write("nowhere", "text")).toEqual([]);
    expect(kept.write("c", undefined)).toEqual(["three"]);
  });

  it("names those that are gone, and finds them anew when they come back", () => {
    const kept = new Kept(new World({ s: "s", t: "t" }), ...chain());
    kept.run("other");
    const [one, two, three, other] = chain();
    expect(kept.make(one!, two!, three!)).toEqual(["other"]);
    kept.write("t", "changed");
    expect(kept.make(one!, two!, three!, other!)).toEqual([]);
    expect(kept.evaluation.status(address("other")).kind).toBe("stale");
    expect(kept.changed({ targets: ["other"] })).toEqual([]);
  });

  it("sees another rule", () => {
    const kept = new Kept(new World({ s: "s", t: "t" }), ...chain());
    for (const id of ["one", "two", "three"]) kept.run(id);
    expect(kept.make(...chain("2"))).toEqual(["one", "three", "two"]);
    expect(kept.make(...chain())).toEqual(["one", "three", "two"]);
  });

  it("does not show a target the work that it did since its key was asked for", () => {
    const kept = new Kept(new World(), target("lister", { out: ["u/own"] }));
    expect(kept.run("lister", { reads: [{ kind: "list", glob: "u/*" }] })).toEqual(["lister"]);
    expect(kept.evaluation.status(address("lister")).kind).toBe("fresh");
  });

  it("does not show a target the work of those who have come to depend on it", () => {
    const root = target("root");
    const reader = target("reader", { out: ["r"], after: ["root"] });
    const writer = (after: string[]): Target => target("writer", { out: ["u/x"], after: ["root", ...after] });
    const kept = new Kept(new World(), root, reader, writer([]));
    kept.run("root");
    kept.run("reader", { reads: [{ kind: "list", glob: "u/*" }] });
    expect(kept.run("writer")).toEqual(["reader", "writer"]);
    expect(kept.make(root, reader, writer(["reader"]))).toContain("reader");
    expect(kept.evaluation.status(address("reader")).kind).toBe("fresh");
    expect(kept.make(root, reader, writer([]))).toContain("reader");
    expect(kept.evaluation.status(address("reader")).kind).toBe("stale");
  });

  it("sees that a trace is lost, though no file is another", () => {
    const kept = new Kept(
      new World({ s: "v" }),
      target("before", { out: ["b"] }),
      target("weave", { hard: { b: "b" }, amends: ["s"] }),
    );
    kept.run("before", { reads: [{ kind: "read", ref: "s" }] });
    kept.run("weave", { amended: { s: "v+weave" } });
    expect(kept.evaluation.status(address("before")).kind).toBe("fresh");
    const trace = kept.world.trace(address("weave"))!;
    kept.world.traces.delete(address("weave"));
    expect(kept.changed({ targets: ["weave"] })).toEqual(["before", "weave"]);
    expect(kept.evaluation.status(address("before")).kind).toBe("stale");
    kept.world.traces.set(address("weave"), trace);
    expect(kept.changed({ targets: ["weave"] })).toEqual(["before", "weave"]);
    expect(kept.evaluation.status(address("before")).kind).toBe("fresh");
  });

  it("sees that a fragment is another's now", () => {
    const kept = new Kept(
      new World({ "c.json": "{}" }),
      target("before", { out: ["b"] }),
      target("later", { hard: { b: "b" }, scopes: ["c.json"] }),
      target("other", { scopes: ["c.json"] }),
    );
    kept.run("before", { reads: [{ kind: "read", ref: "c.json#/x" }] });
    kept.run("later", { fragments: { "c.json#/x": "later's" } });
    expect(kept.evaluation.status(address("before")).kind).toBe("fresh");
    kept.run("later");
    expect(kept.run("other", { fragments: { "c.json#/x": "other's" } })).toEqual(["before", "later", "other"]);
  });

  it("takes the work of a target that is gone for a person's", () => {
    const [make, weave] = [target("make", { out: ["u"] }), target("weave", { after: ["make"], amends: ["u"] })];
    const kept = new Kept(new World(), make, weave);
    kept.run("make", { outputs: { u: "v" } });
    kept.run("weave", { amended: { u: "v+weave" } });
    expect(kept.make(make)).toEqual(["make", "weave"]);
    expect(kept.evaluation.status(address("make"))).toMatchObject({ kind: "fresh", edited: ["u"] });
    expect(kept.make(make, weave)).toEqual(["make"]);
  });

  it("sees that a file was put back for each of those who may amend it", () => {
    const loose = ["x", "y", "z"].map((id) => target(id, { mayAmend: ["u"] }));
    const kept = new Kept(new World({ u: "v" }), ...loose);
    kept.run("x", { amended: { u: "v+x" } });
    kept.run("y", { amended: { u: "v+x+y" } });
    kept.run("z", { amended: { u: "v+x+y+z" } });
    expect(kept.write("u", "v+x")).toEqual(["y", "z"]);
    expect(kept.write("u", "v")).toEqual(["x"]);
    expect(kept.write("u", "v+x+y+z")).toEqual(["x", "y", "z"]);
  });

  it("sees that a product is another, or gone", () => {
    const kept = new Kept(
      new World({ s: "s" }),
      target("make", { hard: { s: "s" }, products: ["p"] }),
      target("use", { hard: { p: "product:make:p" }, out: ["u"] }),
    );
    kept.run("make");
    kept.run("use");
    kept.write("s", "changed");
    expect(kept.run("make", { outputs: { p: "another" } })).toEqual(["make", "use"]);
    expect(kept.evaluation.status(address("use")).kind).toBe("stale");
  });

  it("sees what may be written where rules come to amend a file, or cease to", () => {
    const before = target("before", { out: ["b"] });
    const spec = { after: ["before"] };
    const [strict, loose, none] = [{ amends: ["u"] }, { mayAmend: ["u"] }, {}].map((more) =>
      target("weave", { ...spec, ...more }),
    );
    const other = target("other", { mayAmend: ["u"] });
    for (const [first, second] of [
      [strict!, none!],
      [loose!, none!],
      [strict!, loose!],
    ]) {
      const kept = new Kept(new World({ u: "v" }), before, first!, other);
      kept.run("before", { reads: [{ kind: "read", ref: "u" }] });
      kept.run("weave", { amended: { u: "v+weave" } });
      kept.run("other", { amended: { u: "v+weave+other" } });
      kept.make(before, second!, other);
      kept.write("u", "v");
      kept.make(before, first!, other);
      kept.write("u", "v+weave");
      kept.make(before, second!);
      kept.make(before, first!, other);
    }
  });

  it("sees files and fragments that appear, under the globs and names that were asked for", () => {
    const kept = new Kept(
      new World({ "c.json": "{}", "w/odd%23name.md": "1" }),
      target("glob", { hard: { all: "glob:w/*" } }),
      target("list", { out: ["l"] }),
      target("search", { out: ["m"] }),
      target("read", { out: ["n"] }),
    );
    kept.run("glob");
    kept.run("list", { reads: [{ kind: "list", glob: "w/**" }] });
    kept.run("search", { reads: [{ kind: "search", pattern: "x", glob: "w/*" }] });
    kept.run("read", { reads: [{ kind: "read", ref: "c.json#/x" }] });
    expect(kept.write("w/new", "y")).toEqual(["glob", "list"]);
    expect(kept.write("w/new", "x")).toEqual(["glob", "search"]);
    expect(kept.write("c.json#/x", "x")).toEqual(["read"]);
  });
});
