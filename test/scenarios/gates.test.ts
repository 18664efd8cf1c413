/** Gates, escalations and the inbox, as a person at the keyboard meets them. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Campaign, type Run } from "./harness.ts";

/** A note is written by a replayed agent, approved, and then shouted. */
const CONFIG = `
import { agent, call, collection, defineConfig, defect, file, rule, again, toPerson } from "codex-build";
const notes = collection("note", { items: ["a", "b"], key: (note) => note });
const write = rule({ name: "write", each: notes, inputs: () => ({ source: file("source.txt") }), outputs: ({ note }) => ({ text: file(\`notes/\${note}.md\`) }),
  run: agent({ prompt: "prompts/write.md", tools: [] }), gate: "after",
  check: ({ outputs }) => outputs.text.includes("bad") ? [defect("it is bad", "line 1", "make it good")] : [],
  recovery: [again({ hint: "look closer" }), toPerson()] });
const shout = rule({ name: "shout", each: notes, inputs: ({ note }) => ({ text: file(\`notes/\${note}.md\`) }), outputs: ({ note }) => ({ loud: file(\`loud/\${note}.md\`) }),
  run: call(({ inputs }) => ({ outputs: { loud: inputs.text.toUpperCase() } })) });
export default defineConfig({ rules: [write, shout] /* more */ });
`;

const recording = (note: string, ...attempts: readonly string[]): string =>
  `recording: 1\naddress: note/${note}/write\nmade: { by: hand, on: 2026-01-01 }\nattempts:\n${attempts
    .map((text) => `  - turns: [{ outputs: { text: { text: ${JSON.stringify(text)} } } }]\n`)
    .join("")}`;

const campaign = (a: readonly string[], b: readonly string[], more = ""): Campaign =>
  new Campaign({
    "codex.config.ts": CONFIG.replace("/* more */", more),
    "source.txt": "a source\n",
    "prompts/write.md": "Write.\n{{inputs}}\n{{hint}}\n{{defects}}\n{{contract}}\n",
    "recordings/a/write.yaml": recording("a", ...a),
    "recordings/b/write.yaml": recording("b", ...b),
  });

interface Item {
  readonly address: string;
  readonly kind: string;
  readonly shown: string;
  readonly shows: readonly string[];
  readonly details: readonly string[];
}
const inbox = (of: Campaign): Item[] => JSON.parse(of.codex("inbox", "--format", "json").out).items as Item[];
const ok = (run: Run): Run => {
  expect(run.code, run.out + run.err).toBe(0);
  return run;
};

describe("the inbox", () => {
  test("says what waits, what to read, and the commands that answer; nothing is written", () => {
    const of = campaign(["one"], ["two"]);
    expect(ok(of.codex("inbox")).out).toBe("Nothing waits for you.\n");
    expect(of.codex("build").code).toBe(4);
    const before = of.snapshot();
    const text = ok(of.codex("inbox")).out;
    expect(text).toContain("note/a/write.gate (gate, shown ");
    expect(text).toContain("  read: notes/a.md");
    expect(text).toContain("codex approve note/a/write.gate");
    expect(text).toContain('codex reject note/a/write.gate --why "…"');
    expect(text).toMatch(/2 answers are needed\.\n$/);
    expect(ok(of.codex("inbox", "note/a", "--format", "md")).out).toContain("- **note/a/write.gate** (gate, shown `");
    expect(inbox(of)).toMatchObject(
      [
        {
          address: "note/a/write.gate",
          kind: "gate",
          shows: ["notes/a.md"],
          details: [/agent-a-write-1, model replay/],
        },
        { address: "note/b/write.gate" },
      ].map((item) => ({
        ...item,
        ...("details" in item ? { details: [expect.stringMatching(item.details![0]!)] } : {}),
      })),
    );
    expect(of.snapshot()).toEqual(before);
  });
});

describe("approve", () => {
  test("answers many gates by a glob", () => {
    const of = campaign(["one"], ["two"]);
    of.codex("build");
    expect(ok(of.codex("approve", "note/*/write.gate")).out.match(/^Approved by .*$/gm)).toHaveLength(2);
    ok(of.codex("build"));
    expect(of.read("loud/b.md")).toBe("TWO\n");
  });

  test("is for what was shown: not for what changed since", () => {
    const of = campaign(["one"], ["two"]);
    of.codex("build");
    const { shown } = inbox(of)[0]!;
    of.write("notes/a.md", "a person wrote this\n");
    const refused = of.codex("approve", "note/a/write.gate", "--shown", shown);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("it has changed since you looked");
    const now = inbox(of)[0]!.shown;
    ok(of.codex("approve", "note/a/write.gate", "--shown", now));
    of.write("notes/a.md", "and this\n");
    expect(of.codex("build", "note/a").code).toBe(4);
    expect(of.exists("loud/a.md")).toBe(false);
  });
});

describe("build --yes", () => {
  test("approves the gates that are named, in the name of whoever said so, and no others", () => {
    const of = campaign(["one"], ["two"]);
    expect(of.codex("build", "--yes", "nothing").err).toContain("name the gates that you grant: write");
    expect(of.codex("build", "--yes", "").code).toBe(2);
    expect(of.codex("build", "--yes", "note/a/write").code).toBe(4);
    expect([of.exists("loud/a.md"), of.exists("loud/b.md")]).toEqual([true, false]);
    expect(of.read("manifests/traces/note-a.json")).toMatch(/"agent":"person:[^"]+ \(--yes\)"/);
    ok(of.codex("build", "--yes", "write"));
    expect(of.exists("loud/b.md")).toBe(true);
  });
});

describe("reject", () => {
  test("makes the producer again, told why, and asks again", () => {
    const of = campaign(["one", "one, mended"], ["two"]);
    of.codex("build", "--yes", "note/b/write");
    const rejected = ok(of.codex("reject", "note/a/write.gate", "--why", "too short"));
    expect(rejected.out).toMatch(/^Rejected by .*: note\/a\/write; the next build makes it again$/m);
    const why = of.codex("why", "note/a/write").out;
    expect(why).toContain("note/a/write: stale");
    expect(why).toContain("person:answers");
    const again = of.codex("build");
    expect(again.code, again.err).toBe(4);
    expect(of.read("notes/a.md")).toBe("one, mended\n");
    expect(inbox(of).map(({ address }) => address)).toEqual(["note/a/write.gate"]);
    const answers = JSON.parse(of.read("manifests/answers/note/a/write.json")).answers;
    expect(answers).toMatchObject(
      [{ kind: "reject", why: "too short", attempts: 1, by: /person:/ }].map(({ by: _, ...each }) => each),
    );
    ok(of.codex("approve", "all"));
    ok(of.codex("build"));
    expect(of.read("loud/a.md")).toBe("ONE, MENDED\n");
    expect(ok(of.codex("build")).out).toContain("Nothing to do");
  });

  test("takes back an approval", () => {
    const of = campaign(["one", "one, mended"], ["two"]);
    ok(of.codex("build", "--yes", "write"));
    ok(of.codex("reject", "note/a/write.gate", "--why", "I was wrong"));
    expect(of.codex("build").code).toBe(4);
    expect(of.read("loud/a.md")).toBe("ONE\n");
  });

  test("needs a reason, and a gate", () => {
    const of = campaign(["one"], ["two"]);
    expect(of.codex("reject", "note/a/write.gate").code).toBe(2);
    expect(ok(of.codex("reject", "note/a/write.gate", "--why", "early")).out).toBe(
      "Nothing there waits for an answer.\n",
    );
  });
});

describe("an escalation", () => {
  test("is bought once: it waits until a person says how to go on", () => {
    const of = campaign(["bad", "bad again", "good"], ["two"]);
    const failed = of.codex("build", "--yes", "write");
    expect(failed.code).toBe(1);
    expect(failed.err).toContain("codex inbox");
    const waiting = of.codex("build", "--yes", "write");
    expect(waiting.code).toBe(4);
    expect(waiting.out).not.toContain("→ note/a/write");
    expect(waiting.out).toContain("Waiting for you: all attempts at note/a/write failed: codex inbox note/a/write");
    expect(inbox(of)).toMatchObject([
      { address: "note/a/write", kind: "escalation", details: ["line 1: it is bad — make it good"] },
    ]);
    // Approval is no answer to it.
    expect(ok(of.codex("approve", "note/a")).out).toBe("Nothing there waits for an answer.\n");
    ok(of.codex("answer", "note/a/write", "Write good instead."));
    const done = ok(of.codex("build", "--yes", "write"));
    expect(done.out).toMatch(/✓ note\/a\/write done .*3 attempts/);
    expect(of.read("loud/a.md")).toBe("GOOD\n");
    expect(inbox(of)).toEqual([]);
    expect(of.read("manifests/escalations.json")).not.toContain("note/a/write");
  });

  test("is answered by the outputs themselves, judged as an agent's are", () => {
    const of = campaign(["bad", "bad again"], ["two"]);
    of.codex("build");
    of.write("mine.md", "bad too\n");
    const refused = of.codex("answer", "note/a/write", "--output", "text=mine.md");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("it is bad");
    of.write("mine.md", "by hand\n");
    ok(of.codex("answer", "note/a/write", "--output", "text=mine.md"));
    expect(of.read("notes/a.md")).toBe("by hand\n");
    expect(of.read("manifests/traces/note-a.json")).toMatch(/"agent":"person:/);
    ok(of.codex("build", "--yes", "write"));
    expect(of.read("loud/a.md")).toBe("BY HAND\n");
  });

  test("is over when what it reads changes, and can be forced", () => {
    const of = campaign(["bad", "bad again"], ["two"]);
    of.codex("build");
    expect(of.codex("build", "--force", "note/a/write").out).toContain("→ note/a/write");
    of.write("recordings/a/write.yaml", recording("a", "good"));
    of.write("source.txt", "another source\n");
    const run = of.codex("build");
    expect(run.out).toContain("→ note/a/write");
    expect(run.code).toBe(4);
    expect(inbox(of).map(({ kind }) => kind)).toEqual(["gate", "gate"]);
  });

  test("is capped: too many open ones stop the campaign", () => {
    const of = campaign(["bad", "bad"], ["bad", "bad"], ", escalations: { perHour: 2 }, limit: 1");
    const first = of.codex("build");
    expect(first.err + first.out).toContain("2 escalations within an hour wait for a person: nothing new starts");
    const next = of.codex("build");
    expect(next.code).toBe(4);
    expect(next.err + next.out).toContain("codex inbox");
  });

  test("needs words or outputs, and something that gave up", () => {
    const of = campaign(["one"], ["two"]);
    expect(of.codex("answer", "note/a/write").err).toContain("give either an answer in words or the outputs");
    expect(of.codex("answer", "note/a/write", "words").err).toContain("nothing there has given up");
  });
});

describe("notify", () => {
  const NOTIFY = ', notify: ["node", "tell.mjs"]';
  const TELL = `let text = ""; process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => { import("node:fs").then((fs) => fs.appendFileSync("told.jsonl", text)); });`;

  test("tells a program once of each thing that waits", () => {
    const of = campaign(["one"], ["two"], NOTIFY);
    of.write("tell.mjs", TELL);
    of.codex("build", "note/a");
    of.codex("build", "note/a");
    of.codex("build");
    const told = of
      .read("told.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).waiting.map((item: Item) => item.address));
    expect(told.flat().sort()).toEqual(["note/a/write.gate", "note/b/write.gate"]);
  });

  test("never fails the build, and says that it failed", () => {
    for (const program of ["process.exit(3)", undefined]) {
      const of = campaign(["one"], ["two"], program === undefined ? ', notify: ["no-such-program"]' : NOTIFY);
      of.write("tell.mjs", program ?? "");
      const run = of.codex("build", "--yes", "note/a/write");
      expect(run.code).toBe(4);
      expect(run.out).toContain("The program that `notify` names failed");
      expect(existsSync(of.path("loud/a.md"))).toBe(true);
    }
  });
});
