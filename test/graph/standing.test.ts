import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { stateName } from "../../src/graph/describe.ts";
import { DEFAULT_POLICY, Evaluation, type Policy } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { withAccepted } from "../../src/graph/standing.ts";
import { address, graphOf, path, target, World } from "./world.ts";

function states(graph: Graph, world: World, policy: Partial<Policy> = {}): Record<string, string> {
  const evaluation = new Evaluation(graph, world, { ...DEFAULT_POLICY, ...policy });
  const named = graph.order.map((id) => {
    const status = evaluation.status(id);
    return [id as string, status.kind === "pending" ? "pending" : stateName(status)] as const;
  });
  return Object.fromEntries(named.filter(([, state]) => state !== "fresh"));
}

function reasons(graph: Graph, world: World, id: string): string[] {
  const status = new Evaluation(graph, world).status(address(id));
  return "reasons" in status ? status.reasons.map((reason) => reason.kind) : [];
}

/** A file as a target sees it. */
const seen = (graph: Graph, world: World, id: string, file = "u") =>
  world.text(file, new Evaluation(graph, world).hidden(address(id)));

/** Runs a target that adds its name to the file as it finds it, and reads it by a recorded question too. */
function amend(graph: Graph, world: World, id: string, file = "u", policy: Partial<Policy> = {}): void {
  const all = { ...DEFAULT_POLICY, ...policy };
  const begun = world.begin(graph, id, all);
  const records = world.ask([{ kind: "read", ref: file }], begun);
  world.commit(graph, id, begun, { amended: { [file]: `${world.text(file, begun.hidden)}+${id}` } }, records);
}

describe("a unit that is woven", () => {
  const graph = graphOf(
    target("make", { hard: { draft: "draft" }, out: ["u"] }),
    target("verify", { hard: { u: "u" }, out: ["report"] }),
    target("weave", { hard: { report: "report" }, amends: ["u"] }),
    target("polish", { after: ["weave"], amends: ["u"] }),
    target("final", { hard: { u: "u" }, out: ["last"] }),
  );
  const made = (text: string) => ({ outputs: { u: text } });
  function built(): World {
    const world = new World({ draft: "d" });
    world.complete(graph, "make", made("v1"));
    world.complete(graph, "verify");
    amend(graph, world, "weave");
    amend(graph, world, "polish");
    world.complete(graph, "final");
    return world;
  }

  it("is fresh, and every reader sees its own version", () => {
    const world = built();
    expect(states(graph, world)).toEqual({});
    expect(world.text("u")).toBe("v1+weave+polish");
    expect(seen(graph, world, "verify")).toBe("v1");
    expect(seen(graph, world, "weave")).toBe("v1");
    expect(seen(graph, world, "polish")).toBe("v1+weave");
    expect(seen(graph, world, "final")).toBe("v1+weave+polish");
    expect(seen(graph, world, "make")).toBe(undefined);
  });

  it("is woven again when it is produced again", () => {
    const world = built();
    world.write("draft", "other");
    expect(states(graph, world)).toEqual({
      make: "stale",
      verify: "pending",
      weave: "pending",
      polish: "pending",
      final: "pending",
    });
    world.complete(graph, "make", made("v2"));
    world.complete(graph, "verify");
    expect(reasons(graph, world, "weave")).toEqual(["inputChanged", "readChanged", "outputReverted"]);
    expect(states(graph, world)).toEqual({ weave: "stale", polish: "pending", final: "pending" });
    amend(graph, world, "weave");
    expect(states(graph, world)).toEqual({ polish: "stale", final: "pending" });
    amend(graph, world, "polish");
    expect(world.text("u")).toBe("v2+weave+polish");
    expect(states(graph, world)).toEqual({ final: "stale" });
  });

  it("is woven again even when it came out the same, and then its readers are fresh", () => {
    const world = built();
    world.complete(graph, "make", made("v1"));
    expect(states(graph, world)).toEqual({ weave: "stale", polish: "pending", final: "pending" });
    expect(reasons(graph, world, "weave")).toEqual(["outputReverted"]);
    amend(graph, world, "weave");
    expect(reasons(graph, world, "polish")).toEqual(["outputReverted"]);
    amend(graph, world, "polish");
    expect(states(graph, world)).toEqual({});
  });

  it("goes on at the right link after a crash", () => {
    const world = built();
    world.write("u", "v1+weave");
    expect(states(graph, world)).toEqual({ polish: "stale", final: "pending" });
    world.write("u", "v1");
    expect(states(graph, world)).toEqual({ weave: "stale", polish: "pending", final: "pending" });
    world.write("u", undefined);
    expect(states(graph, world)).toMatchObject({ make: "stale", verify: "pending", weave: "pending" });
  });

  it("that a person edits shows the edit to the readers before and after, and reruns no writer", () => {
    const world = built();
    world.write("u", "by hand");
    expect(states(graph, world)).toEqual({
      make: "edited",
      verify: "stale",
      weave: "pending",
      polish: "pending",
      final: "pending",
    });
    expect(seen(graph, world, "verify")).toBe("by hand");
    expect(seen(graph, world, "weave")).toBe("v1");
    world.complete(graph, "verify");
    expect(states(graph, world)).toEqual({ make: "edited", weave: "edited", polish: "edited", final: "stale" });
    world.complete(graph, "final");
    expect(states(graph, world)).toEqual({ make: "edited", weave: "edited", polish: "edited" });
    world.write("u", "v1+weave+polish");
    expect(states(graph, world)).toMatchObject({ verify: "stale" });
  });

  it("that a person edits keeps the edit when a link is stale for another reason", () => {
    const world = built();
    world.write("u", "by hand");
    world.complete(graph, "verify", { outputs: { report: "another" } });
    expect(states(graph, world)).toEqual({
      make: "edited",
      weave: "blocked by an edit",
      polish: "blocked",
      final: "blocked",
    });
    expect(states(graph, world, { overwriteEdits: true })).toMatchObject({ weave: "stale" });
    amend(graph, world, "weave", "u", { overwriteEdits: true });
    expect(world.text("u")).toBe("v1+weave");
    expect(states(graph, world)).toMatchObject({ verify: "stale" });
  });

  it("that a person edited before it was woven keeps the edit below the weaving", () => {
    const world = new World({ draft: "d" });
    world.complete(graph, "make", made("v1"));
    world.write("u", "by hand");
    expect(states(graph, world)).toMatchObject({ make: "edited", verify: "stale" });
    world.complete(graph, "verify");
    amend(graph, world, "weave");
    amend(graph, world, "polish");
    world.complete(graph, "final");
    expect(world.text("u")).toBe("by hand+weave+polish");
    expect(states(graph, world)).toEqual({ make: "edited" });
    expect(seen(graph, world, "verify")).toBe("by hand");
    expect(seen(graph, world, "weave")).toBe("by hand");

    // The weaving is done again on the edit, and only a rerun of the producer would lose it.
    world.write("u", "by hand");
    expect(states(graph, world)).toMatchObject({ make: "edited", weave: "stale" });
    expect(reasons(graph, world, "weave")).toEqual(["outputReverted"]);
    amend(graph, world, "weave");
    amend(graph, world, "polish");
    expect(states(graph, world)).toEqual({ make: "edited" });
    world.write("draft", "other");
    expect(states(graph, world)).toMatchObject({ make: "blocked by an edit" });
    world.complete(graph, "make", made("v2"), { ...DEFAULT_POLICY, overwriteEdits: true });
    expect(states(graph, world)).toMatchObject({ verify: "stale", weave: "pending" });
    expect(seen(graph, world, "weave")).toBe("v2");
  });

  it("whose edit is accepted as the producer's work is woven already", () => {
    const world = new World({ draft: "d" });
    world.complete(graph, "make", made("v1"));
    world.write("u", "by hand");
    world.complete(graph, "verify");
    amend(graph, world, "weave");
    amend(graph, world, "polish");
    world.complete(graph, "final");
    const trace = world.trace(address("make"))!;
    world.traces.set(address("make"), { ...trace, outputs: { u: digestOf("by hand") } });
    expect(states(graph, world)).toEqual({});
  });

  it("that is put back to an old woven version is edited", () => {
    const world = built();
    world.complete(graph, "make", made("v2"));
    world.write("u", "v1+weave+polish");
    expect(states(graph, world)).toMatchObject({ make: "edited", weave: "pending" });
    world.complete(graph, "verify");
    expect(states(graph, world)).toMatchObject({ make: "edited", weave: "stale" });
    amend(graph, world, "weave");
    amend(graph, world, "polish");
    world.complete(graph, "final");
    expect(world.text("u")).toBe("v1+weave+polish+weave+polish");
    expect(states(graph, world)).toEqual({ make: "edited" });
  });

  it("that a link looked at and left as it was is watched for edits", () => {
    const world = new World({ draft: "d" });
    world.complete(graph, "make", made("v1"));
    world.complete(graph, "verify");
    world.complete(graph, "weave");
    amend(graph, world, "polish");
    world.complete(graph, "final");
    expect(states(graph, world)).toEqual({});
    world.write("u", "by hand");
    world.complete(graph, "verify");
    expect(states(graph, world)).toEqual({ make: "edited", weave: "stale", polish: "pending", final: "pending" });
  });

  it("that a link amended, and does not when it runs again, is as the link before left it", () => {
    const world = built();
    world.complete(graph, "verify", { outputs: { report: "nothing to do" } });
    world.complete(graph, "weave");
    expect(world.text("u")).toBe("v1");
    expect(reasons(graph, world, "polish")).toEqual(["inputChanged", "readChanged", "outputReverted"]);
    amend(graph, world, "polish");
    expect(world.text("u")).toBe("v1+polish");
    expect(states(graph, world)).toEqual({ final: "stale" });
  });

  it("gets a new link in the middle", () => {
    const [make, verify, weave, polish, final] = [...graph.targets.values()];
    const longer = graphOf(
      make!,
      verify!,
      weave!,
      target("new", { after: ["weave"], amends: ["u"] }),
      { ...polish!, after: [address("new")] },
      final!,
    );
    const world = built();
    expect(states(longer, world)).toEqual({ new: "stale", polish: "pending", final: "pending" });
    expect(seen(longer, world, "new")).toBe("v1+weave");
    amend(longer, world, "new");
    expect(states(longer, world)).toEqual({ polish: "stale", final: "pending" });
    amend(longer, world, "polish");
    expect(world.text("u")).toBe("v1+weave+new+polish");
  });
});

describe("the versions below a link", () => {
  it("have an edit for the work of the one who accepted it, and nothing else", () => {
    const below = "a=make b=edited a=edited a" as Digest;
    expect(withAccepted(below, "a" as Digest, address("make"))).toBe("a=make b=edited a=make a");
    expect(withAccepted(below, "b" as Digest, address("weave"))).toBe("a=make b=weave a=edited a");
  });

  it("begin with none where the file was not there", () => {
    const graph = graphOf(target("before", { out: ["b"] }), target("weave", { hard: { b: "b" }, amends: ["u"] }));
    const world = new World();
    world.complete(graph, "before");
    world.complete(graph, "weave", { amended: { u: "woven" } });
    expect(seen(graph, world, "before")).toBe(undefined);
    expect(seen(graph, world, "weave")).toBe(undefined);
    expect(states(graph, world)).toEqual({});
  });
});

describe("a file that no target makes and one amends", () => {
  const graph = graphOf(
    target("before", { out: ["b"] }),
    target("weave", { hard: { b: "b" }, amends: ["s"], mayAmend: ["r"] }),
    target("after", { hard: { s: "s" }, out: ["a"] }),
  );
  function built(): World {
    const world = new World({ s: "v0", r: "r0" });
    world.complete(graph, "before", { reads: [{ kind: "search", pattern: "v", glob: "*" }] });
    amend(graph, world, "weave", "s");
    world.complete(graph, "after");
    return world;
  }

  it("is seen as it was by those before", () => {
    const world = built();
    expect(states(graph, world)).toEqual({});
    expect(seen(graph, world, "before", "s")).toBe("v0");
    expect(seen(graph, world, "after", "s")).toBe("v0+weave");
  });

  it("is amended again when it is put back, and edited when it is changed", () => {
    const world = built();
    world.write("s", "v0");
    expect(states(graph, world)).toEqual({ weave: "stale", after: "pending" });
    world.write("s", "by hand");
    expect(states(graph, world)).toEqual({ before: "stale", weave: "pending", after: "pending" });
    world.complete(graph, "before");
    expect(states(graph, world)).toEqual({ weave: "edited", after: "stale" });
  });

  it("is still hidden from those before when the target will amend it no more", () => {
    const narrowed = graphOf(
      ...[...graph.targets.values()].map((each) => (each.id === "weave" ? { ...each, amends: [] } : each)),
    );
    const world = built();
    expect(states(narrowed, world)).toEqual({ weave: "stale" });
    world.complete(narrowed, "weave");
    expect(world.text("s")).toBe("v0");
    expect(states(narrowed, world)).toEqual({ after: "stale" });
  });
});

describe("a file whose first link comes later than the others", () => {
  const graph = graphOf(
    target("first", { hard: { s: "s" }, amends: ["u"] }),
    target("middle", { after: ["first"], amends: ["u"] }),
    target("last", { after: ["middle"], amends: ["u"] }),
  );
  /** Edited on the work of the last link, when the others had not amended it. */
  function edited(): World {
    const world = new World({ s: "s", u: "v0" });
    world.complete(graph, "first");
    world.complete(graph, "middle");
    amend(graph, world, "last");
    world.write("u", "v0+last, edited");
    return world;
  }
  /** The others amended it since, and the first took back its work, and what was built on that. */
  function withdrawn(): World {
    const world = edited();
    amend(graph, world, "first");
    amend(graph, world, "middle");
    expect(world.text("u")).toBe("v0+last, edited+first+middle");
    world.write("s", "other");
    world.complete(graph, "first");
    return world;
  }

  it("shows the last one what it built on, while nobody comes before it", () => {
    const world = edited();
    expect(seen(graph, world, "first")).toBe("v0+last, edited");
    expect(seen(graph, world, "last")).toBe("v0");
    expect(states(graph, world)).toEqual({ first: "stale", middle: "pending", last: "pending" });
    expect(reasons(graph, world, "last")).toEqual([]);
  });

  it("shows the last one the edit as it is, while what it built on is not what the middle one left", () => {
    const world = withdrawn();
    expect(world.text("u")).toBe("v0+last, edited");
    for (const id of ["first", "middle", "last"]) expect(seen(graph, world, id)).toBe("v0+last, edited");
    expect(states(graph, world)).toEqual({ middle: "stale", last: "pending" });
  });

  it("keeps the edit when the middle one comes again", () => {
    const world = withdrawn();
    amend(graph, world, "middle");
    expect(states(graph, world)).toEqual({ last: "stale" });
    amend(graph, world, "last");
    expect(world.text("u")).toBe("v0+last, edited+middle+last");
    expect(states(graph, world)).toEqual({});
  });

  it("keeps the edit, and the last one's work as it was, when the middle one has nothing to add", () => {
    const world = withdrawn();
    world.complete(graph, "middle");
    expect(world.text("u")).toBe("v0+last, edited");
    expect(seen(graph, world, "last")).toBe("v0");
    expect(states(graph, world)).toEqual({ last: "edited" });
  });
});

describe("a file that an amender left as it was, after its work was taken back", () => {
  it("is seen by those before as it was, whoever comes later", () => {
    const rules = (version: string) =>
      graphOf(
        target("before", { out: ["b"] }),
        target("quiet", { hard: { b: "b" }, mayAmend: ["u"], version }),
        target("later", { after: ["quiet"], mayAmend: ["u"] }),
      );
    const world = new World({ u: "v0" });
    world.complete(rules("1"), "before");
    amend(rules("1"), world, "quiet");
    world.write("u", "v0");
    const graph = rules("2");
    world.complete(graph, "quiet");
    amend(graph, world, "later");
    expect(world.text("u")).toBe("v0+later");
    expect(seen(graph, world, "before")).toBe("v0");
    expect(states(graph, world)).toEqual({});
  });
});

describe("a file that several may amend", () => {
  const graph = graphOf(
    target("make", { hard: { draft: "draft" }, out: ["u"] }),
    target("verify1", { hard: { u: "u" }, out: ["report1"] }),
    target("weave1", { hard: { report: "report1" }, mayAmend: ["u"] }),
    target("weave2", { hard: { s: "s" }, after: ["verify1"], mayAmend: ["u"] }),
    target("weave3", { hard: { s: "s" }, after: ["verify1"], mayAmend: ["u"] }),
    target("own", { hard: { s: "s" }, after: ["verify1"], amends: ["u"] }),
    target("reader", { hard: { u: "u" }, out: ["r"] }),
  );
  function built(...amenders: string[]): World {
    const world = new World({ draft: "d", s: "s" });
    world.complete(graph, "make", { outputs: { u: "v1" } });
    world.complete(graph, "verify1");
    for (const id of amenders) amend(graph, world, id);
    world.complete(graph, "reader");
    return world;
  }
  const loose = (world: World) => {
    const all = states(graph, world);
    return Object.fromEntries(["weave1", "weave2", "weave3"].flatMap((id) => (id in all ? [[id, all[id]]] : [])));
  };

  it("is amended in the order in which they come", () => {
    for (const order of [
      ["weave3", "own", "weave1", "weave2"],
      ["weave2", "weave3", "weave1", "own"],
    ]) {
      expect(states(graph, built(...order))).toEqual({});
      expect(seen(graph, built(...order), "verify1")).toBe("v1");
    }
    expect(built("weave2", "own", "weave1").text("u")).toBe("v1+weave2+own+weave1");
  });

  it("is amended again on top of the others, however often, and nobody else's turn comes for it", () => {
    const world = built("weave1", "weave2", "weave3");
    for (const id of ["weave1", "weave2", "weave1", "weave1", "weave3", "weave2"]) {
      amend(graph, world, id);
      expect(loose(world)).toEqual({});
    }
    expect(world.text("u")).toBe("v1+weave1+weave2+weave3+weave1+weave2+weave1+weave3+weave2");
    expect(seen(graph, world, "verify1")).toBe("v1");
  });

  it("is amended by the last of them in place of what it did before", () => {
    const world = built("weave2", "weave1");
    amend(graph, world, "weave1");
    expect(world.text("u")).toBe("v1+weave2+weave1");
    expect(seen(graph, world, "weave1")).toBe("v1+weave2");
  });

  it("is amended by all again when it is made anew", () => {
    const world = built("weave1", "own", "weave2");
    amend(graph, world, "weave1");
    world.write("draft", "other");
    world.complete(graph, "make", { outputs: { u: "v2" } });
    world.complete(graph, "verify1");
    expect(loose(world)).toEqual({ weave1: "stale", weave2: "stale", weave3: "stale" });
    expect(reasons(graph, world, "weave2")).toEqual(["readChanged", "outputReverted"]);
    amend(graph, world, "weave2");
    expect(loose(world)).toEqual({ weave1: "stale", weave3: "stale" });
    amend(graph, world, "own");
    amend(graph, world, "weave1");
    world.complete(graph, "reader");
    expect(world.text("u")).toBe("v2+weave2+own+weave1");
    expect(states(graph, world)).toEqual({ weave3: "stale" });
  });

  it("loses what was built on a link that runs again, and only that", () => {
    const world = built("weave2", "own", "weave1");
    world.write("s", "other");
    amend(graph, world, "own");
    expect(world.text("u")).toBe("v1+weave2+own");
    expect(loose(world)).toEqual({ weave1: "stale", weave2: "stale", weave3: "stale" });
    expect(reasons(graph, world, "weave2")).toEqual(["inputChanged"]);
    expect(reasons(graph, world, "weave1")).toEqual(["outputReverted"]);
  });

  it("is put back by hand to an earlier version: the later ones come again", () => {
    const world = built("weave2", "weave3");
    world.write("u", "v1+weave2");
    expect(loose(world)).toEqual({ weave1: "stale", weave3: "stale" });
  });

  it("is built on where a person edited it", () => {
    const world = built("weave2", "own");
    world.write("u", "by hand");
    world.complete(graph, "verify1");
    expect(states(graph, world)).toMatchObject({ make: "edited", own: "edited", weave3: "stale" });
    amend(graph, world, "weave3");
    expect(world.text("u")).toBe("by hand+weave3");
    expect(states(graph, world)).toMatchObject({ make: "edited", own: "edited" });
    expect(loose(world)).toEqual({ weave1: "stale" });
    amend(graph, world, "weave2");
    expect(world.text("u")).toBe("by hand+weave3+weave2");
    expect(states(graph, world)).toMatchObject({ make: "edited", own: "edited" });
    world.write("draft", "other");
    expect(states(graph, world)).toMatchObject({ make: "blocked by an edit" });
  });

  it("is built on by one whose own work is below the edit", () => {
    const world = built("weave2");
    world.write("u", "by hand");
    const { parts, hidden } = world.begin(graph, "weave2");
    expect(world.text("u", hidden)).toBe("by hand");
    const [made, own, edit] = parts["below:u"]!.split(" ");
    expect([made, own, edit].map((word) => word!.split("=")[1])).toEqual(["make", "weave2", "edited"]);
  });

  it("is of no interest to a target that has not come to it", () => {
    const world = built("weave1", "own");
    expect(loose(world)).toEqual({ weave2: "stale", weave3: "stale" });
    expect(world.trace(address("weave1"))!.amends[path("u")]).toBeDefined();
  });
});
