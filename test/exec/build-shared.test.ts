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
  it("never overlap each other or a reader, though their pool would let them", async () => {
    const held = { read: 0, write: 0 };
    let readersTogether = 0;
    const overlaps: string[] = [];
    const work = (mode: "read" | "write", made: (params: P) => RunOutputs) =>
      call<P>(async ({ params }) => {
        held[mode]++;
        for (let i = 0; i < 5; i++) {
          if (held.write > 1 || (held.write === 1 && held.read > 0)) overlaps.push(JSON.stringify(held));
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
    expect(overlaps).toEqual([]);
    expect(readersTogether).toBeGreaterThan(1);
    expect([...read("catalog.md").matchAll(/^## (.)$/gm)].map((match) => match[1]).sort()).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect((await build()).done).toEqual([]);
  });
});
