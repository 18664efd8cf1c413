/**
 * The real campaign's shape, made up: 64 books in three tiers, about 900 units, 125 flows, with the durations, costs and
 * failure rates of the protocol. What agents write is a line; how long they take and what they cost is not.
 */
import type { AgentRequest, Block } from "../../src/agents/provider.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Book, Tier } from "../../src/curriculum/books.ts";
import { again, agent, call, type Rung, type RunOutputs } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file, intermediate, product, section, within } from "../../src/rules/source.ts";
import type { Random } from "./random.ts";
import { MODEL, type Script } from "./server.ts";

/** Books of a tier, and units of one of its books, about. */
const TIERS: Readonly<Record<Exclude<Tier, "delta">, { readonly books: number; readonly units: number }>> = {
  alpha: { books: 12, units: 30 },
  beta: { books: 24, units: 13 },
  gamma: { books: 28, units: 8 },
};
const UNITS_IN_BATCH = 6;
const STRANDS = 9;
const THEMES = 51;

/** What a pass takes: minutes and US dollars of one attempt that goes well, and how often one does not. */
interface Pass {
  readonly minutes: number;
  readonly usd: number;
  /** Probability that an attempt is not good enough. */
  readonly fails: number;
  readonly turns: 1 | 2;
}

/** Seed §11.1 and protocol §1, §6, §7. */
export const PASSES: Readonly<Record<string, Pass>> = {
  P1_audit: { minutes: 45, usd: 0.7, fails: 0.08, turns: 1 },
  P2_gap: { minutes: 30, usd: 0.7, fails: 0.05, turns: 2 },
  P3_plan: { minutes: 30, usd: 0.5, fails: 0.08, turns: 1 },
  P4_production: { minutes: 25, usd: 0.9, fails: 0.12, turns: 2 },
  P5_verification: { minutes: 30, usd: 0.8, fails: 0.08, turns: 1 },
  PW_weaving: { minutes: 30, usd: 0.8, fails: 0.08, turns: 2 },
  PV_samples: { minutes: 30, usd: 0.6, fails: 0.03, turns: 1 },
  PA_trajectory: { minutes: 15, usd: 0.25, fails: 0.05, turns: 1 },
  PB_bridges: { minutes: 15, usd: 0.35, fails: 0.05, turns: 1 },
  PC_pauses: { minutes: 10, usd: 0.2, fails: 0.03, turns: 1 },
  PD_verification: { minutes: 10, usd: 0.2, fails: 0.05, turns: 1 },
  PE_weaving: { minutes: 15, usd: 0.25, fails: 0.05, turns: 1 },
};

export const POOLS = {
  audit: 12,
  gap: 6,
  plan: 4,
  production: 8,
  integration: 1,
  verification: 2,
  weaving: 1,
  flow: 4,
};

interface Unit {
  readonly id: string;
  readonly batch: number;
}

interface Flow {
  readonly id: string;
  readonly kind: "author" | "strand" | "synthesis" | "theme";
  /** Addresses that must be settled first. */
  readonly after: readonly string[];
}

export interface FastTrack {
  readonly books: readonly Book[];
  readonly units: number;
  readonly flows: number;
  readonly rules: readonly Rule[];
  readonly pools: Readonly<Record<string, number>>;
  readonly limit: number;
  readonly files: Readonly<Record<string, string>>;
  readonly script: Script;
  /** The pass of an address. */
  readonly passOf: (address: string) => Pass;
}

const CATALOG = "docs/catalog.md";
const unitFile = (id: string): string => `content/${id}.md`;
const readUnits = (text: string): Unit[] =>
  [...text.matchAll(/^- unit (\S+) in batch (\d+)$/gm)].map(([, id, batch]) => ({ id: id!, batch: Number(batch) }));

export interface FastTrackOptions {
  /** Passes after which a person approves. */
  readonly gates: readonly string[];
  /** Simulated seconds of one integration. */
  readonly sleep: (seconds: number) => Promise<void>;
}

export function fastTrack(random: Random, { gates, sleep }: FastTrackOptions): FastTrack {
  const books = (Object.keys(TIERS) as (keyof typeof TIERS)[]).flatMap((tier) =>
    Array.from({ length: TIERS[tier].books }, (_, index): Book => {
      const slug = `${tier}-${String(index + 1).padStart(2, "0")}`;
      const title = slug;
      return { slug, tier, entry: null, author: "A.", title, year: 1950, scope: ["all"], plan: `plans/${slug}.md` };
    }),
  );
  const planned = new Map(
    books.map(({ slug, tier }) => {
      const about = TIERS[tier as keyof typeof TIERS].units;
      const count = Math.round(about * random.between(0.6, 1.4));
      return [
        slug,
        Array.from(
          { length: count },
          (_, index): Unit => ({
            id: `${slug}.u${index + 1}`,
            batch: 1 + Math.floor(index / UNITS_IN_BATCH),
          }),
        ),
      ] as const;
    }),
  );
  const authors = books.map(
    ({ slug }): Flow => ({ id: `author-${slug}`, kind: "author", after: [`book/${slug}/P5_verification`] }),
  );
  const some = (count: number): string[] =>
    Array.from({ length: count }, () => `flow/${random.pick(authors).id}/PE_weaving`);
  const strands = Array.from(
    { length: STRANDS },
    (_, index): Flow => ({ id: `strand-${index + 1}`, kind: "strand", after: some(6) }),
  );
  const themes = Array.from(
    { length: THEMES },
    (_, index): Flow => ({ id: `theme-${index + 1}`, kind: "theme", after: some(2) }),
  );
  const synthesis: Flow = {
    id: "fasttrack-canonical",
    kind: "synthesis",
    after: strands.map(({ id }) => `flow/${id}/PE_weaving`),
  };
  const flows = [...authors, ...strands, ...themes, synthesis];

  type InBook = { readonly book: Book };
  const each = collection("book", {
    items: books,
    key: (book: Book) => book.slug,
    groups: (book) => [`tier/${book.tier}`],
  });
  const plan3 = ({ book }: InBook) => section(book.plan, "§3");
  const units = each.within("unit", { from: plan3, items: readUnits, key: (unit: Unit) => unit.id });
  const produced = each.with("made", { from: plan3, read: readUnits });
  const batches = each.within("batch", {
    from: plan3,
    items: (text) => {
      const list = readUnits(text);
      const numbers = [...new Set(list.map((unit) => unit.batch))];
      return numbers.map((number) => ({ number, units: list.filter(({ batch }) => batch === number) }));
    },
    key: (batch: { number: number; units: Unit[] }) => String(batch.number),
  });
  const flow = collection("flow", { items: flows, key: (each: Flow) => each.id });

  const ladders: Readonly<Record<string, readonly Rung[]>> = {
    P4_production: [again({ tokens: 1.5 }), again({ hint: "only the failing section" }), again({ hint: "once more" })],
  };
  /** What all passes of agents have in common. */
  const pass = (name: string) => ({
    name,
    run: agent({
      prompt: "prompts/pass.md",
      model: MODEL,
      tools: PASSES[name]!.turns === 2 ? ["list", "propose_edit"] : [],
      maxTokens: 64_000,
    }),
    recovery: ladders[name] ?? [again(), again()],
    estimate: { seconds: PASSES[name]!.minutes * 60, usd: PASSES[name]!.usd },
    wall: 4 * 3600,
    ...(gates.includes(name) ? { gate: "after" as const } : {}),
  });

  const inBook = (
    spec: Pick<RuleSpec<InBook>, "inputs" | "outputs" | "pool" | "shared"> & { readonly name: string },
  ): Rule => rule<InBook>({ each, ...pass(spec.name), ...spec }) as unknown as Rule;
  const production = rule({
    each: units,
    ...pass("P4_production"),
    inputs: ({ book }) => ({ plan: section(book.plan, "§3") }),
    // A batch is begun when the one before it is in the shared files.
    after: ({ book, unit }) => (unit.batch === 1 ? [] : [`book/${book.slug}/integrate/${unit.batch - 1}`]),
    outputs: () => ({ unit: intermediate() }),
    pool: "production",
  });
  const integrate = rule({
    name: "integrate",
    each: batches,
    inputs: ({ book, batch }) =>
      Object.fromEntries(batch.units.map((unit) => [unit.id, product(production, { book, unit }, "unit")])),
    outputs: ({ batch }) => ({
      ...Object.fromEntries(batch.units.map((unit) => [unit.id, file(unitFile(unit.id))])),
      catalog: within(CATALOG),
    }),
    pool: "integration",
    shared: "write",
    run: call<{ batch: { units: Unit[] } }>(async ({ params: { batch }, inputs, view }): Promise<RunOutputs> => {
      const before = new TextDecoder().decode(view.bytes(CATALOG as RepoPath));
      await sleep(10 + 5 * batch.units.length);
      const after = before + batch.units.map(({ id }) => `\n## ${id}\n\nIts unit.\n`).join("");
      return {
        outputs: Object.fromEntries(batch.units.map(({ id }) => [id, inputs[id] ?? ""])),
        writes: new Map([[CATALOG, new TextEncoder().encode(after)]]),
        fragments: batch.units.map(({ id }) => `${CATALOG}#${id}`),
      };
    }),
    wall: 600,
    estimate: { seconds: 40, usd: 0 },
  });
  const weaving = rule({
    each: produced,
    ...pass("PW_weaving"),
    inputs: ({ book }) => ({ verdict: section(book.plan, "§4") }),
    amends: ({ made }) => made.map(({ id }) => unitFile(id)),
    outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}.md`) }),
    pool: "weaving",
    shared: "read",
  });
  const verification = rule({
    each: produced,
    ...pass("P5_verification"),
    inputs: ({ made }) => ({ units: Object.fromEntries(made.map(({ id }) => [id, file(unitFile(id))])) }),
    outputs: ({ book }) => ({ verdict: section(book.plan, "§4") }),
    pool: "verification",
    shared: "read",
  });
  const samples = rule({
    each: produced,
    ...pass("PV_samples"),
    inputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}.md`) }),
    outputs: ({ book }) => ({ samples: file(`manifests/reports/${book.slug}-samples.md`) }),
    pool: "verification",
    shared: "read",
  });
  const continuity = rule({
    name: "PV_continuity",
    each: produced,
    inputs: ({ book }) => ({ samples: file(`manifests/reports/${book.slug}-samples.md`) }),
    outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}-continuity.md`) }),
    pool: "verification",
    run: call(() => ({ outputs: { report: "It holds.\n" } })),
  });
  const flowPasses = Object.keys(PASSES).filter((name) => /^P[A-E]_/.test(name));
  const flowRules = flowPasses.map((name, index) =>
    rule<{ readonly flow: Flow }>({
      each: flow,
      ...pass(name),
      after: ({ flow: { id, after } }) => (index === 0 ? after : [`flow/${id}/${flowPasses[index - 1]}`]),
      outputs: ({ flow: { id } }) => ({ [name]: section(`flows/${id}.md`, `§${index + 1}`) }),
      pool: "flow",
    }),
  );

  const rules = [
    inBook({ name: "P1_audit", outputs: ({ book }) => ({ P1_audit: section(book.plan, "§1") }), pool: "audit" }),
    inBook({
      name: "P2_gap",
      inputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
      outputs: ({ book }) => ({ P2_gap: section(book.plan, "§2") }),
      pool: "gap",
      shared: "read",
    }),
    inBook({
      name: "P3_plan",
      inputs: ({ book }) => ({ gap: section(book.plan, "§2") }),
      outputs: ({ book }) => ({ P3_plan: section(book.plan, "§3") }),
      pool: "plan",
    }),
    production,
    integrate,
    verification,
    weaving,
    samples,
    continuity,
    ...flowRules,
  ] as unknown as Rule[];

  return {
    books,
    units: [...planned.values()].reduce((sum, list) => sum + list.length, 0),
    flows: flows.length,
    rules,
    pools: POOLS,
    limit: 40,
    files: { "prompts/pass.md": "{{hint}}\n{{defects}}\n{{contract}}\n", [CATALOG]: "# Catalog\n" },
    script: (request) => answer(request, planned, flowPasses),
    passOf: (address) => PASSES[address.split("/")[2]!]!,
  };
}

function answer(
  { address, turn }: AgentRequest,
  planned: ReadonlyMap<string, readonly Unit[]>,
  flowPasses: readonly string[],
): readonly Block[] {
  const [kind, key = "", pass = "", unit = ""] = address.split("/");
  const give = (name: string, text: string): readonly Block[] => [
    { type: "text", text: `<output name="${name}">\n${text}\n</output>` },
  ];
  const use = (name: string, input: unknown, id: string): Block => ({ type: "tool_use", id, name, input });
  if (kind === "flow") return give(pass, `## §${flowPasses.indexOf(pass) + 1}. ${pass}\n\nOf ${key}.`);
  const list = planned.get(key) ?? [];
  switch (pass) {
    case "P1_audit":
      return give(pass, `## §1. Audit\n\nOf ${key}.`);
    case "P2_gap":
      return turn === 1 ? [use("list", { glob: "plans/*.md" }, "t1")] : give(pass, `## §2. Gap\n\nOf ${key}.`);
    case "P3_plan":
      return give(pass, `## §3. Plan\n\n${list.map(({ id, batch }) => `- unit ${id} in batch ${batch}`).join("\n")}`);
    case "P4_production":
      return turn === 1
        ? [use("list", { glob: `plans/${key}.md` }, "t1")]
        : give("unit", `# ${unit}\n\nSeam of ${unit}.`);
    case "P5_verification":
      return give("verdict", `## §4. Verdict\n\nOf ${key}.`);
    case "PW_weaving":
      return turn === 1
        ? list.map(({ id }, index) =>
            use(
              "propose_edit",
              { path: unitFile(id), find: `Seam of ${id}.`, replace: `Seam of ${id}, woven.` },
              `t${index}`,
            ),
          )
        : give("report", `# Weaving\n\nOf ${key}.`);
    case "PV_samples":
      return give("samples", `# Samples\n\nOf ${key}.`);
    default:
      throw new Error(`the simulated agent knows no pass ${pass}`);
  }
}
