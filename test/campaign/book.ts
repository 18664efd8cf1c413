/** Books in any state, for the tests of what is derived from them. */
import type { BookTarget } from "../../src/campaign/states.ts";
import { type Book, parseBooks } from "../../src/curriculum/books.ts";
import type { FlowPlan } from "../../src/curriculum/flow-list.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Status } from "../../src/graph/evaluate.ts";
import type { RunRecord, Trace } from "../../src/graph/trace.ts";

const NEVER_BUILT = [{ kind: "neverBuilt" }] as const;
export const fresh: Status = { kind: "fresh", drift: [], edited: [] };
export const edited: Status = { kind: "fresh", drift: [], edited: ["plans/x.md#§1"] };
export const stale: Status = { kind: "stale", reasons: NEVER_BUILT, edited: [] };
export const waiting: Status = { kind: "waiting", reasons: NEVER_BUILT };
export const failed: Status = { kind: "failed" };
export const unknown: Status = { kind: "unknown", decidedBy: "book/x/P3_plan" as Address };
export const blocked: Status = { kind: "blocked", by: "book/x/P1_audit" as Address };

/** One status of every kind. */
export const statuses: { readonly [kind in Status["kind"]]: Status } = {
  fresh,
  stale,
  pending: { kind: "pending", on: ["book/x/P1_audit" as Address], reasons: [] },
  waiting,
  blockedByEdit: { kind: "blockedByEdit", edited: ["plans/x.md#§2"], reasons: NEVER_BUILT },
  blocked,
  failed,
  unknown,
};

export const run = (changes: Partial<RunRecord> = {}): RunRecord => ({
  at: "2026-01-01T00:01:00.000Z",
  seconds: 60,
  usd: 0,
  attempts: 1,
  agent: "engine",
  ...changes,
});

export const traceOf = (record: RunRecord = run()): Trace =>
  ({
    key: "0",
    parts: {},
    soft: {},
    reads: [],
    outputs: {},
    products: {},
    amends: {},
    run: record,
  }) as unknown as Trace;

/** The targets of the book `x`, by rule and what follows it: `P4_production/03.09.11`. Fresh ones have been built, and those in `built`. */
export const targetsOf = (byName: Readonly<Record<string, Status>>, built: readonly string[] = []): BookTarget[] =>
  Object.entries(byName).map(([name, status]) => ({
    id: `book/x/${name}` as Address,
    rule: name.split("/")[0]!,
    status,
    trace: status.kind === "fresh" || built.includes(name) ? traceOf() : undefined,
  }));

/** A book as `manifests/books.yaml` declares it. */
export const bookOf = (slug: string, tier: Book["tier"] = "alpha", entry: string | null = "3.35"): Book =>
  parseBooks(
    JSON.stringify({
      version: 1,
      tiers: {},
      campaign_usd: 0,
      books: [{ slug, tier, entry, author: "A. Author", title: `The book ${slug}`, year: 1989 }],
    }).replace(
      '"tiers":{}',
      '"tiers":{"alpha":{"book_usd":1,"tier_usd":1},"beta":{"book_usd":1,"tier_usd":1},"gamma":{"book_usd":1,"tier_usd":1}}',
    ),
  )[0]!;

/** An author flow as the list of books declares it. */
export const flowOf = (id: string): FlowPlan => ({
  id,
  kind: "author",
  title: `The flow ${id}`,
  flows: [],
  book: bookOf("x"),
  path: `flows/${id}.md`,
});
