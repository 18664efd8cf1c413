/**
 * A small campaign with every kind of pass that the real one has: agents that write sections, search, draft
 * intermediates and edit in place; an integration that writes shared files; a gate. Its books and units come from the seed.
 */
import type { AgentRequest, Block } from "../../src/agents/provider.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Book } from "../../src/curriculum/books.ts";
import { again, agent, type CheckContext, call, type Defect, person, type RunOutputs } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, intermediate, product, section, within } from "../../src/rules/source.ts";
import type { Random } from "./random.ts";
import { MODEL, type Script } from "./server.ts";

export const CATALOG = "docs/catalog.md";

interface Unit {
  readonly id: string;
  readonly batch: number;
}

export interface Campaign {
  readonly books: readonly Book[];
  readonly rules: readonly Rule[];
  readonly pools: Readonly<Record<string, number>>;
  readonly limit: number;
  /** Files that are there before anything runs. */
  readonly files: Readonly<Record<string, string>>;
  /** Units by id, whose file and catalog entry come together or not at all. */
  readonly units: readonly string[];
  readonly script: Script;
}

/** What a campaign tells the simulation of itself while it runs. */
export interface Watch {
  /** An integration has begun, and the returned function says that it has ended. */
  integrating(): () => void;
  /** An output was judged: whose it is, and what it says. */
  judged(address: string, output: string): void;
  /** Waits in simulated time. */
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

const unitFile = (id: string): string => `content/${id}.md`;
const entryOf = (id: string): string => `## ${id}`;
const signature = (address: string): string => `Made for ${address}.`;
const readUnits = (text: string): Unit[] =>
  [...text.matchAll(/^- unit (\S+) in batch (\d+)$/gm)].map(([, id, batch]) => ({ id: id!, batch: Number(batch) }));
const utf8 = new TextEncoder();

/** Whether the catalog holds a unit's entry. */
export const isListed = (catalog: string, id: string): boolean => catalog.split("\n").includes(entryOf(id));

export function campaign(random: Random, watch: Watch): Campaign {
  const books = Array.from({ length: 2 + random.int(3) }, (_, index): Book => {
    const slug = `b${index + 1}`;
    const tier = random.pick(["alpha", "beta", "gamma"] as const);
    return {
      slug,
      tier,
      entry: null,
      author: "A.",
      title: slug.toUpperCase(),
      year: 1900,
      scope: ["all"],
      plan: `plans/${slug}.md`,
    };
  });
  const planned = new Map<string, Unit[]>(
    books.map(({ slug }) => [
      slug,
      Array.from({ length: 1 + random.int(3) }, (_, index) => ({
        id: `${slug}u${index + 1}`,
        batch: 1 + random.int(2),
      })),
    ]),
  );
  const gated = random.chance(0.4);

  const each = collection("book", {
    items: books,
    key: (book: Book) => book.slug,
    groups: (book) => [`tier/${book.tier}`],
  });
  type InBook = { readonly book: Book };
  const plan3 = ({ book }: InBook) => section(book.plan, "§3");
  const units = each.within("unit", { from: plan3, items: readUnits, key: (unit: Unit) => unit.id });
  const produced = each.with("made", { from: plan3, read: readUnits });
  const batches = each.within("batch", {
    from: plan3,
    items: (text) => {
      const list = readUnits(text);
      return [...new Set(list.map((unit) => unit.batch))].map((n) => ({
        n,
        units: list.filter(({ batch }) => batch === n),
      }));
    },
    key: (batch: { n: number; units: Unit[] }) => `i${batch.n}`,
  });

  /** Notes for whom an answer was made; its form is judged, as the real passes do. */
  const own =
    (address: (params: InBook & { unit?: Unit }) => string, name: string) =>
    ({ params, outputs }: CheckContext<InBook & { unit?: Unit }>): readonly Defect[] => {
      watch.judged(address(params), outputs[name] ?? "");
      return [];
    };
  const ladder = [again({ hint: "again" }), again({ hint: "once more", tokens: 1.5 })];
  const timing = { wall: 1800 };

  const audit = rule<InBook>({
    name: "P1_audit",
    each,
    outputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
    pool: "audit",
    // The same words for every book: only the address tells their requests apart.
    run: agent({ prompt: "prompts/plain.md", model: MODEL, tools: [], maxTokens: 1000 }),
    check: own(({ book }) => `book/${book.slug}/P1_audit`, "audit"),
    recovery: ladder,
    ...timing,
  });
  const gap = rule<InBook>({
    name: "P2_gap",
    each,
    inputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
    reads: ["content/**"],
    outputs: ({ book }) => ({ gap: section(book.plan, "§2") }),
    pool: "gap",
    shared: "read",
    run: agent({ prompt: "prompts/with-inputs.md", model: MODEL, tools: ["search"], maxTokens: 1000 }),
    check: own(({ book }) => `book/${book.slug}/P2_gap`, "gap"),
    recovery: ladder,
    ...(gated ? { gate: "after" as const } : {}),
    ...timing,
  });
  const plan = rule<InBook>({
    name: "P3_plan",
    each,
    inputs: ({ book }) => ({ gap: section(book.plan, "§2") }),
    outputs: ({ book }) => ({ plan: section(book.plan, "§3") }),
    pool: "plan",
    run: agent({ prompt: "prompts/with-inputs.md", model: MODEL, tools: [], maxTokens: 1000 }),
    check: own(({ book }) => `book/${book.slug}/P3_plan`, "plan"),
    recovery: ladder,
    ...timing,
  });
  const production = rule({
    name: "P4_production",
    each: units,
    inputs: ({ book }) => ({ plan: section(book.plan, "§3") }),
    reads: ["plans/**"],
    outputs: () => ({ unit: intermediate() }),
    pool: "production",
    run: agent({ prompt: "prompts/plain.md", model: MODEL, tools: ["read"], maxTokens: 1000 }),
    check: own(({ book, unit }) => `book/${book.slug}/P4_production/${unit?.id}`, "unit"),
    recovery: ladder,
    ...timing,
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
      const ended = watch.integrating();
      try {
        const before = new TextDecoder().decode(view.bytes(CATALOG as RepoPath));
        await watch.sleep(1000 + watch.random() * 20_000);
        const missing = batch.units.filter(({ id }) => !isListed(before, id));
        const after = before + missing.map(({ id }) => `\n${entryOf(id)}\n\nIts unit is ${id}.\n`).join("");
        return {
          outputs: Object.fromEntries(batch.units.map(({ id }) => [id, inputs[id] ?? ""])),
          writes: new Map([[CATALOG, utf8.encode(after)]]),
          fragments: batch.units.map(({ id }) => `${CATALOG}#${id}`),
        };
      } finally {
        ended();
      }
    }),
    wall: 600,
  });
  const verification = rule({
    name: "P5_verification",
    each: produced,
    inputs: ({ made }) => ({ units: Object.fromEntries(made.map(({ id }) => [id, file(unitFile(id))])) }),
    outputs: ({ book }) => ({ verdict: section(book.plan, "§4") }),
    pool: "verification",
    shared: "read",
    run: agent({ prompt: "prompts/with-inputs.md", model: MODEL, tools: [], maxTokens: 1000 }),
    check: own(({ book }) => `book/${book.slug}/P5_verification`, "verdict"),
    recovery: ladder,
    ...timing,
  });
  const weaving = rule({
    name: "PW_weaving",
    each: produced,
    inputs: ({ book }) => ({ verdict: section(book.plan, "§4") }),
    amends: ({ made }) => made.map(({ id }) => unitFile(id)),
    outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}.md`) }),
    pool: "weaving",
    shared: "read",
    run: agent({ prompt: "prompts/plain.md", model: MODEL, tools: ["propose_edit"], maxTokens: 1000 }),
    recovery: ladder,
    ...timing,
  });
  const continuity = rule({
    name: "PV_continuity",
    each: produced,
    inputs: ({ book, made }) => ({
      report: file(`manifests/reports/${book.slug}.md`),
      units: Object.fromEntries(made.map(({ id }) => [id, file(unitFile(id))])),
    }),
    outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}-continuity.md`) }),
    pool: "verification",
    shared: "read",
    run: call(({ inputs }) => ({
      outputs: { report: `Words: ${Object.values(inputs).join(" ").split(/\s+/).length}\n` },
    })),
  });
  const signOff = rule<InBook>({
    name: "sign_off",
    each,
    inputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}-continuity.md`) }),
    outputs: () => ({}),
    run: person({ ask: "Is it done?" }),
  });

  return {
    books,
    rules: [
      audit,
      gap,
      plan,
      production,
      integrate,
      verification,
      weaving,
      continuity,
      ...(gated ? [] : [signOff]),
    ] as Rule[],
    pools: {
      audit: 1 + random.int(3),
      gap: 1 + random.int(2),
      plan: 1 + random.int(2),
      production: 1 + random.int(4),
      integration: 1,
      verification: 1 + random.int(2),
      weaving: 1,
    },
    limit: 1 + random.int(8),
    files: {
      "prompts/plain.md": "Do your work.\n{{hint}}\n{{defects}}\n{{contract}}\n",
      "prompts/with-inputs.md": "Do your work.\n{{inputs}}\n{{hint}}\n{{defects}}\n{{contract}}\n",
      [CATALOG]: "# Catalog\n",
    },
    units: [...planned.values()].flat().map(({ id }) => id),
    script: (request) => answer(request, planned),
  };
}

/** What a well-behaved agent says. */
function answer({ address, turn }: AgentRequest, planned: ReadonlyMap<string, readonly Unit[]>): readonly Block[] {
  const [, slug = "", pass = "", unit = ""] = address.split("/");
  const list = planned.get(slug) ?? [];
  const use = (name: string, input: unknown, id = "t1"): Block => ({ type: "tool_use", id, name, input });
  const give = (name: string, text: string): readonly Block[] => [
    { type: "text", text: `<output name="${name}">\n${text}\n</output>` },
  ];
  switch (pass) {
    case "P1_audit":
      return give("audit", `## §1. Audit\n\n${signature(address)}`);
    case "P2_gap":
      return turn === 1
        ? [use("search", { pattern: `Made for book/${slug}/P4`, glob: "content/**" })]
        : give("gap", `## §2. Gap\n\n${signature(address)}`);
    case "P3_plan": {
      const lines = list.map(({ id, batch }) => `- unit ${id} in batch ${batch}`).join("\n");
      return give("plan", `## §3. Plan\n\n${signature(address)}\n\n${lines}`);
    }
    case "P4_production":
      return turn === 1
        ? [use("read", { ref: `plans/${slug}.md#§3` })]
        : give("unit", `# ${unit}\n\n${signature(address)}\n\nSeam of ${unit}.`);
    case "P5_verification":
      return give("verdict", `## §4. Verdict\n\n${signature(address)}`);
    case "PW_weaving":
      return turn === 1
        ? list.map(({ id }, index) =>
            use(
              "propose_edit",
              { path: unitFile(id), find: `Seam of ${id}.`, replace: `Seam of ${id}, woven.` },
              `t${index}`,
            ),
          )
        : give("report", `# Weaving\n\n${signature(address)}`);
    default:
      throw new Error(`the simulated agent knows no pass ${pass}`);
  }
}

/** Whether an output says for whom it was made, and it was another. */
export function madeForAnother(address: string, output: string): boolean {
  const made = /^Made for (.+)\.$/m.exec(output)?.[1];
  return made !== undefined && made !== address;
}
