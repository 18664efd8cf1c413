/** Integrations of several books, and readers of what they write, in one build. */
import { describe, expect, it } from "vitest";
import { call, type RunOutputs } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file, within } from "../../src/rules/source.ts";
import { rig } from "./rig.ts";

type P = { readonly book: { readonly slug: string } };
const books = collection("book", {
  items: ["a", "b", "c", "d"].map((slug) => ({ slug })),
  key: (book: P["book"]) => book.slug,
});

describe("integrations in one build", () => {
  it("never overlap each other, and no reader begins while one waits or is at work", async () => {
    const held = { read: 0, write: 0 };
    let readersTogether = 0;
    const early: string[] = [];
    const work = (mode: "read" | "write", made: (params: P) => RunOutputs) =>
      call<P>(async ({ params }) => {
        if (held.write > 0) early.push(`${mode} ${params.book.slug}`);
        held[mode]++;
        for (let i = 0; i < 5; i++) {
          if (held.write > 1) early.push(JSON.stringify(held));
          readersTogether = Math.max(readersTogether, held.read);
          await new Promise((resolve) => setImmediate(resolve));
        }
        held[mode]--;
        return made(params);
      });
    const each = (name: string, spec: Pick<RuleSpec<P>, "run" | "outputs" | "shared" | "pool">): Rule =>
      rule({ name, each: books, ...spec });
    const { write, read, build } = rig(
      [
        each("gap", {
          shared: "read",
          pool: "gap",
          outputs: ({ book }) => ({ text: file(`${book.slug}.txt`) }),
          run: work("read", () => ({ outputs: { text: "" } })),
        }),
        each("integrate", {
          shared: "write",
          pool: "integration",
          outputs: () => ({ catalog: within("catalog.md") }),
          run: call<P>(async (context) => {
            const before = new TextDecoder().decode(context.view.bytes("catalog.md" as never));
            const { slug } = context.params.book;
            await (work("write", () => ({ outputs: {} })).fn as (given: typeof context) => Promise<RunOutputs>)(
              context,
            );
            // Whoever had written in between would be lost.
            return {
              outputs: {},
              writes: new Map([["catalog.md", new TextEncoder().encode(`${before}\n## ${slug}\n`)]]),
              fragments: [`catalog.md#${slug}`],
            };
          }),
        }),
      ],
      { pools: { gap: 3, integration: 3 }, limit: 6 },
    );
    write("catalog.md", "# Catalog\n");
    const built = await build();
    expect(built.failures.size).toBe(0);
    expect(built.done).toHaveLength(8);
    expect(early).toEqual([]);
    expect(readersTogether).toBeGreaterThan(1);
    expect([...read("catalog.md").matchAll(/^## (.)$/gm)].map((match) => match[1]).sort()).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect((await build()).done).toEqual([]);
  });

  it("do not wait for a reader at work, unless it may edit a file of theirs", async () => {
    const log: string[] = [];
    const until = async (...lines: string[]): Promise<void> => {
      while (!lines.every((line) => log.includes(line))) await new Promise((resolve) => setImmediate(resolve));
    };
    const one = (name: string, slug: string, work: () => Promise<void>, spec: Partial<RuleSpec<P>> = {}): Rule =>
      rule<P>({
        name,
        each: collection("book", { items: [{ slug }], key: (book) => book.slug }),
        outputs: () => ({ text: file(`${name}.md`) }),
        run: call(async () => {
          log.push(`${name} begins`);
          await work();
          log.push(`${name} ends`);
          return { outputs: { text: `${name}\n` } };
        }),
        ...spec,
      }) as unknown as Rule;
    const writer = { shared: "write", pool: "integration", after: () => ["book/a/begun"] } as const;
    const { write, build } = rig(
      [
        one("begun", "a", () => until("read begins", "weave begins")),
        one("read", "a", () => until("second ends"), { shared: "read" }),
        one("weave", "a", () => until("first ends"), { shared: "read", mayAmend: () => ["second.md"] }),
        one("first", "b", () => Promise.resolve(), writer),
        one("second", "b", () => Promise.resolve(), writer),
      ],
      { pools: { integration: 2 }, limit: 6 },
    );
    write("second.md", "before\n");
    const built = await build({ overwriteEdits: true });
    expect(built.failures.size).toBe(0);
    const order = ["first ends", "weave ends", "second begins", "second ends", "read ends"];
    expect(log.filter((line) => order.includes(line))).toEqual(order);
  });
});
