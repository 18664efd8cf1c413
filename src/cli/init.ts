/**
 * What `codex init` finds in a folder, and what it would write there: a small campaign that runs at once in an empty one, a
 * Fast Track campaign where there are plans, units or manifests. Pure: it sees files through a view and returns texts.
 */
import { parse } from "yaml";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";

export interface Found {
  /** A configuration that is there already. */
  readonly config: RepoPath | undefined;
  readonly plans: readonly RepoPath[];
  readonly units: readonly RepoPath[];
  readonly flows: readonly RepoPath[];
  readonly books: boolean;
  readonly catalog: boolean;
  readonly recordings: boolean;
  /** Lines of `.gitignore`; undefined where there is none. */
  readonly ignored: readonly string[] | undefined;
}

export interface NewFile {
  readonly path: RepoPath;
  readonly text: string;
  /** What it is for. */
  readonly what: string;
}

const BOOKS = "manifests/books.yaml" as RepoPath;
const CATALOG = "docs/catalogs/CONCEPT_CATALOG.md" as RepoPath;

export function lookAround(view: WorkspaceView): Found {
  const ignored = view.bytes(".gitignore" as RepoPath);
  return {
    config: view.list(["codex.config.ts", "codex.config.mjs", "codex.config.js"])[0],
    plans: view.list(["plans/fasttrack/*.md"]),
    units: view.list(["content/**/*.md"]),
    flows: view.list(["flows/**/*"]),
    books: view.bytes(BOOKS) !== undefined,
    catalog: view.bytes(CATALOG) !== undefined,
    recordings: view.list(["recordings/**/*"]).length > 0,
    ignored: ignored === undefined ? undefined : readUtf8(ignored).split(/\r?\n/),
  };
}

/** Whether it is a Fast Track campaign that was begun without Codex. */
export const isCampaign = (found: Found): boolean => found.books || found.plans.length > 0 || found.units.length > 0;

/** The files that are missing. Those that exist are never among them. */
export function newFiles(found: Found, view: WorkspaceView): readonly NewFile[] {
  if (found.config !== undefined) return [];
  if (!isCampaign(found)) return FIRST_CAMPAIGN.filter(({ path }) => view.bytes(path) === undefined);
  return [
    { path: "codex.config.ts" as RepoPath, text: fasttrackConfig(found), what: "the campaign: the Fast Track passes" },
    ...(found.books ? [] : [booksFile(found, view)]),
  ];
}

/** What `.gitignore` must hold besides; undefined where it does. */
export function ignoredToo({ ignored }: Found): string | undefined {
  const isThere = ignored?.some((line) => [".codex", ".codex/", "/.codex", "/.codex/"].includes(line.trim()));
  if (isThere) return undefined;
  const open = ignored !== undefined && ignored.at(-1) !== "";
  return `${open ? "\n" : ""}.codex/\n`;
}

const fasttrackConfig = (found: Found): string => `import { defineConfig, fasttrack } from "codex-build";

// To be asked before the gap analysis and the plan are used: fasttrack({ gates: ["P2_gap", "P3_plan"] })
const { rules, campaign } = fasttrack();

export default defineConfig({
  rules,
  pools: { audit: 12, gap: 6, plan: 4, production: 8, integration: 1, verification: 2, weaving: 1, flow: 4, sampling: 1 },
  agents: { provider: ${found.recordings ? '"replay"' : '"anthropic"'}${found.catalog ? `, lookup: "${CATALOG}"` : ""} },
  campaign,
});
`;

function booksFile(found: Found, view: WorkspaceView): NewFile {
  const known = fromLedger(view);
  const books = [
    ...known.values(),
    ...found.plans.flatMap((path) => {
      const slug = path.slice("plans/fasttrack/".length, -".md".length);
      return known.has(slug) || !SLUG.test(slug)
        ? []
        : [fromPlan(slug, readUtf8(view.bytes(path) ?? new Uint8Array()))];
    }),
  ].sort((a, b) => (a.slug < b.slug ? -1 : 1));
  const text = `# The books of the campaign: the only list that is kept by hand. Made from what was found here: look it over,
# the tiers above all. Ceilings are in US dollars.
version: 1
tiers:
  alpha: { book_usd: 50, tier_usd: 600 }
  beta: { book_usd: 30, tier_usd: 720 }
  gamma: { book_usd: 20, tier_usd: 560 }
campaign_usd: 2256
books:${books.length === 0 ? " []" : ""}
${books.map(bookEntry).join("")}`;
  return { path: BOOKS, text, what: `the list of books: ${books.length} found` };
}

interface KnownBook {
  readonly slug: string;
  readonly tier: string;
  readonly entry: string | undefined;
  readonly author: string;
  readonly title: string;
  readonly year: number;
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const TIERS: Readonly<Record<string, string>> = { α: "alpha", β: "beta", γ: "gamma", δ: "delta" };
/** Of a book of which nothing says it. */
const NO_TIER = "gamma";
const NO_YEAR = 0;

const bookEntry = ({ slug, tier, entry, author, title, year }: KnownBook): string =>
  `  - slug: ${slug}
    tier: ${tier}
    entry: ${entry === undefined ? "null" : JSON.stringify(entry)}
    author: ${JSON.stringify(author)}
    title: ${JSON.stringify(title)}
    year: ${year}
`;

/** The books of a ledger in the seed's schema. */
function fromLedger(view: WorkspaceView): Map<string, KnownBook> {
  const bytes = view.bytes("manifests/campaign.json" as RepoPath);
  let books: Record<string, Record<string, unknown> | null> = {};
  try {
    books = bytes === undefined ? {} : (JSON.parse(readUtf8(bytes)).books ?? {});
  } catch {
    // Of a damaged ledger nothing is taken.
  }
  const known = new Map<string, KnownBook>();
  for (const [slug, book] of Object.entries(books)) {
    if (!SLUG.test(slug) || typeof book !== "object" || book === null) continue;
    const { tier, title, fasttrack_entry, year } = book;
    known.set(slug, {
      slug,
      tier: tierOf(tier),
      ...named(title, slug),
      entry: entryOf(fasttrack_entry),
      year: yearOf(year),
    });
  }
  return known;
}

/** What a plan's head says of its book: its front matter, or `# Author — *Title* (Fast Track 3.10) — …`. */
function fromPlan(slug: string, text: string): KnownBook {
  const head = text.split("\n").slice(0, 40).join("\n");
  const front = frontOf(text);
  return {
    slug,
    tier: tierOf(front.tier),
    ...named(front.book ?? /^# +(.+)$/m.exec(head)?.[1], slug),
    entry: entryOf(front.fasttrack_entry ?? /Fast Track(?: entry:?\**)? (\d+\.\d+[a-z]?)/.exec(head)?.[1]),
    year: yearOf(front.year ?? /\b(1[6-9]\d\d|20\d\d)\b/.exec(head)?.[1]),
  };
}

/** Tiers are written as names or as signs. */
function tierOf(value: unknown): string {
  const text = String(value);
  return TIERS[text] ?? (Object.values(TIERS).includes(text) ? text : NO_TIER);
}

const entryOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

const yearOf = (value: unknown): number => (Number.isInteger(Number(value)) ? Number(value) : NO_YEAR);

/** `Author — *Title* (…)`, taken apart. */
function named(value: unknown, slug: string): { readonly author: string; readonly title: string } {
  const text = typeof value === "string" ? value : slug;
  const [, author = "", title = text] = /^(.*?) +[—–-]+ +\*?([^*(]+?)\*?(?: *\(.*| +[—–].*)?$/.exec(text) ?? [];
  return { author: author.trim(), title: title.trim() };
}

function frontOf(text: string): Readonly<Record<string, unknown>> {
  const block = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1];
  try {
    const value: unknown = block === undefined ? undefined : parse(block, { maxAliasCount: 0, logLevel: "error" });
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A campaign that runs at once: it needs no key and costs nothing. */
const FIRST_CAMPAIGN: readonly NewFile[] = [
  {
    path: "codex.config.ts" as RepoPath,
    what: "the campaign: its collections and rules",
    text: `import { call, collection, defineConfig, file, rule } from "codex-build";

// What there is to do something with: a target is made for each.
const notes = collection("note", { items: [{ name: "hello" }], key: (note) => note.name });

// Reads a file and writes one. Instead of call(…): agent({ prompt: "prompts/….md" }), command(["program"]), person({ ask: "…" }).
const shout = rule({
  name: "shout",
  each: notes,
  inputs: ({ note }) => ({ text: file(\`notes/\${note.name}.txt\`) }),
  outputs: ({ note }) => ({ loud: file(\`loud/\${note.name}.txt\`) }),
  run: call(({ inputs }) => ({ outputs: { loud: inputs.text.toUpperCase() } })),
});

export default defineConfig({ rules: [shout] });
`,
  },
  { path: "notes/hello.txt" as RepoPath, what: "a source", text: "Hello, campaign.\n" },
];
