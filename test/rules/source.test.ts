import { describe, expect, it } from "vitest";
import { call } from "../../src/exec/action.ts";
import { FaultError } from "../../src/fault.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, glob, intermediate, orderOnly, product, section, soft, within } from "../../src/rules/source.ts";

describe("references of rules", () => {
  it("name files, fragments, sections and globs", () => {
    expect(file("a/b.md")).toEqual({
      kind: "ref",
      ref: { path: "a/b.md" },
      source: { kind: "ref", ref: { path: "a/b.md" } },
      input: "hard",
    });
    expect(file("deps.json#/edges").ref.fragment).toMatchObject({ kind: "pointer" });
    expect(section("p.md", "§2.8").ref).toEqual({ path: "p.md", fragment: { kind: "section", number: "2.8" } });
    expect(section("p.md", "Sources").ref.fragment).toEqual({ kind: "titled", title: "Sources" });
    expect(glob("a/*.md", "b/**")).toEqual({ source: { kind: "glob", patterns: ["a/*.md", "b/**"] }, input: "hard" });
    expect(within("shared.md")).toEqual({ kind: "scope", ref: { path: "shared.md" } });
    expect(intermediate()).toEqual({ kind: "product" });
  });

  it("say how a change counts, and leave the rest as it was", () => {
    const plain = file("a.md");
    expect(orderOnly(plain)).toEqual({ ...plain, input: "orderOnly" });
    expect(soft(glob("*"))).toEqual({ ...glob("*"), input: "soft" });
    expect(plain.input).toBe("hard");
  });

  it("name an intermediate by its rule and parameters", () => {
    const books = collection("book", { items: [{ slug: "x" }], key: (book: { slug: string }) => book.slug });
    const draft = rule({
      name: "draft",
      each: books,
      outputs: () => ({ text: intermediate() }),
      run: call(() => ({ outputs: { text: "" } })),
    });
    expect(product(draft, { book: { slug: "x" } }, "text")).toMatchObject({
      input: "hard",
      source: { kind: "productOf", name: "text", rule: { name: "draft" } },
    });
  });

  const refusal = (make: () => unknown): FaultError["fault"] | undefined => {
    try {
      make();
      return undefined;
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
      throw error;
    }
  };
  const BAD_PATHS = ["", "/etc/passwd", "../x", "a/../../x", "C:\\x", "a\\b", "folder/", "a\0b", "."];

  it.each([...BAD_PATHS, "a.md#", "a.md#\n", "a.json#/x[id"])("refuse the file %j, and say how to write it", (text) => {
    const fault = refusal(() => file(text));
    expect(fault).toMatchObject({ exit: 2 });
    expect(fault?.mend).not.toBe("");
  });

  it.each(BAD_PATHS)("refuse a section of %j", (path) => {
    expect(refusal(() => section(path, "§1"))).toMatchObject({ exit: 2 });
  });

  it.each(["", "\n", "§2\n"])("refuse the section %j", (name) => {
    expect(refusal(() => section("a.md", name))).toMatchObject({ exit: 2 });
  });

  it.each(["", "../x", "/x", "folder/", "a\\b"])("refuse the shared file %j", (path) => {
    expect(() => within(path)).toThrow(FaultError);
  });
});
