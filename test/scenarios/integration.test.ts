/** Two batches that are ready at once: integrations never overlap, and shared files lose nothing. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Campaign, pilot } from "./harness.ts";

/** Integrations that take their time, by two rules in two pools: only the gate on shared files keeps them apart. */
const SLOW = `
import { appendFileSync } from "node:fs";
import { call, collection, defineConfig, file, rule } from "codex-build";
const books = collection("book", { items: ["a", "b", "c"].map((slug) => ({ slug })), key: (book) => book.slug });
const slow = (name, pool) => rule({ name, each: books, pool, shared: "write", outputs: ({ book }) => ({ out: file(\`out/\${book.slug}-\${name}\`) }),
  run: call(async ({ params: { book } }) => {
    appendFileSync("log.txt", \`begin \${name} \${book.slug}\\n\`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    appendFileSync("log.txt", \`end \${name} \${book.slug}\\n\`);
    return { outputs: { out: name } };
  }) });
export default defineConfig({ rules: [slow("integrate", "one"), slow("adopt", "two")], pools: { one: 4, two: 4 } });
`;

test("integrations never overlap", () => {
  const campaign = new Campaign({ "codex.config.ts": SLOW });
  expect(campaign.codex("build").code).toBe(0);
  const lines = campaign.read("log.txt").trimEnd().split("\n");
  expect(lines).toHaveLength(12);
  for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(lines[i]!.replace("begin", "end"));
});

const OTHER = "bott-tu-differential-forms";

/** A second book that makes units of its own, as ids and names shifted from the first one's recordings. */
function withSecondBook(): Campaign {
  const campaign = pilot();
  const shift = (text: string): string =>
    text
      .replaceAll("lawson-michelsohn-spin-geometry", OTHER)
      .replace(/03\.09\.(1[1-9])/g, (_, number: string) => `03.09.${Number(number) + 30}`)
      .replace(
        /spin-geometry\.(clifford-chessboard|dirac-bundle|calibrated-geometry|psc-obstruction|parallel-spinors)/g,
        "spin-geometry.second-$1",
      )
      .replaceAll("conn:NEW.", "conn:NEW.second-")
      .replace(
        /the chessboard classifies the Clifford algebras|the Dirac operator generalises to Dirac bundles|a calibration is a closed form of comass one|positive scalar curvature kills harmonic spinors|squaring a parallel spinor gives a calibration/g,
        "$& once more",
      );
  const from = "recordings/lawson-michelsohn-spin-geometry";
  for (const name of readdirSync(campaign.path(from), { recursive: true, encoding: "utf8" })) {
    if (/\.(md|yaml)$/.test(name)) campaign.write(shift(`${from}/${name}`), shift(campaign.read(`${from}/${name}`)));
  }
  return campaign;
}

test("two books integrate into one catalog, and every other byte stays", () => {
  const campaign = withSecondBook();
  const before = campaign.read("docs/catalogs/CONCEPT_CATALOG.md");
  const run = campaign.codex("build", "book/lawson-michelsohn/integrate", `book/${OTHER}/integrate`);
  expect(run.code, run.out + run.err).toBe(0);
  const after = campaign.read("docs/catalogs/CONCEPT_CATALOG.md");
  expect(after.match(/^### /gm)).toHaveLength(15);
  // What was inserted, taken out again, leaves the catalog as it was.
  const blocks = after.split(/(?=^### )/m);
  const kept = blocks.filter(
    (block) =>
      !/^### spin-geometry\.(second-.*|clifford-chessboard|dirac-bundle|calibrated-geometry|psc-obstruction|parallel-spinors)$/m.test(
        block,
      ),
  );
  expect(kept.join("").trimEnd()).toBe(before.trimEnd());
  const { shipped } = JSON.parse(campaign.read("manifests/deps.json"));
  expect(shipped).toEqual(expect.arrayContaining(["03.09.11", "03.09.18", "03.09.41", "03.09.48"]));
  const ids = JSON.parse(campaign.read("manifests/connections.json")).connections.map((entry: { id: string }) =>
    entry.id.slice(0, 8),
  );
  expect(new Set(ids).size).toBe(14);
  // One book's integration leaves the other one's alone.
  const again = campaign.codex("build", "book/lawson-michelsohn/integrate", `book/${OTHER}/integrate`);
  expect(again.out).not.toMatch(/→ .*integrate/);
}, 60_000);
