import * as fs from "node:fs";
import fc from "fast-check";
import fastGlob from "fast-glob";
import { memfs } from "memfs";
import { describe, expect, it } from "vitest";
import { Files, LARGEST_FILE } from "../../src/artifact/files.ts";
import type { HostFs } from "../../src/host.ts";
import { disk, repoPath } from "./disk.ts";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

describe("Files.bytes and stat", () => {
  it("reads regular files, and says that others are missing", () => {
    const { host, write } = disk();
    write("a/b.md", "x");
    const files = new Files(host);
    expect(text(files.bytes(repoPath("a/b.md")))).toBe("x");
    expect(files.stat(repoPath("a/b.md"))).toMatchObject({ size: 1 });
    for (const path of ["a/c.md", "b/c.md", "a/b.md/c", `${"x".repeat(300)}.md`]) {
      expect(files.bytes(repoPath(path))).toBeUndefined();
      expect(files.stat(repoPath(path))).toBeUndefined();
    }
  });

  it("refuses folders, and files that are too large", () => {
    const { host, write, at } = disk();
    write("a/b.md", "x");
    fs.truncateSync(at("a/b.md"), LARGEST_FILE + 1);
    const files = new Files(host);
    expect(() => files.bytes(repoPath("a"))).toThrow(/not a regular file/);
    expect(() => files.stat(repoPath("a"))).toThrow(/not a regular file/);
    expect(() => files.bytes(repoPath("a/b.md"))).toThrow(/larger than 64 MiB/);
    expect(files.stat(repoPath("a/b.md"))?.size).toBe(LARGEST_FILE + 1);
  });

  it("follows links inside the workspace and none that leads out", () => {
    const { host, write, at, outside } = disk();
    write("real/a.md", "inside");
    fs.writeFileSync(`${outside}/secret.md`, "secret");
    fs.mkdirSync(`${outside}/ws-twin`);
    fs.writeFileSync(`${outside}/ws-twin/a.md`, "secret");
    fs.symlinkSync("real/a.md", at("link.md"));
    fs.symlinkSync("real", at("folder"));
    fs.symlinkSync("../secret.md", at("out.md"));
    fs.symlinkSync("out.md", at("out-by-two.md"));
    fs.symlinkSync("../ws-twin", at("twin"));
    fs.symlinkSync("..", at("up"));
    fs.symlinkSync("nowhere", at("dangling.md"));
    fs.symlinkSync("loop", at("loop"));
    const files = new Files(host);
    expect(text(files.bytes(repoPath("link.md")))).toBe("inside");
    expect(text(files.bytes(repoPath("folder/a.md")))).toBe("inside");
    expect(files.stat(repoPath("link.md"))).toEqual(files.stat(repoPath("real/a.md")));
    expect(files.bytes(repoPath("dangling.md"))).toBeUndefined();
    for (const path of ["out.md", "out-by-two.md", "twin/a.md", "up/secret.md"]) {
      expect(() => files.bytes(repoPath(path)), path).toThrow(/leads out of the workspace/);
      expect(() => files.stat(repoPath(path)), path).toThrow(/leads out of the workspace/);
    }
    expect(files.bytes(repoPath("loop"))).toBeUndefined();
    expect(files.list(["**"])).toEqual(["link.md", "real/a.md"]);
    expect(files.list(["twin/*", "up/*", "folder/*", "out.md", "link.md"])).toEqual(["link.md"]);
  });

  it("works where the workspace is itself reached by a link", () => {
    const { host, write, outside } = disk();
    write("a.md", "x");
    fs.symlinkSync("ws", `${outside}/alias`);
    const files = new Files({ ...host, root: `${outside}/alias` });
    expect(text(files.bytes(repoPath("a.md")))).toBe("x");
    expect(files.list(["*"])).toEqual(["a.md"]);
  });

  it("works on a fake disk", () => {
    const { fs: fake } = memfs({ "/ws/a/b.md": "x", "/ws/.git/c.md": "y" });
    const files = new Files({ ...disk().host, fs: fake as unknown as HostFs, root: "/ws" });
    expect(text(files.bytes(repoPath("a/b.md")))).toBe("x");
    expect(files.bytes(repoPath("a/c.md"))).toBeUndefined();
    expect(files.stat(repoPath("a/b.md"))?.mtimeNs).toBeTypeOf("bigint");
    expect(files.list(["**/*.md"])).toEqual(["a/b.md"]);
  });
});

describe("Files.list", () => {
  const tree = [
    "a.md",
    "B.md",
    "é.md",
    "content/01/x.md",
    "content/01/y.txt",
    "content/02/deep/z.md",
    "content/[odd]/q.md",
    "content/.hidden/h.md",
    ".ci/run",
    "docs/a b.md",
    "content.md",
  ];

  it("agrees with fast-glob", () => {
    const { host, write } = disk();
    for (const path of tree) write(path, "");
    const files = new Files(host);
    const globs = fc.constantFrom(
      "**",
      "*",
      "*.md",
      "**/*.md",
      "content/**",
      "content/**/*.md",
      "content/*/x.md",
      "content/{01,02}/**/*.md",
      "content/01/x.md",
      "{content,docs}/**",
      ".ci/*",
      "content/.hidden/*",
      "nowhere/**",
      "docs/a b.md",
      "content/\\[odd\\]/*.md",
      "content/[0-9]*/**",
    );
    fc.assert(
      fc.property(fc.array(globs, { minLength: 1, maxLength: 3 }), (patterns) => {
        expect(files.list(patterns)).toEqual(fastGlob.sync(patterns, { cwd: host.root }).sort());
      }),
    );
  });

  it("knows the one-character wildcard, of which fast-glob makes nothing", () => {
    const { host, write } = disk();
    for (const path of tree) write(path, "");
    expect(new Files(host).list(["content/0?/*"])).toEqual(["content/01/x.md", "content/01/y.txt"]);
  });

  it("sorts by code unit and names a file once", () => {
    const { host, write } = disk();
    for (const path of ["b", "a/z", "a.b", "B", "é", "a/b/c"]) write(path, "");
    expect(new Files(host).list(["**", "a/**", "./b"])).toEqual(["B", "a.b", "a/b/c", "a/z", "b", "é"]);
  });

  it("skips what is not content", () => {
    const { host, write } = disk();
    for (const path of [
      ".git/a.md",
      ".codex/a.md",
      "node_modules/p/a.md",
      "x/node_modules/a.md",
      "x/a.md",
      "x/b\\c.md",
    ])
      write(path, "");
    const files = new Files(host);
    expect(files.list(["**/*.md", ".git/*", ".codex/**", "node_modules/**", "x/node_modules/*"])).toEqual(["x/a.md"]);
  });

  it.each(["/etc/*", "../*", "a/../../*", "a\0", `${"a".repeat(1_001)}`])("refuses the glob %j", (glob) => {
    expect(() => new Files(disk().host).list([glob])).toThrow(/stays in the workspace/);
  });
});
