/** What each target sees of files that several write: less its own work and that of those who come later, and no less. */
import { describe, expect, it } from "vitest";
import { Evaluation } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { address, graphOf, target, World } from "./world.ts";

const seen = (graph: Graph, world: World, id: string, file: string): string | undefined =>
  world.text(file, new Evaluation(graph, world).hidden(address(id)));
/** What a run of the target would see. */
const found = (graph: Graph, world: World, id: string, file: string): string | undefined =>
  world.text(file, world.begin(graph, id).hidden);

/** Adds the target's name to files as it finds them. */
function amend(graph: Graph, world: World, id: string, ...files: string[]): void {
  world.complete(graph, id, {
    amended: Object.fromEntries(files.map((file) => [file, `${found(graph, world, id, file)}+${id}`])),
  });
}

describe("those who come before", () => {
  it("do not see a later target's fragments, and see all others of the file", () => {
    const graph = graphOf(
      target("before", { out: ["b"] }),
      target("later", { hard: { b: "b" }, scopes: ["c.json"] }),
      target("other", { scopes: ["c.json"] }),
    );
    const world = new World({ "c.json": '{"x":"person\'s"}' });
    world.complete(graph, "before");
    world.complete(graph, "later", { fragments: { "c.json#/l": "later's" } });
    world.complete(graph, "other", { fragments: { "c.json#/o": "other's" } });
    expect(seen(graph, world, "before", "c.json#/l")).toBe(undefined);
    expect(seen(graph, world, "before", "c.json#/o")).toBe("other's");
    expect(seen(graph, world, "before", "c.json#/x")).toBe("person's");
    expect(seen(graph, world, "later", "c.json")).toBe('{"o":"other\'s","x":"person\'s"}');
    expect(seen(graph, world, "other", "c.json")).toBe('{"l":"later\'s","x":"person\'s"}');
  });

  it.each(["u/plain.md", "u/a%23b.md", "u/a%2523.md"])("do not see %s, which a later target makes", (file) => {
    const graph = graphOf(target("before", { out: ["b"] }), target("later", { hard: { b: "b" }, out: [file] }));
    const world = new World();
    world.complete(graph, "before", { reads: [{ kind: "list", glob: "u/*" }] });
    world.complete(graph, "later");
    expect(seen(graph, world, "before", file)).toBe(undefined);
    expect(seen(graph, world, "later", file)).toBe(undefined);
    expect(new Evaluation(graph, world).status(address("before")).kind).toBe("fresh");
  });

  it("do not see what a later target amended below the work of others, though its trace is lost", () => {
    const graph = graphOf(
      target("before", { out: ["b"] }),
      target("later", { hard: { b: "b" }, mayAmend: ["u"] }),
      target("other", { mayAmend: ["u"] }),
    );
    const world = new World({ u: "v" });
    world.complete(graph, "before");
    amend(graph, world, "later", "u");
    amend(graph, world, "other", "u");
    world.traces.delete(address("later"));
    expect(seen(graph, world, "before", "u")).toBe("v");
  });

  it("see the work of many who come in no order with them, and not that of many who come later", () => {
    const ids = Array.from({ length: 20 }, (_, i) => i);
    const graph = graphOf(
      target("before", { hard: { all: "glob:s/*" }, out: ["b"] }),
      ...ids.map((i) => target(`later${i}`, { hard: { b: "b" }, out: [`l/${i}`] })),
      ...ids.map((i) => target(`other${i}`, { out: [`o/${i}`] })),
    );
    const world = new World();
    for (const id of graph.order) world.complete(graph, id);
    const hidden = new Evaluation(graph, world).hidden(address("before"));
    expect(world.list("l/*", hidden)).toEqual([]);
    expect(world.list("o/*", hidden)).toHaveLength(20);
  });
});

describe("a run", () => {
  it("finds a file that it may amend with the work of others on its own, up to where those come who come later", () => {
    const graph = graphOf(
      target("first", { mayAmend: ["u"] }),
      target("other", { mayAmend: ["u"] }),
      target("later", { after: ["first"], mayAmend: ["u"] }),
    );
    const world = new World({ u: "v" });
    for (const id of ["first", "other", "later"]) amend(graph, world, id, "u");
    expect(world.text("u")).toBe("v+first+other+later");
    expect(seen(graph, world, "first", "u")).toBe("v");
    expect(found(graph, world, "first", "u")).toBe("v+first+other");
    expect(found(graph, world, "other", "u")).toBe("v+first+other+later");
    expect(found(graph, world, "later", "u")).toBe("v+first+other");
  });

  it("finds a file that it amends in order below its own work, whatever else it may amend", () => {
    const graph = graphOf(
      target("weave", { amends: ["u"], mayAmend: ["r", "u"] }),
      target("polish", { after: ["weave"], amends: ["u"], mayAmend: ["r"] }),
    );
    const world = new World({ u: "v", r: "w" });
    amend(graph, world, "weave", "u", "r");
    amend(graph, world, "polish", "u", "r");
    expect(found(graph, world, "weave", "u")).toBe("v");
    expect(found(graph, world, "polish", "u")).toBe("v+weave");
    expect(found(graph, world, "weave", "r")).toBe("w+weave");
  });

  it("does not find a file that it may amend before somebody later makes it", () => {
    const graph = graphOf(
      target("first", { out: ["f"], mayAmend: ["u"] }),
      target("make", { hard: { f: "f" }, out: ["u"] }),
    );
    const world = new World();
    world.complete(graph, "first");
    world.complete(graph, "make");
    expect(found(graph, world, "first", "u")).toBe(undefined);
  });
});
