/** A small campaign of two books whose passes ask an agent that is paid by the call, with a ledger and one shared file. */
import { fileURLToPath } from "node:url";
import { Campaign } from "../scenarios/harness.ts";
import type { Stub } from "./stub.ts";

const AGENT = fileURLToPath(new URL("agent.mjs", import.meta.url));

export const BOOKS = ["one", "two"] as const;
const PASSES = ["P1_audit", "P2_gap", "P4_production"] as const;
/** Everything that an agent is asked for, as prompts call it. */
export const ASKED = BOOKS.flatMap((book) => PASSES.map((pass) => `book/${book}/${pass}`));
/** Three passes that ask, integration, and verification. */
export const TARGETS = BOOKS.length * (PASSES.length + 2);

const CONFIG = (command: readonly string[]): string => `
import { agent, call, collection, command, defineConfig, file, intermediate, product, rule, section, within } from "codex-build";
const books = collection("book", {
  items: ["one", "two"].map((slug) => ({ slug, tier: "alpha", entry: null, title: slug, plan: \`plans/\${slug}.md\` })),
  key: (book) => book.slug,
});
const ask = (pass) => agent({ prompt: \`prompts/\${pass}.md\`, tools: [] });
const audit = rule({ name: "P1_audit", each: books, inputs: ({ book }) => ({ source: file(\`in/\${book.slug}.txt\`) }),
  outputs: ({ book }) => ({ text: section(book.plan, "§1") }), run: ask("audit") });
const gap = rule({ name: "P2_gap", each: books, inputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
  outputs: ({ book }) => ({ text: section(book.plan, "§2") }), run: ask("gap") });
const production = rule({ name: "P4_production", each: books, inputs: ({ book }) => ({ gap: section(book.plan, "§2") }),
  outputs: () => ({ text: intermediate() }), run: ask("production") });
const integrate = rule({ name: "integrate", each: books, shared: "write",
  inputs: ({ book }) => ({ draft: product(production, { book }, "text") }),
  outputs: ({ book }) => ({ unit: file(\`content/\${book.slug}.md\`), report: file(\`reports/\${book.slug}.md\`), index: within("index.json") }),
  run: call(({ params: { book }, inputs, view }) => {
    const index = JSON.parse(new TextDecoder().decode(view.bytes("index.json")));
    const units = index.units.filter((unit) => unit.id !== book.slug);
    units.push({ id: book.slug, says: inputs.draft.split("\\n")[0] });
    units.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { outputs: { unit: inputs.draft, report: \`integrated \${inputs.draft}\` },
      writes: new Map([["index.json", new TextEncoder().encode(JSON.stringify({ units }, null, 2) + "\\n")]]),
      fragments: [\`index.json#/units[id=\${book.slug}]\`] };
  }) });
const verification = rule({ name: "P5_verification", each: books, inputs: ({ book }) => ({ unit: file(\`content/\${book.slug}.md\`) }),
  outputs: ({ book }) => ({ text: file(\`verified/\${book.slug}.txt\`) }), run: command(["sh", "-c", "cat > /dev/null; echo verified"]) });
export default defineConfig({
  rules: [audit, gap, production, integrate, verification],
  agents: { provider: "command", command: ${JSON.stringify(command)}, model: "stub" },
  prices: { stub: { call: 0.25 } },
  campaign: { books },
});
`;

const prompt = (pass: string, heading: string): string =>
  `Write.\n\nTARGET book/{{book.slug}}/${pass}\n${heading}\n{{inputs}}\n\n{{contract}}\n{{defects}}\n`;

/** @param agent whether the agent is what Codex starts, or is started by that. */
export function campaignOf(stub: Stub, agent: "child" | "grandchild" = "child"): Campaign {
  const argv = [process.execPath, AGENT, stub.path];
  return new Campaign({
    "codex.config.ts": CONFIG(agent === "child" ? argv : ["sh", "-c", '"$0" "$1" "$2" | cat', ...argv]),
    "prompts/audit.md": prompt("P1_audit", "HEADING ## §1. Audit\n"),
    "prompts/gap.md": prompt("P2_gap", "HEADING ## §2. Gap\n"),
    "prompts/production.md": prompt("P4_production", ""),
    "in/one.txt": "one\n",
    "in/two.txt": "two\n",
    "index.json": '{\n  "units": []\n}\n',
  });
}
