/** What happens in a build becomes lines of the campaign's logs, and its ledger. */
import { describe, expect, test } from "vitest";
import type { LogLine } from "../../src/campaign/audit-log.ts";
import type { CampaignView } from "../../src/campaign/campaign-view.ts";
import { readLines } from "../../src/campaign/jsonl.ts";
import { Recorder } from "../../src/campaign/recorder.ts";
import type { BookTarget } from "../../src/campaign/states.ts";
import type { Event } from "../../src/events.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Status } from "../../src/graph/evaluate.ts";
import type { Target } from "../../src/graph/target.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { type Disk, disk } from "../artifact/disk.ts";
import { bookOf, edited, failed, fresh, stale, targetsOf } from "./book.ts";

const AT = Date.parse("2026-01-02T03:04:05.678Z");
const SECOND = "2026-01-02T03:04:05Z";

const setup = (
  ...slugs: string[]
): {
  made: Disk;
  recorder: () => Recorder;
  log: () => LogLine[];
  cost: () => Record<string, unknown>[];
  ledger: () => string;
} => {
  const made = disk({ now: AT });
  const lines = (name: string): unknown[] => readLines(made.host, made.at(`manifests/${name}`));
  return {
    made,
    recorder: () =>
      new Recorder(
        made.host,
        made.at("manifests"),
        slugs.map((slug) => bookOf(slug)),
      ),
    log: () => lines("campaign.log.jsonl") as LogLine[],
    cost: () => lines("cost_ledger.jsonl") as Record<string, unknown>[],
    ledger: () => made.read("manifests/campaign.json"),
  };
};

const settled = (target: string): Event => ({
  type: "callSettled",
  at: AT,
  target,
  attempt: 1,
  turn: 1,
  call: "c-1",
  model: "m-1",
  usage: { ...NO_USAGE, usd: 0.18 },
  seconds: 215,
  outcome: "answered",
});
const finished = (target: string, changes: object = {}): Event => ({
  type: "targetFinished",
  at: AT,
  target,
  how: "ran",
  seconds: 1,
  usd: 0,
  attempts: 1,
  agent: "agent-a1",
  reasons: ["never built", "input audit changed"],
  changed: true,
  ...changes,
});
const failure = (target: string): Event => ({
  type: "targetFailed",
  at: AT,
  target,
  attempts: 3,
  seconds: 1,
  fault: { what: "no unit passes", where: target, mend: "look", exit: 1 },
});

/** The targets of books as they stand: `x/P1_audit`, fresh or not. */
function viewOf(byName: Readonly<Record<string, Status>>): CampaignView & { readonly asked: string[] } {
  const targets: BookTarget[] = Object.entries(byName).flatMap(([name, status]) => {
    const [slug, ...rest] = name.split("/");
    return targetsOf({ [rest.join("/")]: status }).map((target) => ({
      ...target,
      id: `book/${slug}/${rest.join("/")}` as Address,
    }));
  });
  const of = (id: Address): BookTarget => targets.find((target) => target.id === id)!;
  const asked: string[] = [];
  return {
    asked,
    targets: targets.map(({ id, rule }) => ({ id, rule }) as Target),
    status: (id) => {
      asked.push(id);
      return of(id).status;
    },
    trace: (id) => of(id).trace,
  };
}

test("a call is a line of the cost ledger, and none of the log", () => {
  const { recorder, cost, log } = setup("x");
  recorder().record(settled("book/x/P1_audit"));
  expect(cost()).toMatchObject([{ book: "x", pass: "P1_audit", cost_usd: 0.18, call: "c-1" }]);
  expect(log()).toEqual([]);
});

describe("the audit log of passes", () => {
  test("says who finished a target, and why it ran", () => {
    const { recorder, log } = setup("x");
    recorder().record(finished("book/x/P1_audit"));
    expect(log()).toMatchObject([
      {
        n: 1,
        at: SECOND,
        kind: "pass",
        address: "book/x/P1_audit",
        from: "pending",
        to: "completed",
        actor: "agent-a1",
        rationale: "never built; input audit changed",
      },
    ]);
  });

  test("tells what was restored from what ran", () => {
    const { recorder, log } = setup("x");
    recorder().record(finished("book/x/P1_audit", { how: "restored" }));
    expect(log()[0]).toMatchObject({ to: "completed (restored)" });
  });

  test("says what went wrong with a target that failed", () => {
    const { recorder, log } = setup("x");
    recorder().record(failure("book/x/P2_gap"));
    expect(log()).toMatchObject([
      { kind: "pass", address: "book/x/P2_gap", to: "failed", actor: "engine", rationale: "no unit passes" },
    ]);
  });

  test("passes over what changes no state", () => {
    const { recorder, log, cost } = setup("x");
    const target = "book/x/P1_audit";
    for (const event of [
      { type: "buildStarted", at: AT, goals: ["all"], targets: 1, provider: "replay" },
      { type: "targetStarted", at: AT, target, executor: "agent", reasons: [] },
      { type: "attemptFailed", at: AT, target, attempt: 1, defects: ["d"], next: "again" },
      { type: "notice", at: AT, text: "t" },
      {
        type: "buildFinished",
        at: AT,
        summary: { ran: 0, restored: 0, fresh: 1, failed: 0, waiting: 0, blocked: 0, seconds: 0, usd: 0 },
      },
    ] satisfies Event[]) {
      recorder().record(event);
    }
    expect([...log(), ...cost()]).toEqual([]);
  });
});

describe("the audit log of books", () => {
  const bookLines = (log: readonly LogLine[]): unknown[] =>
    log.filter((line) => line.kind === "book").map(({ address, from, to }) => [address, from, to]);

  test("has a line when a book's state changes, and none while it stays", () => {
    const { recorder, log } = setup("x");
    const one = recorder();
    one.observe(viewOf({ "x/P1_audit": stale, "x/P2_gap": stale }));
    expect(log()).toEqual([]);
    one.record(finished("book/x/P1_audit"));
    one.observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": stale }));
    one.observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": stale }));
    one.record(finished("book/x/P2_gap"));
    one.observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": fresh }));
    expect(bookLines(log())).toEqual([
      ["book/x", "draft", "audited"],
      ["book/x", "audited", "gap-analysed"],
    ]);
    expect(log()[1]).toMatchObject({
      at: SECOND,
      actor: "agent-a1",
      rationale:
        "the book is in the list; now plan §1.1–1.7 are filled, at least three sources cited (1 of 2 targets are settled)",
    });
  });

  test("goes on from what the log says, not from what the first look shows", () => {
    const { recorder, log } = setup("x");
    recorder().observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": stale }));
    // Killed after the gap analysis was written and before the log was; or approved in between, or edited.
    recorder().observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": fresh }));
    recorder().observe(viewOf({ "x/P1_audit": stale, "x/P2_gap": fresh }));
    recorder().observe(viewOf({ "x/P1_audit": stale, "x/P2_gap": fresh }));
    expect(bookLines(log())).toEqual([
      ["book/x", "draft", "audited"],
      ["book/x", "audited", "gap-analysed"],
      ["book/x", "gap-analysed", "draft"],
    ]);
  });

  test("a failure takes a book back, and says so", () => {
    const { recorder, log } = setup("x");
    const one = recorder();
    one.observe(viewOf({ "x/P1_audit": fresh }));
    one.record(failure("book/x/P1_audit"));
    one.observe(viewOf({ "x/P1_audit": failed }));
    expect(bookLines(log()).at(-1)).toEqual(["book/x", "audited", "draft"]);
  });

  test("an edit by a person does not", () => {
    const { recorder, log } = setup("x");
    recorder().observe(viewOf({ "x/P1_audit": fresh }));
    recorder().observe(viewOf({ "x/P1_audit": edited }));
    expect(bookLines(log())).toHaveLength(1);
  });

  test("looks at all books once, and then at those that something happened to", () => {
    const { recorder, log } = setup("x", "y");
    const one = recorder();
    one.observe(viewOf({ "x/P1_audit": stale, "y/P1_audit": fresh }));
    one.record(finished("book/x/P1_audit"));
    const after = viewOf({ "x/P1_audit": fresh, "y/P1_audit": fresh });
    one.observe(after);
    expect(after.asked).toEqual(["book/x/P1_audit"]);
    expect(bookLines(log())).toEqual([
      ["book/y", "draft", "audited"],
      ["book/x", "draft", "audited"],
    ]);
  });

  test("a book that another one's work moved has its line by the end of the build", () => {
    const { recorder, log } = setup("x", "y");
    const one = recorder();
    one.observe(viewOf({ "x/P1_audit": stale, "y/P1_audit": fresh }));
    one.record(finished("book/x/P1_audit"));
    const after = viewOf({ "x/P1_audit": fresh, "y/P1_audit": stale });
    one.observe(after);
    one.project(after);
    expect(bookLines(log()).at(-1)).toEqual(["book/y", "audited", "draft"]);
  });

  test("is about the campaign's books only", () => {
    const { recorder, log } = setup("x");
    const one = recorder();
    one.record(finished("flow/f/PA_trajectory"));
    one.observe(viewOf({ "stranger/P1_audit": fresh }));
    expect(bookLines(log())).toEqual([]);
  });

  test("a log that a person damaged is no reason to stop", () => {
    const { recorder, log, made } = setup("x");
    made.write(
      "manifests/campaign.log.jsonl",
      'null\n42\n"text"\n{"kind":"book"}\n{"n":4,"kind":"book","address":"book/x","to":"audited","hash":"h"}\n',
    );
    recorder().observe(viewOf({ "x/P1_audit": fresh, "x/P2_gap": fresh }));
    expect(log().at(-1)).toMatchObject({ n: 5, prev: "h", from: "audited", to: "gap-analysed" });
  });
});

describe("the ledger", () => {
  test("is written where it says something new, and left alone where it does not", () => {
    const { recorder, ledger, made } = setup("x");
    const { fs } = made.host;
    recorder().project(viewOf({ "x/P1_audit": fresh }));
    expect(JSON.parse(ledger()).books.x).toMatchObject({ status: "audited" });
    const before = fs.statSync(made.at("manifests/campaign.json"), { bigint: true });
    recorder().project(viewOf({ "x/P1_audit": fresh }));
    expect(fs.statSync(made.at("manifests/campaign.json"), { bigint: true }).ino).toBe(before.ino);
    recorder().project(viewOf({ "x/P1_audit": stale }));
    expect(JSON.parse(ledger()).books.x).toMatchObject({ status: "draft" });
  });

  test("that was never finished leaves nothing behind", () => {
    const { recorder, made } = setup("x");
    const view = viewOf({ "x/P1_audit": fresh });
    recorder().project(view);
    // Killed between the writing of the new ledger beside the old one and its renaming.
    made.write("manifests/.codex-4711-3.tmp", '{"version":1,');
    made.write("manifests/.other.tmp", "a person's");
    recorder().project(view);
    expect(made.host.fs.readdirSync(made.at("manifests")).toSorted()).toEqual([
      ".other.tmp",
      "campaign.json",
      "campaign.log.jsonl",
      "fasttrack_coverage.md",
      "weaving_report.md",
    ]);
  });

  test("that was deleted or damaged comes back the same", () => {
    const { recorder, ledger, made } = setup("x", "y");
    const view = viewOf({ "x/P1_audit": fresh, "y/P1_audit": stale });
    recorder().project(view);
    const before = ledger();
    made.host.fs.rmSync(made.at("manifests/campaign.json"));
    recorder().project(view);
    expect(ledger()).toBe(before);
    made.write("manifests/campaign.json", before.slice(0, 100));
    recorder().project(view);
    expect(ledger()).toBe(before);
  });
});

describe("the current owner", () => {
  const ownerOf = (text: string): unknown =>
    (JSON.parse(text) as { books: { x: { current_owner: unknown } } }).books.x.current_owner;
  const started = (target: string): Event => ({
    type: "targetStarted",
    at: AT,
    target,
    executor: "agent",
    reasons: [],
  });

  test("is the weaver, while it is at work, and the ledger says so meanwhile", () => {
    const { recorder, ledger } = setup("x");
    const view = viewOf({ "x/P1_audit": fresh, "x/PW_weaving": stale });
    const one = recorder();
    one.record(started("book/x/P1_audit"));
    one.observe(view);
    one.record(started("book/x/PW_weaving"));
    one.observe(view);
    expect(ownerOf(ledger())).toBe("book/x/PW_weaving");
    expect(ledger()).toContain('"owner_since": "2026-01-02T03:04:05.678Z"');
    one.record(finished("book/x/PW_weaving"));
    one.observe(view);
    expect(ownerOf(ledger())).toBe(null);
  });

  test("is nobody once the command has ended, however it ended", () => {
    const { recorder, ledger } = setup("x");
    const one = recorder();
    one.record(started("book/x/PW_weaving/2"));
    one.project(viewOf({ "x/PW_weaving": stale }));
    expect(ownerOf(ledger())).toBe(null);
  });
});

describe("what people put off", () => {
  const deferral = { why: "later", by: "person:ada", at: SECOND };

  test("is in the ledger, in the log and in the coverage", () => {
    const { made, recorder, log, ledger } = setup("x", "y");
    made.write(
      "manifests/deferrals.json",
      JSON.stringify({
        version: 1,
        books: { x: { units: { "01.01.01": deferral } }, y: { book: deferral, units: {} } },
      }),
    );
    recorder().project(viewOf({ "x/P1_audit": fresh }));
    const { books } = JSON.parse(ledger()) as { books: Record<string, object> };
    expect(books.x).toMatchObject({ status: "audited", side_states: ["deferred", "equivalence-partial"] });
    expect(books.y).toMatchObject({ status: "deferred", side_states: ["deferred"] });
    expect(log().map(({ kind, address, to }) => [kind, address, to])).toEqual([
      ["book", "book/x", "audited"],
      ["side", "book/x", "deferred"],
      ["side", "book/x", "equivalence-partial"],
      ["book", "book/y", "deferred"],
      ["side", "book/y", "deferred"],
    ]);
    expect(made.read("manifests/fasttrack_coverage.md")).toMatch(
      /\| x \| 3\.35 \| audited \(deferred, .* \| 01\.01\.01 \|/,
    );
  });

  test("that cannot be read is said, not ignored", () => {
    const { made, recorder } = setup("x");
    made.write("manifests/deferrals.json", "{");
    expect(() => recorder().project(viewOf({}))).toThrow("the deferrals cannot be read");
  });
});

test("what a person answers is a line of its own kind", () => {
  const { recorder, log } = setup("x");
  recorder().answered({
    address: "book/x/P2_gap.gate",
    from: "waiting",
    to: "rejected",
    actor: "person:ada",
    rationale: "no",
  });
  expect(log()).toMatchObject([{ kind: "answer", to: "rejected", actor: "person:ada", rationale: "no" }]);
});
