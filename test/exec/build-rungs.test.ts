/** Rungs that let an attempt stand, ladders that end with a person, and what a person's answer does. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { again, agent, call, defect, degrade, narrow, route } from "../../src/exec/action.ts";
import { addAnswer } from "../../src/exec/answers.ts";
import { Escalations } from "../../src/exec/escalations.ts";
import type { Address } from "../../src/graph/address.ts";
import { type Rule, type RuleSpec, rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { outputs, scripted } from "../agents/scripted.ts";
import { one, rig } from "./rig.ts";

type Spec = Partial<RuleSpec<{ readonly book: { slug: string } }>>;
const making = (spec: Spec & Pick<RuleSpec<never>, "run">): Rule =>
  rule({ name: "A", each: one, outputs: () => ({ text: file("a.txt") }), ...spec });
const short = (text = "short"): Spec & Pick<RuleSpec<never>, "run"> => ({
  run: call(() => ({ outputs: { text }, defects: [defect("too short")] })),
});

describe("an attempt that is let stand", () => {
  it("is written as the rung says, and every record names the state", async () => {
    const { build, read, trace } = rig([
      making({
        ...short(),
        recovery: [degrade({ state: "reduced", settle: ({ outputs: made }) => ({ text: `${made?.text}, accepted` }) })],
      }),
    ]);
    const built = await build();
    expect(read("a.txt")).toBe("short, accepted");
    expect(trace("book/x/A")?.run).toMatchObject({ state: "reduced", attempts: 1 });
    expect(built.events.find(({ type }) => type === "targetFinished")).toMatchObject({ state: "reduced" });
    expect(built.events.find(({ type }) => type === "attemptFailed")).toMatchObject({ next: "it stands as reduced" });
    expect((await build()).summary).toMatchObject({ ran: 0, fresh: 1 });
  });

  it("goes on to the next rung where it does not apply", async () => {
    let attempts = 0;
    const { build, trace } = rig([
      making({
        run: call(() => {
          attempts++;
          return attempts === 1 ? { outputs: {}, defects: [defect("no")] } : { outputs: { text: "good" } };
        }),
        recovery: [route({ to: "elsewhere", settle: () => undefined }), again()],
      }),
    ]);
    expect((await build()).summary).toMatchObject({ ran: 1 });
    expect(trace("book/x/A")?.run.state).toBeUndefined();
  });

  it("may come from nothing at all, and writes what the rule declares, no more", async () => {
    const settled = (text: Record<string, string>): Rule[] => [
      making({
        run: call(() => ({ outputs: {}, defects: [defect("nothing found")] })),
        recovery: [degrade({ state: "reduced", settle: ({ defects }) => ({ ...text, text: defects[0]!.what }) })],
      }),
    ];
    const good = rig(settled({}));
    await good.build();
    expect(good.read("a.txt")).toBe("nothing found");
    expect((await rig(settled({ other: "x" })).build()).fault("book/x/A").what).toContain("other");
  });

  it("has the restored state when it is restored", async () => {
    const made = rig([making({ ...short(), recovery: [route({ to: "b", settle: ({ outputs: text }) => text })] })]);
    await made.build();
    fs.rmSync(made.at("a.txt"));
    const built = await made.build();
    expect(built.summary).toMatchObject({ restored: 1 });
    expect(made.trace("book/x/A")?.run.state).toBe("needs-rework");
  });
});

describe("a narrowed attempt", () => {
  it("is given what the last one made", async () => {
    const provider = scripted(({ attempt }) => [outputs({ text: attempt < 3 ? `draft ${attempt}` : "good" })]);
    const { write, build } = rig(
      [
        making({
          run: agent({ prompt: "p.md" }),
          check: ({ outputs: made }) => (made.text === "good\n" ? [] : [defect("bad")]),
          recovery: [again(), narrow("only the end")],
        }),
      ],
      { provider },
    );
    write("p.md", "{{inputs}}\n{{hint}}\n{{defects}}\n{{contract}}");
    await build();
    const said = provider.requests.map(({ messages }) => JSON.stringify(messages));
    expect(said.map((text) => text.includes("draft"))).toEqual([false, false, true]);
    expect(said[2]).toContain("draft 2");
    expect(said[2]).toContain("previous/text");
  });
});

describe("escalations", () => {
  const escalation = (target: string, at: number) => ({
    target: target as Address,
    key: "0" as never,
    at: new Date(at).toISOString(),
    attempts: 3,
    usd: 1,
    defects: ["bad"],
  });
  const NOW = Date.parse("2026-01-01T12:00:00Z");

  it("are kept on disk, and forgotten when they are no longer open", () => {
    const { host } = rig([]);
    const first = new Escalations(host, "manifests/escalations.json");
    first.raise(escalation("book/x/B", NOW));
    first.raise(escalation("book/x/A", NOW));
    const second = new Escalations(host, "manifests/escalations.json");
    expect(second.all().map(({ target }) => target)).toEqual(["book/x/A", "book/x/B"]);
    second.prune(({ target }) => target === "book/x/B");
    expect(new Escalations(host, "manifests/escalations.json").of("book/x/A" as Address)).toBeUndefined();
  });

  it("stop what is new at so many within an hour, or so many in all", () => {
    const { host } = rig([]);
    const caps = { perHour: 2, open: 4 };
    const at = (hoursAgo: number): number => host.now() - hoursAgo * 3_600_000;
    const escalations = new Escalations(host, "manifests/escalations.json", caps);
    const raise = (target: string, hoursAgo: number): string | undefined => {
      escalations.raise(escalation(target, at(hoursAgo)));
      return escalations.overCap(() => true)?.what;
    };
    expect(raise("a", 5)).toBeUndefined();
    expect(raise("b", 4)).toBeUndefined();
    expect(raise("c", 3)).toBeUndefined();
    expect(raise("d", 2)).toContain("4 open escalations");
    expect(escalations.overCap(({ target }) => target !== "a")).toBeUndefined();
    escalations.prune(() => false);
    expect(raise("e", 0)).toBeUndefined();
    expect(raise("f", 0)).toContain("2 escalations within an hour");
  });

  it("that cannot be read are said, not forgotten", () => {
    const { host, write } = rig([]);
    write("manifests/escalations.json", "{");
    expect(() => new Escalations(host, "manifests/escalations.json").all()).toThrow("the escalations cannot be read");
  });
});

describe("an answer", () => {
  it("makes the target stale by name; its attempts are counted on, and told it", async () => {
    const provider = scripted(({ attempt }) => [outputs({ text: `made ${attempt}` })]);
    const made = rig([making({ run: agent({ prompt: "p.md" }) })], { provider });
    made.write("p.md", "{{inputs}}|{{hint}}|{{defects}}|{{contract}}");
    await made.build();
    const answer = { at: "2026-01-01T00:00:00Z", by: "person:ada", shown: "0" };
    addAnswer(made.host, "manifests/answers", "book/x/A" as Address, {
      ...answer,
      kind: "reject",
      why: "too dull",
      attempts: 1,
    });
    addAnswer(made.host, "manifests/answers", "book/x/A" as Address, {
      ...answer,
      kind: "hint",
      why: "use frames",
      attempts: 4,
    });
    const built = await made.build();
    expect(built.events.find(({ type }) => type === "targetStarted")).toMatchObject({
      reasons: ["input person:answers is new"],
    });
    expect(made.read("a.txt")).toBe("made 5\n");
    const said = JSON.stringify(provider.requests.at(-1)?.messages);
    expect(said).toContain("|use frames|- person:ada rejected it: too dull");
    // The file itself is no input of the prompt.
    expect(said).not.toContain("manifests/answers");
    expect(said).not.toContain("person:answers");
    expect((await made.build()).summary).toMatchObject({ ran: 0, fresh: 1 });
  });

  it("that cannot be read fails the target, and says which file", async () => {
    const made = rig([making({ run: call(() => ({ outputs: { text: "a" } })) })]);
    made.write("manifests/answers/book/x/A.json", "[]");
    expect((await made.build()).fault("book/x/A").what).toContain("the answers cannot be read");
  });
});
