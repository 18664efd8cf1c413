/** A dry run as a plan: what each target would take and on what that rests, what the store has, what budgets allow. */
import { describe, expect, it } from "vitest";
import { type Outlay, planJson, planLines, planOf } from "../../src/cli/view/plan.ts";
import { call } from "../../src/exec/action.ts";
import { withIntermediates } from "../../src/exec/build.ts";
import { layOut } from "../../src/exec/engine.ts";
import { Estimates } from "../../src/exec/estimate.ts";
import { DEFAULT_POLICY } from "../../src/graph/evaluate.ts";
import { microsOf } from "../../src/money.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { type Rig, rig } from "../exec/rig.ts";

const books = collection("book", { items: [{ slug: "x" }, { slug: "y" }], key: (book: { slug: string }) => book.slug });
const PLAIN = new Proxy({}, { get: () => (text: string) => text }) as Parameters<typeof planLines>[2];

const campaign = (): Rig => {
  const made = rig([
    rule({
      name: "A",
      each: books,
      inputs: ({ book }) => ({ source: file(`${book.slug}.txt`) }),
      outputs: ({ book }) => ({ copy: file(`${book.slug}-a.txt`) }),
      pool: "one",
      run: call(({ inputs }) => ({ outputs: { copy: inputs.source! } })),
      estimate: { seconds: 60, usd: 2 },
    }),
    rule({
      name: "B",
      each: books,
      inputs: ({ book }) => ({ copy: file(`${book.slug}-a.txt`) }),
      outputs: ({ book }) => ({ copy: file(`${book.slug}-b.txt`) }),
      run: call(({ inputs }) => ({ outputs: { copy: inputs.copy! } })),
      estimate: { seconds: 30, usd: 1 },
    }),
  ]);
  made.write("x.txt", "x");
  made.write("y.txt", "y");
  return made;
};

function planned({ open }: Rig, changes: Partial<Outlay> = {}) {
  const engine = open();
  const wanted = new Map();
  const snapshot = withIntermediates(layOut(engine.expand), engine, ["all"], { ...DEFAULT_POLICY, wanted }, wanted);
  const outlay: Outlay = {
    estimates: new Estimates([], false),
    slots: { pools: { one: 1 }, limit: 8 },
    budgets: undefined,
    ...changes,
  };
  const plan = planOf(snapshot, engine, outlay);
  return { plan, lines: planLines(plan, snapshot, PLAIN), json: planJson(plan, snapshot) as Record<string, unknown> };
}

describe("a plan", () => {
  it("says in which wave each target runs, what it takes, and on what that rests", () => {
    const history = new Estimates([{ rule: "A", seconds: 100, usd: 3 }], false);
    const { lines, json } = planned(campaign(), { estimates: history });
    expect(lines).toEqual([
      "Wave 1: 2 targets",
      "  book/x/A (never built) $3.00, 1 min 40 s (median of 1 run)",
      "  book/y/A (never built) $3.00, 1 min 40 s (median of 1 run)",
      "Wave 2: 2 targets",
      "  book/x/B (never built; book/x/A runs first) $1.00, 30 s (as declared)",
      "  book/y/B (never built; book/y/A runs first) $1.00, 30 s (as declared)",
      "To run: 4. Reused: 0. Waiting or blocked: 0. Not yet decided: 0.",
      "Estimate: $8.00; 3 min 50 s with these slots, 2 min 10 s at the least, 4 min 20 s of work (2 targets by the median of earlier runs, 2 targets as declared). Nothing was written.",
    ]);
    expect(json.totals).toEqual({ seconds: 230, criticalSeconds: 130, workSeconds: 260, usd: 8 });
    expect((json.run as unknown[])[0]).toMatchObject({ how: "run", usd: 3, seconds: 100, basis: "history", runs: 1 });
  });

  it("tells what the store has from what must run", async () => {
    const made = campaign();
    await made.build();
    made.write("x.txt", "new");
    await made.build();
    made.write("x.txt", "x");
    const { plan, lines } = planned(made);
    expect([...plan.restored]).toEqual(["book/x/A"]);
    expect(lines[1]).toMatch(/book\/x\/A .* restored from the store$/);
    expect(plan.bill[0]).toBe("To run: 2 (1 restored). Reused: 2. Waiting or blocked: 0. Not yet decided: 0.");
    expect(plan.totals.usd).toBe(1);
    expect(
      (await made.build()).events.flatMap((event) => (event.type === "targetFinished" ? [event.how] : [])),
    ).toEqual(["restored", "restored"]);
  });

  it("holds the estimate against the ceilings", () => {
    const ceiling = (usd: number) => ({ amount: microsOf(usd), atCeiling: "pause" as const, mend: "" });
    const budgets = (campaign: number, x: number): Outlay["budgets"] => ({
      ceilings: new Map([
        ["campaign", ceiling(campaign)],
        ["book/x", ceiling(x)],
        ["book/z", ceiling(1)],
      ]),
      spent: new Map([["campaign", microsOf(4)]]),
      scopesOf: (address) => ["campaign", address.split("/").slice(0, 2).join("/")],
    });
    const made = campaign();
    expect(planned(made, { budgets: budgets(20, 5) }).plan.bill.slice(1, -1)).toEqual([
      "Budget of campaign: $6.00 estimated and $4.00 spent, of $20.00; it will do.",
      "Budget of book/x: $3.00 estimated and $0.00 spent, of $5.00; it will do.",
    ]);
    expect(planned(made, { budgets: budgets(9, 5) }).plan.bill.slice(1, -1)).toEqual([
      "Budget of campaign: $6.00 estimated and $4.00 spent, of $9.00; that is more than there is: the build would stop there.",
    ]);
    expect(planned(made, { budgets: budgets(20, 5) }).json.budgets).toEqual([
      { scope: "campaign", usd: 6, spent: 4, ceiling: 20 },
      { scope: "book/x", usd: 3, spent: 0, ceiling: 5 },
    ]);
    const none = { ceilings: new Map(), spent: new Map(), scopesOf: () => [] };
    expect(planned(made, { budgets: none }).plan.bill[1]).toBe("Budget: none is set.");
  });
});
