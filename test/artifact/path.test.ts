import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWritable, parsePath } from "../../src/artifact/path.ts";
import { repoPath } from "./disk.ts";

describe("parsePath", () => {
  it.each([
    ["plans/x.md", "plans/x.md"],
    ["./plans//x.md", "plans/x.md"],
    ["plans/./x.md", "plans/x.md"],
    ["a b/ü.md", "a b/ü.md"],
    ["..x/...", "..x/..."],
    ["a/c:d", "a/c:d"],
  ])("%j becomes %j", (text, path) => {
    expect(parsePath(text)).toEqual({ ok: true, value: path });
  });

  it.each([
    "",
    ".",
    "./",
    "/",
    "/etc/passwd",
    "..",
    "../x",
    "a/../b",
    "a/..",
    "a/",
    "a/.",
    "a\\b",
    "..\\x",
    "C:/x",
    "c:x",
    "./C:/x",
    "a\0b",
    "a\nb",
    "a\u007fb",
    "a\ud800",
    "//server/share",
  ])("%j is refused", (text) => {
    expect(parsePath(text).ok).toBe(false);
  });

  it("never lets a path climb, start at a root or change when read again", () => {
    const step = fc.oneof(
      fc.constantFrom("..", ".", "", "a", "b.md", "\\", "C:", "~", "\0"),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const parsed = parsePath(steps.join("/"));
        if (!parsed.ok) return;
        expect(parsed.value.startsWith("/")).toBe(false);
        expect(parsed.value.split("/").every((part) => part !== ".." && part !== "." && part !== "")).toBe(true);
        expect(parsePath(parsed.value)).toEqual(parsed);
      }),
    );
  });
});

describe("isWritable", () => {
  it.each(["content/a.md", ".github/x.yml", "a.git/b", "node_modules.md", "codex.config.ts"])(
    "%s is writable",
    (path) => {
      expect(isWritable(repoPath(path))).toBe(true);
    },
  );
  it.each([
    ".git/hooks/pre-commit",
    ".codex/cas/ab",
    "node_modules/x/index.js",
    ".GIT/config",
    ".g\u200cit/config",
    "content/.git/hooks/x",
    "content/node_modules/x",
  ])("%s is not", (path) => {
    expect(isWritable(repoPath(path))).toBe(false);
  });
});
