import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf, MISSING } from "../../src/artifact/digest.ts";
import { parseRef, type Ref } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import { value } from "../agents/scripted.ts";
import { rig } from "./rig.ts";

const ref = (text: string): Ref => value(parseRef(text));
const path = (text: string): RepoPath => text as RepoPath;

describe("World", () => {
  it.each(["a.md", "C#-notes.md", "100%23.md", "folder/a b.md"])(
    "remembers digests until it is told that %s has changed",
    (name) => {
      const { open, write } = rig([]);
      const { world } = open();
      const whole = { path: path(name) };
      const two = { ...whole, fragment: ref("x#§2").fragment! };
      write(name, "## §1. One\n\n## §2. Two\n\nx\n");
      const before = [world.digest(whole, NOTHING_HIDDEN), world.digest(two, NOTHING_HIDDEN)];
      write(name, "## §1. One\n\n## §2. Two\n\nsomething else\n");
      expect([world.digest(whole, NOTHING_HIDDEN), world.digest(two, NOTHING_HIDDEN)]).toEqual(before);
      world.changed(path("other.md"));
      expect(world.digest(whole, NOTHING_HIDDEN)).toBe(before[0]);
      world.changed(path(name));
      const after = [world.digest(whole, NOTHING_HIDDEN), world.digest(two, NOTHING_HIDDEN)];
      expect(after[0]).not.toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
    },
  );

  it("does not take one file for another that begins alike", () => {
    const { open, write } = rig([]);
    const { world } = open();
    write("a.md", "1");
    write("a.md.txt", "1");
    world.digest(ref("a.md.txt"), NOTHING_HIDDEN);
    write("a.md.txt", "22");
    world.changed(path("a.md"));
    expect(world.digest(ref("a.md.txt"), NOTHING_HIDDEN)).toBe(digestOf("1"));
  });

  it("tells whether anything that it knew of a file is another now, and forgets it if so", () => {
    const { open, write, at } = rig([]);
    const { world } = open();
    write("plan.md", "## §1. One\n\n## §2. Two\n");
    expect(world.moved(path("plan.md"))).toBe(false);
    world.digest(ref("plan.md#§1"), NOTHING_HIDDEN);
    expect(world.moved(path("plan.md"))).toBe(false);
    // Nobody has asked for §2 or the whole: its change is no news.
    write("plan.md", "## §1. One\n\n## §2. Two, changed\n");
    expect(world.moved(path("plan.md"))).toBe(false);
    write("plan.md", "## §1. One, changed\n\n## §2. Two, changed\n");
    expect(world.moved(path("plan.md"))).toBe(true);
    expect(world.moved(path("plan.md"))).toBe(false);
    fs.rmSync(at("plan.md"));
    expect(world.moved(path("plan.md"))).toBe(true);
    expect(world.digest(ref("plan.md#§1"), NOTHING_HIDDEN)).toBe(MISSING);
  });
});
