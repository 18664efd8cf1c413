import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf, MISSING } from "../../src/artifact/digest.ts";
import { Store } from "../../src/cache/store.ts";
import { disk } from "../artifact/disk.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string | undefined => found && new TextDecoder().decode(found);

describe("Store", () => {
  it("gives back what it was given, from a file named by its digest", () => {
    const { host, at } = disk();
    const store = new Store(host);
    const digest = store.put(bytes("hello"));
    expect(digest).toBe(digestOf("hello"));
    expect(text(store.get(digest))).toBe("hello");
    expect(store.has(digest)).toBe(true);
    expect(fs.readFileSync(at(`.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`), "utf8")).toBe("hello");
    expect(text(new Store(host).get(digest))).toBe("hello");
    expect(store.get(store.put(new Uint8Array()))).toHaveLength(0);
  });

  it("has nothing for what it was not given", () => {
    const store = new Store(disk().host);
    for (const digest of [digestOf("x"), MISSING, "../../../etc/passwd" as Digest, "" as Digest]) {
      expect(store.get(digest)).toBeUndefined();
      expect(store.read(digest)).toEqual({ kind: "missing" });
      expect(store.has(digest)).toBe(false);
    }
  });

  it("calls a flipped bit, a cut and an extension corrupt, and heals them when given the bytes again", () => {
    const { host, at } = disk();
    const store = new Store(host);
    const digest = store.put(bytes("hello"));
    const path = at(`.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`);
    for (const damaged of ["hellp", "hell", "hello!", ""]) {
      fs.writeFileSync(path, damaged);
      expect(store.get(digest)).toBeUndefined();
      expect(store.read(digest)).toEqual({ kind: "corrupt" });
      expect(store.put(bytes("hello"))).toBe(digest);
      expect(text(store.get(digest))).toBe("hello");
    }
  });

  it("does not write again what it has", () => {
    const { host, at } = disk();
    const store = new Store(host);
    const digest = store.put(bytes("hello"));
    const path = at(`.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`);
    const inode = fs.statSync(path).ino;
    store.put(bytes("hello"));
    expect(fs.statSync(path).ino).toBe(inode);
  });
});
