/** A person's edits through the command line: explained, accepted, merged, given back, and existing work adopted. */
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Campaign, SHARED } from "./harness.ts";

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: [{ name: "a" }, { name: "b" }], key: (thing) => thing.name });
const copy = rule({
  name: "copy",
  each: things,
  inputs: ({ thing }) => ({ source: file(\`in/\${thing.name}.txt\`) }),
  outputs: ({ thing }) => ({ copy: file(\`out/\${thing.name}.txt\`) }),
  run: call(({ inputs }) => ({ outputs: { copy: inputs.source } })),
  check: ({ outputs }) => (outputs.copy.includes("bad") ? [{ what: "it is bad", where: "line 1", mend: "be good" }] : []),
});
const count = rule({
  name: "count",
  each: things,
  inputs: ({ thing }) => ({ copy: file(\`out/\${thing.name}.txt\`) }),
  outputs: ({ thing }) => ({ count: file(\`count/\${thing.name}.txt\`) }),
  run: call(({ inputs }) => ({ outputs: { count: String(inputs.copy.length) } })),
});
export default defineConfig({ rules: [copy, count] });
`;
const TEXT = "one\ntwo\nthree\nfour\nfive\n";
const MINE = TEXT.replace("two", "mine");
const campaign = (): Campaign => new Campaign({ "codex.config.ts": CONFIG, "in/a.txt": TEXT, "in/b.txt": TEXT });

describe("an edit", () => {
  test("is explained, accepted with a name and a reason, and merged into what the rule makes later", () => {
    const made = campaign();
    made.codex("build");
    made.write("out/a.txt", MINE);
    const why = made.codex("why", "thing/a/copy");
    expect(why.out).toMatch(/a\/copy: edited\n {2}because out\/a\.txt was changed by a person\n {6}- two\n {6}\+ mine/);
    expect(why.out).toContain("next: `codex accept thing/a/copy");
    expect(made.codex("accept", "thing/a/copy", "--why", " ").code).toBe(2);
    const accepted = made.codex("accept", "thing/a/copy", "--why", "it reads better");
    expect(accepted.code, accepted.err).toBe(0);
    expect(accepted.out).toMatch(/^Accepted by .*: out\/a\.txt \(thing\/a\/copy\)/);
    expect(accepted.out).toContain("1 target is stale for it.");
    expect(made.codex("why", "thing/a/copy").out).toMatch(
      /a\/copy: fresh\n[\s\S]*accepted: out\/a\.txt, by .*: it reads better/,
    );
    made.write("in/a.txt", TEXT.replace("four", "FOUR"));
    expect(made.codex("build").code).toBe(0);
    expect(made.read("out/a.txt")).toBe(MINE.replace("four", "FOUR"));
    expect(made.codex("build").out).toContain("Nothing to do");
  });

  test("counts what is stale for it, and not what was so before", () => {
    const made = campaign();
    made.codex("build", "thing/a/copy");
    made.write("out/a.txt", MINE);
    made.codex("build", "thing/a");
    expect(made.codex("accept", "thing/a/copy", "--why", "better").out).toContain("Nothing has to run for it.");
  });

  test("that cannot be merged waits for a person, outside of the target's file", () => {
    const made = campaign();
    made.codex("build");
    made.write("out/a.txt", MINE);
    made.codex("accept", "thing/a/copy", "--why", "better");
    made.write("in/a.txt", TEXT.replace("two", "TWO"));
    const build = made.codex("build");
    expect(build.code).toBe(4);
    const side = /at (\.codex\/conflicts\/\S+)/.exec(build.err)![1]!;
    expect(build.err).toContain("codex accept thing/a/copy");
    expect(made.read("out/a.txt")).toBe(MINE);
    expect(made.read(side)).toContain("<<<<<<<");
    expect(made.codex("accept", "thing/a/copy", "--why", "both").err).toContain("markers");
    expect(made.codex("why", "thing/a/copy").out).toContain(`writes what you have made of ${side}`);
    made.write(side, TEXT.replace("two", "TWO, mine"));
    expect(made.codex("accept", "thing/a/copy", "--why", "both").out).toContain("Merged by");
    expect(made.read("out/a.txt")).toBe(TEXT.replace("two", "TWO, mine"));
    expect(made.exists(side)).toBe(false);
    expect(made.codex("build").code).toBe(0);
  });

  test("that is overwritten can be had again with the command that is printed", () => {
    const made = campaign();
    made.codex("build");
    made.write("out/a.txt", MINE);
    made.write("in/a.txt", "new\n");
    const build = made.codex("build", "--overwrite-edits");
    const command = /codex (cache cat [0-9a-f]{64})/.exec(build.out)![1]!;
    expect(made.read("out/a.txt")).toBe("new\n");
    expect(made.codex(...command.split(" ")).out).toBe(MINE);
  });

  test("that the rule's check objects to is accepted all the same, and it is said", () => {
    const made = campaign();
    made.codex("build");
    made.write("out/a.txt", "bad\n");
    const accepted = made.codex("accept", "thing/a", "--why", "on purpose");
    expect(accepted.code).toBe(0);
    expect(accepted.out).toContain("the rule's check objects: line 1: it is bad — be good");
  });
});

describe("an explanation", () => {
  test("for scripts has the causes as a tree, and what a rebuild would cost", () => {
    const made = campaign();
    made.codex("build");
    made.write("in/a.txt", TEXT.replace("two", "TWO"));
    const { version, targets } = JSON.parse(made.codex("why", "thing/a/count", "--json").out);
    expect([version, targets.length]).toEqual([1, 1]);
    const source = { text: "in/a.txt was changed, and not by a target", because: [] };
    expect(targets[0]).toMatchObject({
      id: "thing/a/count",
      rule: "count",
      state: "pending",
      causes: [{ target: "thing/a/copy", text: "stale", because: [{ because: [source] }] }],
      roots: [source.text],
      needs: [{ id: "thing/a/copy", why: "copy" }],
      last: { agent: "engine", attempts: 1, reads: 0 },
      next: {
        run: ["thing/a/copy", "thing/a/count"],
        usd: 0,
        own: { basis: { kind: "history", runs: 2 } },
        commands: [{ does: "build", command: "codex build thing/a/count" }],
      },
    });
    const [reason] = JSON.parse(made.codex("why", "thing/a/copy", "--json").out).targets[0].reasons;
    expect(reason).toMatchObject({ kind: "inputChanged", diff: ["- two", "+ TWO"], from: expect.any(String) });
  });

  test("as a page goes to the file that is named", () => {
    const made = campaign();
    const before = made.snapshot();
    const run = made.codex("graph", "thing/a", "--format", "html", "-o", "page.html");
    expect(run.out).toBe("Wrote page.html: 2 targets.\n");
    expect(made.read("page.html")).toContain("<title>Codex: thing/a</title>");
    const { "page.html": _, ...rest } = made.snapshot();
    expect(Object.keys(rest)).toEqual(Object.keys(before));
    made.write("file", "");
    const refused = made.codex("graph", "-o", "file/page.html");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("cannot be written")]);
  });
});

describe("a change", () => {
  test("may be ignored with a reason: the target counts as up to date", () => {
    const made = campaign();
    made.codex("build");
    made.write("in/a.txt", `${TEXT} \n`);
    expect(made.codex("build", "--check").code).toBe(3);
    const adopted = made.codex("adopt", "thing/a/copy", "--why", "only blank space");
    expect(adopted.out).toContain("1 target adopted, 0 not, 0 fresh already. Nothing was run.");
    expect(made.codex("build", "--check").code).toBe(0);
    expect(made.codex("why", "thing/a/copy").out).toContain("only blank space");
  });
});

test("a person is shown what is to be read, and not what is only waited for", () => {
  const made = new Campaign({
    "in/a.txt": TEXT,
    "in/first.txt": TEXT,
    "codex.config.ts": `
      import { collection, defineConfig, file, orderOnly, person, rule } from "codex-build";
      const things = collection("thing", { items: [{ name: "a" }], key: (thing) => thing.name });
      const read = rule({
        name: "read",
        each: things,
        inputs: () => ({ text: file("in/a.txt"), first: orderOnly(file("in/first.txt")) }),
        outputs: () => ({}),
        run: person({ ask: "Read it" }),
      });
      export default defineConfig({ rules: [read] });
    `,
  });
  expect(made.codex("build").out).toContain("Waiting for you: Read it (in/a.txt): codex approve thing/a/read");
  expect(made.codex("why", "thing/a/read").out).not.toContain("shows in/first.txt");
});

describe("work that Codex did not make", () => {
  test("is adopted as far as it stands, and the rest says why not", () => {
    const made = campaign();
    made.write("out/a.txt", "by hand\n");
    made.write("count/a.txt", "8");
    made.write("out/b.txt", "bad\n");
    const before = made.snapshot();
    const preview = made.codex("adopt", "-n");
    expect(preview.out).toContain("✓ thing/a/copy would be adopted");
    expect(made.snapshot()).toEqual(before);
    expect(made.codex("adopt").code).toBe(2);
    const adopted = made.codex("adopt", "--why", "made before Codex");
    expect(adopted.out.split("\n")).toEqual([
      "✓ thing/a/copy adopted",
      "✓ thing/a/count adopted",
      "! thing/b/copy not adopted: its check fails: line 1: it is bad — be good",
      "! thing/b/count not adopted: its output count/b.txt is missing",
      "2 targets adopted, 2 not, 0 fresh already. Nothing was run.",
      "",
    ]);
    expect(made.codex("build", "thing/a").out).toContain("Nothing to do: 2 targets are fresh");
    expect(made.read("out/a.txt")).toBe("by hand\n");
    made.write("in/a.txt", "new\n");
    made.codex("build", "thing/a");
    expect(made.read("out/a.txt")).toBe("new\n");
  });
});

const CORPUS = join(SHARED, "corpus");
const present = existsSync(CORPUS);
if (!present) process.stdout.write("skipped: ../shared/corpus is not here, so nothing of it is adopted\n");

describe.skipIf(!present)("the corpus, as a campaign that began without Codex", () => {
  const corpus = new Campaign({
    "codex.config.ts": `
      import { defineConfig, fasttrack } from "codex-build";
      const { rules, campaign } = fasttrack();
      const pools = Object.fromEntries(rules.flatMap(({ pool }) => (pool === undefined ? [] : [[pool, 4]])));
      export default defineConfig({ rules, pools, campaign });
    `,
  });
  const FINISHED = ["book/bott-tu-differential-forms", "book/lawson-michelsohn-spin-geometry"];
  if (present) {
    cpSync(CORPUS, corpus.root, { recursive: true, mode: 0 });
    cpSync(fileURLToPath(new URL("../../manifests/books.yaml", import.meta.url)), corpus.path("manifests/books.yaml"));
    finish();
  }

  /** Puts a unit wherever the two finished books' plans say that there is one: the slice has some under other names. */
  function finish(): void {
    const units = readdirSync(corpus.path("content"), { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".md"),
    );
    const graph = JSON.parse(corpus.codex("graph", ...FINISHED, "--format", "json").out);
    for (const { rule, outputs } of graph.targets) {
      for (const { ref } of rule === "integrate" ? outputs : []) {
        if (!ref?.startsWith("content/") || corpus.exists(ref)) continue;
        const id = /^[\d.]+/.exec(basename(ref))![0];
        mkdirSync(dirname(corpus.path(ref)), { recursive: true });
        cpSync(
          corpus.path(`content/${units.find((path) => basename(path).startsWith(`${id}-`)) ?? units[0]}`),
          corpus.path(ref),
        );
      }
    }
  }

  test("says what stands in the way", () => {
    const run = corpus.codex("adopt", "-n");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/lawson-michelsohn-spin-geometry\/P1_audit not adopted: its check fails: /);
    expect(run.out).toMatch(/integrate\/1 not adopted: its output manifests\/reports\/.* is missing/);
    expect(run.out).toMatch(
      /hartshorne.* not adopted: plans\/fasttrack\/hartshorne-algebraic-geometry\.md: §3, line \d+/,
    );
    expect(run.out).toMatch(/Nothing is there of book\/ahlfors-complex-analysis, .*, and \d+ more/);
    expect(corpus.exists("manifests/traces")).toBe(false);
  });

  test("becomes fresh without a run: two finished books whole, the planned ones as far as they have come", () => {
    const run = corpus.codex("adopt", "--despite-checks", "--without", "manifests/**", "--why", "made before Codex");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/P3_plan adopted, in spite of \d+ defects that its check finds/);
    const plan = JSON.parse(corpus.codex("build", "-n", "--json", ...FINISHED).out);
    expect([plan.run, plan.waiting, plan.decided]).toEqual([[], [], []]);
    expect(plan.reused.length).toBeGreaterThan(70);
    const status = corpus.codex("status").out;
    for (const book of FINISHED) expect(status).toMatch(new RegExp(`${book} .*equivalence-covered`));
    expect(status).toMatch(/book\/shilov-linear-algebra .*production-ready/);
    expect(corpus.read("manifests/campaign.log.jsonl")).toContain('"rationale":"made before Codex"');
    // What is adopted is stale like anything else when what it reads changes.
    corpus.edit("plans/fasttrack/lawson-michelsohn-spin-geometry.md", "## §2. ", "## §2. New: ");
    const changed = JSON.parse(corpus.codex("build", "-n", "--json", FINISHED[1]!).out);
    expect(changed.run.map(({ id }: { id: string }) => id)).toContain(`${FINISHED[1]}/P3_plan`);
  });
});
