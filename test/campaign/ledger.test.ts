/** `campaign.json` in the schema of the orchestration protocol (its §2), whatever state the books are in. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addUsd, type BookView, renderLedger } from "../../src/campaign/ledger.ts";
import type { BookTarget } from "../../src/campaign/states.ts";
import type { Address } from "../../src/graph/address.ts";
import type { RunRecord } from "../../src/graph/trace.ts";
import {
  blocked,
  bookOf,
  edited,
  failed,
  flowOf,
  fresh,
  run,
  stale,
  statuses,
  targetsOf,
  traceOf,
  unknown,
  waiting,
} from "./book.ts";

interface PassJson {
  readonly status: string;
  readonly [key: string]: unknown;
}
interface BookJson {
  readonly status: string;
  readonly passes: Readonly<Record<string, PassJson>>;
  readonly outstanding_deliverables: readonly string[];
  readonly [key: string]: unknown;
}
interface LedgerJson {
  readonly version: number;
  readonly books: Readonly<Record<string, BookJson>>;
  readonly flows: Readonly<Record<string, unknown>>;
  readonly totals: Readonly<Record<string, number>>;
}

const ledgerOf = (...views: readonly BookView[]): LedgerJson => JSON.parse(renderLedger(views)) as LedgerJson;
const one = (targets: readonly BookTarget[]): BookJson => ledgerOf({ book: bookOf("x"), targets }).books.x!;

/** A fresh target that was run so. */
const ran = (name: string, record: Partial<RunRecord>): BookTarget => ({
  id: `book/x/${name}` as Address,
  rule: name.split("/")[0]!,
  status: fresh,
  trace: traceOf(run(record)),
});

const PASSES = ["P1_audit", "P2_gap", "P3_plan", "P4_production", "P5_verification", "PW_weaving", "PV_continuity"];

/** The keys of the protocol's example ledger, read from its text: a key, and a brace for every level below it. */
const SEED = fileURLToPath(new URL("../../../shared/seed/orchestration-protocol.txt", import.meta.url));
const seedIsHere = existsSync(SEED);
if (!seedIsHere)
  process.stdout.write("skipped: ../shared/seed is not here, so the ledger's keys are not compared with it\n");

describe("the schema", () => {
  test.skipIf(!seedIsHere)("has every key of the protocol's example", () => {
    const text = readFileSync(SEED, "utf8");
    const example = text.slice(
      text.indexOf('"version": 1'),
      text.indexOf("The ledger is the operator's working memory"),
    );
    const ours = renderLedger(
      [
        {
          book: bookOf("x"),
          targets: [ran("P1_audit", { agent: "agent-a1" }), ...targetsOf({ P2_gap: blocked })],
        },
      ],
      undefined,
      [{ flow: flowOf("f"), targets: [] }],
    );
    const keys = new Set([...example.matchAll(/"([a-zA-Z0-9_]+)":/g)].map((match) => match[1]!));
    expect(keys.size).toBeGreaterThan(33);
    for (const key of keys) expect(ours).toContain(`"${key}":`);
  });

  test("of the whole, in order", () => {
    expect(Object.keys(ledgerOf())).toEqual(["version", "books", "flows", "totals"]);
    expect(ledgerOf()).toEqual({
      version: 1,
      books: {},
      flows: {},
      totals: {
        books_total: 0,
        books_equivalence_covered: 0,
        flows_total: 0,
        flows_attenuation_verified: 0,
        cost_usd_total: 0,
        agent_invocations_total: 0,
      },
    });
    expect(renderLedger([]).endsWith("}\n")).toBe(true);
  });

  test("of a book, which has every pass from the first day", () => {
    const book = one([]);
    expect(Object.keys(book)).toEqual([
      "tier",
      "fasttrack_entry",
      "title",
      "status",
      "side_states",
      "passes",
      "current_owner",
      "plan_path",
      "outstanding_deliverables",
      "deferred_deliverables",
    ]);
    expect(book).toMatchObject({
      tier: "α",
      fasttrack_entry: "3.35",
      status: "draft",
      current_owner: null,
      plan_path: "plans/fasttrack/x.md",
      outstanding_deliverables: [],
    });
    expect(Object.keys(book.passes)).toEqual(PASSES);
    expect(Object.values(book.passes)).toEqual(PASSES.map(() => ({ status: "pending" })));
  });

  test.each([
    ["alpha", "α"],
    ["beta", "β"],
    ["gamma", "γ"],
    ["delta", "δ"],
  ] as const)("writes tier %s as %s", (tier, sign) => {
    expect(ledgerOf({ book: bookOf("x", tier), targets: [] }).books.x!.tier).toBe(sign);
  });

  test("a book without an entry in the Fast Track list has null", () => {
    expect(ledgerOf({ book: bookOf("x", "delta", null), targets: [] }).books.x!.fasttrack_entry).toBeNull();
  });
});

describe("a pass", () => {
  test("that one run completed says who, when and for how much", () => {
    const pass = one([
      ran("P1_audit", { at: "2026-01-01T10:00:30.500Z", seconds: 90.5, usd: 0.18, agent: "agent-a1", model: "m-1" }),
    ]).passes.P1_audit;
    expect(pass).toEqual({
      status: "completed",
      agent: "agent-a1",
      started: "2026-01-01T09:59:00.000Z",
      completed: "2026-01-01T10:00:30.500Z",
      cost_usd: 0.18,
      model: "m-1",
    });
    expect(Object.keys(pass!).slice(0, 5)).toEqual(["status", "agent", "started", "completed", "cost_usd"]);
  });

  test("of many runs spans them all, and adds up what they cost", () => {
    const pass = one([
      ran("P4_brief/1", { at: "2026-01-01T10:00:00.000Z", seconds: 1, usd: 0 }),
      ran("P4_production/1", {
        at: "2026-01-01T12:00:00.000Z",
        seconds: 3600,
        usd: 0.1,
        agent: "agent-a",
        model: "m-1",
      }),
      ran("P4_production/2", {
        at: "2026-01-01T11:00:00.000Z",
        seconds: 7200,
        usd: 0.2,
        agent: "agent-b",
        model: "m-2",
      }),
      ran("integrate/1", { at: "2026-01-01T12:30:00.000Z", seconds: 10, usd: 0 }),
    ]).passes.P4_production;
    expect(pass).toEqual({
      status: "completed",
      agent: "4 runs",
      started: "2026-01-01T09:00:00.000Z",
      completed: "2026-01-01T12:30:00.000Z",
      cost_usd: 0.3,
      model: "m-1, m-2",
    });
  });

  test.each<[name: string, targets: readonly BookTarget[], status: string]>([
    ["nothing built", targetsOf({ P1_audit: stale }), "pending"],
    ["settled", targetsOf({ P1_audit: fresh }), "completed"],
    ["edited by a person, which counts as settled", targetsOf({ P1_audit: edited }), "completed"],
    ["failed", targetsOf({ P1_audit: failed }), "failed"],
    ["blocked", targetsOf({ P1_audit: blocked }), "blocked"],
    ["blocked by an edit", targetsOf({ P1_audit: statuses.blockedByEdit }), "blocked"],
    ["pending", targetsOf({ P1_audit: statuses.pending }), "pending"],
    ["not decided", targetsOf({ P1_audit: unknown }), "pending"],
  ])("%s", (_name, targets, status) => {
    expect(one(targets).passes.P1_audit!.status).toBe(status);
  });

  test("of many targets is as the worst of them", () => {
    const production = (byName: Parameters<typeof targetsOf>[0]): string =>
      one(targetsOf(byName)).passes.P4_production!.status;
    expect(production({ "P4_production/1": fresh, "P4_production/2": stale })).toBe("pending");
    expect(production({ "P4_production/1": fresh, "P4_production/2": blocked })).toBe("blocked");
    expect(production({ "P4_production/1": blocked, "P4_production/2": failed })).toBe("failed");
    expect(production({ "P4_production/1": fresh, "integrate/1": stale })).toBe("pending");
  });

  test("that is blocked names each root of the block once", () => {
    const passes = one(
      targetsOf({ P1_audit: failed, P2_gap: blocked, "P4_production/1": blocked, "P4_production/2": blocked }),
    ).passes;
    expect(passes.P2_gap).toEqual({ status: "blocked", blocked_by: ["book/x/P1_audit"] });
    expect(passes.P4_production).toEqual({ status: "blocked", blocked_by: ["book/x/P1_audit"] });
  });

  test("whose gate waits for a person has blocked the next", () => {
    const gate = "book/x/P2_gap.gate" as Address;
    const book = one([
      ...targetsOf({ P1_audit: fresh, P2_gap: fresh, "P2_gap.gate": waiting }),
      ...targetsOf({ P3_plan: { kind: "blocked", by: gate } }),
    ]);
    expect(book.status).toBe("audited");
    expect(book.passes.P3_plan).toMatchObject({ status: "blocked", blocked_by: [gate] });
  });
});

describe("outstanding deliverables", () => {
  test("are the units that production has yet to make", () => {
    const book = one(
      targetsOf({
        "P4_production/03.09.11": fresh,
        "P4_production/03.09.14": stale,
        "P4_production/03.09.16": failed,
        "P4_brief/03.09.18": stale,
        "integrate/1": stale,
      }),
    );
    expect(book.outstanding_deliverables).toEqual(["03.09.14", "03.09.16"]);
  });

  test("are none while no plan says what they will be", () => {
    expect(
      one(targetsOf({ P4_production: unknown, P4_brief: unknown, integrate: unknown })).outstanding_deliverables,
    ).toEqual([]);
  });
});

describe("totals", () => {
  test("count books, and those that are covered", () => {
    const all = targetsOf(
      Object.fromEntries(
        [...PASSES.slice(0, 3), "P4_production/1", "integrate/1", ...PASSES.slice(4)].map((name) => [name, fresh]),
      ),
    );
    const { totals, books } = ledgerOf(
      { book: bookOf("x"), targets: all },
      { book: bookOf("y"), targets: all.slice(0, -1) },
      { book: bookOf("z"), targets: [] },
    );
    expect(totals).toMatchObject({ books_total: 3, books_equivalence_covered: 1 });
    expect(Object.values(books).map((book) => book.status)).toEqual(["equivalence-covered", "woven", "draft"]);
  });

  test("count every attempt of an agent, and nothing that was no agent's", () => {
    const { totals } = ledgerOf({
      book: bookOf("x"),
      targets: [
        ran("P1_audit", { agent: "agent-a", attempts: 1 }),
        ran("P4_production/1", { agent: "agent-b", attempts: 3 }),
        ran("integrate/1", { agent: "engine" }),
        ran("P2_gap.gate", { agent: "person:ada" }),
      ],
    });
    expect(totals.agent_invocations_total).toBe(4);
  });

  test("are the sum of the passes of all books: no run is left out, and none counted twice", () => {
    const names = [
      "P1_audit",
      "P2_gap",
      "P3_plan",
      "P4_brief/1",
      "P4_production/1",
      "P4_production/2",
      "integrate/1",
      "P5_verification",
      "PW_weaving",
      "PV_samples",
      "PV_continuity",
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(5_000_000), { minLength: names.length, maxLength: names.length }), (micros) => {
        const targets = names.map((name, index) => ran(name, { usd: micros[index]! / 1e6 }));
        const { books, totals } = ledgerOf({ book: bookOf("x"), targets }, { book: bookOf("y"), targets });
        const passes = Object.values(books).flatMap((book) =>
          Object.values(book.passes).map((pass) => Number(pass.cost_usd)),
        );
        expect(totals.cost_usd_total).toBe((2 * micros.reduce((sum, each) => sum + each, 0)) / 1e6);
        expect(addUsd(passes)).toBe(totals.cost_usd_total);
      }),
    );
  });
});

describe("money", () => {
  test("is summed in whole micro-dollars", () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(addUsd([0.1, 0.2])).toBe(0.3);
    expect(addUsd(Array(1_000_000).fill(0.01))).toBe(10_000);
    expect(addUsd([])).toBe(0);
  });

  test("comes out the same in whatever order it is added", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { maxLength: 50 }), (micros) => {
        const amounts = micros.map((each) => each / 1e6);
        expect(addUsd(amounts)).toBe(addUsd([...amounts].reverse()));
        expect(Math.round(addUsd(amounts) * 1e6)).toBe(micros.reduce((sum, each) => sum + each, 0));
      }),
    );
  });
});
