/** Builds on money: where a budget ends, nothing has failed, and the next build goes on where this one stopped. */
import { describe, expect, it } from "vitest";
import type { Ceiling } from "../../src/agents/budget.ts";
import { Paying } from "../../src/agents/paying.ts";
import type { AgentRequest } from "../../src/agents/provider.ts";
import type { Event } from "../../src/events.ts";
import { agent, call } from "../../src/exec/action.ts";
import { type BuildOutcome, build } from "../../src/exec/build.ts";
import type { Address } from "../../src/graph/address.ts";
import { microsOf } from "../../src/money.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { type Answer, answer, used, type Wire, wireOf } from "../agents/paying.ts";
import { outputs, text, use } from "../agents/scripted.ts";
import { type Rig, rig } from "./rig.ts";

type Shelf = { readonly book: { readonly slug: string } };

const shelf = (...slugs: string[]) =>
  collection("book", { items: slugs.map((slug) => ({ slug })), key: (book: { slug: string }) => book.slug });

/** Two passes a book: an agent writes A, and B, which costs nothing, follows. */
const rules = (...slugs: string[]) => [
  rule({
    name: "A",
    each: shelf(...slugs),
    outputs: ({ book }: Shelf) => ({ out: file(`${book.slug}.md`) }),
    run: agent({ prompt: "p.md", maxTokens: 1000 }),
  }),
  rule({
    name: "B",
    each: shelf(...slugs),
    inputs: ({ book }: Shelf) => ({ a: file(`${book.slug}.md`) }),
    outputs: ({ book }: Shelf) => ({ out: file(`${book.slug}-b.md`) }),
    run: call(({ inputs }) => ({ outputs: { out: `after ${inputs.a}` } })),
  }),
];

const DONE = (): Answer => answer("", { content: [outputs({ out: "text" })], usage: used(1000, 900) });

interface Ran extends BuildOutcome {
  readonly events: readonly Event[];
  readonly paying: Paying;
}

/** One command: a build that pays. */
async function buy(
  made: Rig,
  wire: Wire,
  ceilings: Readonly<Record<string, Ceiling>>,
  spent: Readonly<Record<string, number>> = {},
  force = false,
  model = "m-1",
): Promise<Ran> {
  const events: Event[] = [];
  let paying: Paying | undefined;
  const emit = (event: Event): void => {
    events.push(event);
    paying?.heard(event);
  };
  const engine = made.open(emit);
  paying = new Paying(made.host, emit, {
    model,
    prices: { "m-1": [{ input: 1, output: 10, cacheWrite: 1, cacheWriteHour: 1 }] },
    ceilings: () => new Map(Object.entries(ceilings)),
    scopesOf: (address) => ["run", address.split("/").slice(0, 2).join("/")],
    spentBefore: () => new Map(Object.entries(spent).map(([scope, usd]) => [scope, microsOf(usd)])),
    margin: 1,
    alertAt: 0.8,
    generation: (address) => engine.traces.get(address as Address)?.run.at ?? "",
  });
  const never = new AbortController().signal;
  const outcome = await build(
    { ...engine, provider: paying.outer(paying.inner(wire)), held: (id) => paying.held(id) },
    { goals: ["all"], force, refresh: false, overwriteEdits: false, fail: "continue", drain: never, abort: never },
  );
  await paying.end();
  engine.stats.save();
  return { ...outcome, events, paying };
}

const ceiling = (usd: number, atCeiling: Ceiling["atCeiling"] = "pause"): Ceiling => ({
  amount: microsOf(usd),
  atCeiling,
  mend: "raise it",
});

/** What one call costs here, and what is set aside for it, in dollars. */
const CALL = 0.01;
const ASIDE = 0.0105;

const finished = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === "targetFinished" ? [event.target] : [])).sort();

function setup(...slugs: string[]): Rig {
  const made = rig(rules(...slugs));
  made.write("p.md", "Write.");
  return made;
}

describe("a ceiling on the run", () => {
  it("is not passed, stops without a failure, and says so once", async () => {
    const made = setup("u", "v", "w", "x", "y");
    const wire = wireOf(DONE);
    const ran = await buy(made, wire, { run: ceiling(3 * CALL) });
    expect(wire.asked.length).toBe(2);
    expect(ran.paying.budget.standing("run")?.spent).toBe(microsOf(2 * CALL));
    expect(ran.failures.size).toBe(0);
    expect([...ran.paused.values()].map((fault) => fault.exit)).toContain(5);
    expect(ran.summary).toMatchObject({ failed: 0, usd: 2 * CALL });
    expect(ran.events.filter((event) => event.type === "paused")).toHaveLength(1);
    expect(ran.events.some((event) => event.type === "targetFailed")).toBe(false);
    // What costs nothing goes on.
    expect(finished(ran.events)).toHaveLength(4);
  });

  it("raised, lets the next build go on where this one stopped", async () => {
    const made = setup("u", "v", "w");
    const wire = wireOf(DONE);
    await buy(made, wire, { run: ceiling(CALL + 0.001) });
    expect(wire.asked).toHaveLength(1);
    const again = await buy(made, wire, { run: ceiling(1) });
    expect(wire.asked).toHaveLength(3);
    expect(again.summary).toMatchObject({ failed: 0, blocked: 0 });
    expect(again.paused.size).toBe(0);
  });

  it("below the first call starts nothing else", async () => {
    const made = setup("u", "v", "w");
    const wire = wireOf(DONE);
    const ran = await buy(made, wire, { run: ceiling(ASIDE / 2) });
    expect(wire.asked).toEqual([]);
    expect(finished(ran.events)).toEqual([]);
    expect(ran.failures.size).toBe(0);
  });
});

describe("a book's ceiling", () => {
  const spent = { "book/u": 0.5 };

  it("that defers holds the book; the others are finished", async () => {
    const made = setup("u", "v", "w");
    const wire = wireOf(DONE);
    const ran = await buy(made, wire, { "book/u": ceiling(0.5, "defer") }, spent);
    expect(finished(ran.events)).toEqual(["book/v/A", "book/v/B", "book/w/A", "book/w/B"]);
    expect([...ran.paused.keys()]).toEqual(["book/u/A"]);
    expect(ran.paused.get("book/u/A" as Address)).toMatchObject({ exit: 5, where: "book/u" });
  });

  it("that pauses lets what is under way end, and starts no other", async () => {
    const made = rig(rules("u", "v", "w", "x", "y"), { limit: 2 });
    made.write("p.md", "Write.");
    const wire = wireOf(DONE);
    const ran = await buy(made, wire, { "book/w": ceiling(0.5, "pause") }, { "book/w": 0.5 });
    expect(wire.asked.map((sent) => sent.address)).toEqual(["book/u/A", "book/v/A"]);
    expect(finished(ran.events)).toEqual(["book/u/A", "book/u/B", "book/v/A", "book/v/B"]);
    // What was stopped on its way, then what may not be begun.
    expect([...ran.paused.keys()]).toEqual(["book/w/A", "book/x/A", "book/y/A"]);
  });
});

describe("a session that a budget stopped", () => {
  /** Reads something first, and then answers. */
  const twoTurns = (sent: AgentRequest): Answer =>
    sent.turn === 1
      ? answer("", {
          content: [text("let me see"), use("list", { glob: "*.md" })],
          stop: "tool_use",
          usage: used(1000, 900),
        })
      : DONE();

  it("goes on at its turn, and what it has is not bought again", async () => {
    const made = setup("u");
    const wire = wireOf(twoTurns);
    const stopped = await buy(made, wire, { run: ceiling(CALL + 0.002) });
    expect(stopped.paused.size).toBe(1);
    expect(wire.asked.map((sent) => sent.turn)).toEqual([1]);
    const ran = await buy(made, wire, { run: ceiling(1) });
    expect(wire.asked.map((sent) => sent.turn)).toEqual([1, 2]);
    expect(ran.paying.budget.standing("run")?.spent).toBe(microsOf(CALL));
    expect(made.read("u.md")).toBe("text\n");
  });

  it("that was finished is bought anew by --force", async () => {
    const made = setup("u");
    const wire = wireOf(twoTurns);
    await buy(made, wire, {});
    await buy(made, wire, {}, {}, true);
    expect(wire.asked.map((sent) => sent.turn)).toEqual([1, 2, 1, 2]);
  });
});

it("a model without a price stops the build at once, whoever finds out, and fails nothing", async () => {
  const made = setup("u", "v", "w");
  const wire = wireOf(DONE, { name: "another" });
  const ran = await buy(made, wire, {}, {}, false, "unheard-of");
  expect(wire.asked).toEqual([]);
  expect(ran.failures.size).toBe(0);
  expect(ran.paused.size).toBe(3);
  expect(ran.events.filter((event) => event.type === "paused")).toHaveLength(1);
});

it("a provider that says that no call can succeed stops the build at once, and fails nothing", async () => {
  const made = rig(rules("u", "v", "w", "x"), { limit: 2 });
  made.write("p.md", "Write.");
  const wire = wireOf(() => ({
    ok: false,
    error: {
      kind: "pause",
      error: "enforced_spend_limit_reached",
      usage: used(0, 0),
      fault: { what: "the account's limit is reached", where: "anthropic", mend: "raise it", exit: 5 },
    },
  }));
  const ran = await buy(made, wire, {});
  expect(wire.asked.length).toBeLessThanOrEqual(2);
  expect(ran.failures.size).toBe(0);
  expect([...ran.paused.values()][0]).toMatchObject({ what: "the account's limit is reached" });
});
