/** The pilot's flow, and books that are woven together, as a user runs them. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Campaign, pilot, type Run } from "./harness.ts";

const FLOW = "flow/lawson-michelsohn-pt1";
const PATH = "flows/lawson-michelsohn-pt1.md";
const BOOK = "book/lawson-michelsohn-spin-geometry";
const PSC = "content/03-modern-geometry/09-spin-geometry/03.09.16-psc-obstruction.md";

describe("the pilot's flow", () => {
  let built: Campaign;
  let first: Run;
  beforeAll(() => {
    built = pilot();
    first = built.codex("build", FLOW);
  }, 120_000);

  test("is built with the book that it hangs off, pass by pass", () => {
    expect(first.code, first.out + first.err).toBe(0);
    const order = ["PA_trajectory", "PB_bridges", "PC_pauses", "PD_verification", "PE_weaving", "PV_attenuation"];
    expect(first.out.match(/✓ flow\/\S+/g)).toEqual(order.map((pass) => `✓ ${FLOW}/${pass}`));
    expect(first.out.indexOf(`✓ ${BOOK}/P5_verification`)).toBeLessThan(first.out.indexOf(`→ ${FLOW}/PA_trajectory`));
    expect(built.codex("build", FLOW).out).toContain("Nothing to do");
    // The book itself is as it was: its flow does not make it stale.
    const book = built.codex("build", BOOK);
    expect(book.code, book.err).toBe(0);
    const again = built.codex("build", BOOK, FLOW);
    expect(again.out).toContain("Nothing to do");
  });

  test("goes through its states, a line each, and is in the ledger in the seed's schema", () => {
    const log = built
      .read("manifests/campaign.log.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; address: string; to: string; rationale: string });
    const lines = log.filter(({ kind }) => kind === "flow");
    expect(lines.map(({ to }) => to)).toEqual([
      "trajectory-extracted",
      "bridged",
      "paused",
      "verified",
      "woven",
      "attenuation-verified",
    ]);
    expect(lines[1]?.rationale).toBe("the steps are there; now every step has its why, its strategy and a bridge");
    const ledger = JSON.parse(built.read("manifests/campaign.json"));
    expect(ledger.flows["lawson-michelsohn-pt1"]).toMatchObject({
      kind: "author",
      source_book: "lawson-michelsohn-spin-geometry",
      status: "attenuation-verified",
      flow_path: PATH,
      passes: { PA_trajectory: { status: "completed", model: "replay" }, PE_weaving: { status: "completed" } },
    });
    expect(ledger.totals).toMatchObject({ flows_total: 1, flows_attenuation_verified: 1 });
    expect(built.read("manifests/fasttrack_coverage.md")).toContain(
      "| lawson-michelsohn-pt1 | author | lawson-michelsohn-spin-geometry | attenuation-verified |",
    );
    expect(built.codex("validate", "--whole").out).toContain("the whole: 0 defects");
  });

  test("a changed unit makes it dirty: it is verified again, and its bridges drift", () => {
    const campaign = built.clone();
    campaign.edit(PSC, "## Exercises", "A person wrote this.\n\n## Exercises");
    const run = campaign.codex("build", FLOW);
    expect(run.code, run.err + run.out).toBe(0);
    expect(run.out).toMatch(/→ flow\/lawson-michelsohn-pt1\/PD_verification \(input units\/03\.09\.16 .* changed/);
    expect(run.out).toMatch(/✓ flow\/lawson-michelsohn-pt1\/PV_attenuation done/);
    expect(campaign.codex("why", `${FLOW}/PB_bridges`).out).toContain("PB_bridges: drifted");
    expect(run.out).not.toContain("→ flow/lawson-michelsohn-pt1/PB_bridges");
  });

  test("a step that needs a later one is a defect that is handed back", () => {
    const campaign = built.clone();
    const text = campaign.read("recordings/lawson-michelsohn-pt1/flow.md");
    campaign.write(
      "recordings/lawson-michelsohn-pt1/flow.md",
      text
        .replace("unit: 01.01.15", "unit: XX")
        .replace("unit: 03.09.02", "unit: 01.01.15")
        .replace("unit: XX", "unit: 03.09.02"),
    );
    const run = campaign.codex("build", "--force", `${FLOW}/PA_trajectory`);
    expect(run.code).toBe(1);
    expect(run.out).toContain("03.09.02 needs 01.01.15, which comes in step 2");
  });

  test("the list of flows is checked where it is written", () => {
    const campaign = pilot();
    campaign.edit(
      "manifests/books.yaml",
      "    source_book: lawson-michelsohn-spin-geometry\n",
      "    source_book: nobody\n",
    );
    const run = campaign.codex("build", "-n", FLOW);
    expect(run.code).toBe(2);
    expect(run.err).toContain("the flow lawson-michelsohn-pt1 names the book nobody, which is not listed");
  });
});

describe("books of one batch", () => {
  test("are woven together, when all of them are verified, and not before", () => {
    const campaign = pilot();
    const books = campaign.read("manifests/books.yaml");
    campaign.write(
      "manifests/books.yaml",
      books
        .replace(
          "  - slug: lawson-michelsohn-spin-geometry\n",
          "  - slug: lawson-michelsohn-spin-geometry\n    batch: spin\n",
        )
        .replace("  - slug: bott-tu-differential-forms\n", "  - slug: bott-tu-differential-forms\n    batch: spin\n"),
    );
    const run = campaign.codex("build", BOOK);
    expect(run.code, run.err).toBe(0);
    expect(run.out).toContain("✓ book/lawson-michelsohn-spin-geometry/P5_verification");
    expect(run.out).not.toContain("PW_weaving");
    expect(JSON.parse(campaign.read("manifests/campaign.json")).books["lawson-michelsohn-spin-geometry"].status).toBe(
      "verified",
    );
    const plan = campaign.codex("build", "-n", "batch/spin").out;
    expect(plan).toContain("book/bott-tu-differential-forms/P1_audit");
    expect(plan).toMatch(/Decided by book\/bott-tu-differential-forms\/\S+: .*PW_weaving/);
  }, 60_000);
});
