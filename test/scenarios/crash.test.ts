/** Builds that die, files that are damaged: nothing is half-written, nothing is believed that does not hold, and the next build goes on. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { dying, expectIntactChain, pointsOf } from "../crash/trial.ts";
import { Campaign, pilot, until } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const LOGS =
  /^manifests\/(traces\/[^/.]+\.json|campaign\.json|campaign\.log\.jsonl|cost_ledger\.jsonl|fasttrack_coverage\.md|\w+_report\.md)$/;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The files of a campaign, by path: without `.codex`, and without what tells when something was done. */
function filesOf(campaign: Campaign): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of readdirSync(campaign.root, { recursive: true, encoding: "utf8" })) {
    if (path.startsWith(".codex/") || LOGS.test(path) || !statSync(campaign.path(path)).isFile()) continue;
    files[path] = readFileSync(campaign.path(path), "utf8");
  }
  return files;
}

describe("a pilot that is killed", () => {
  let before: Record<string, string>;
  let after: Record<string, string>;
  let lines: number;

  beforeAll(async () => {
    const campaign = pilot();
    before = filesOf(campaign);
    const build = campaign.start("build", "--json", BOOK);
    const run = await build.ended;
    expect(run.code, run.err).toBe(0);
    after = filesOf(campaign);
    lines = run.out.trimEnd().split("\n").length;
    expect(lines).toBeGreaterThan(50);
  }, 60_000);

  // Spread over the build, each at a moment of its own within its tenth.
  const moments = Array.from({ length: 10 }, (_, tenth) => ({
    share: (tenth + Math.random()) / 10,
    pause: Math.floor(Math.random() * 15),
  }));

  test.each(moments)(
    "after $share of its events and $pause ms",
    async ({ share, pause }) => {
      const campaign = pilot();
      const build = campaign.start("build", "--json", BOOK);
      const events = Math.floor(share * lines);
      await until(() => build.text().split("\n").length > events, `${events} events have happened`);
      await new Promise((resolve) => setTimeout(resolve, pause));
      build.child.kill("SIGKILL");
      await build.ended;

      // Every file is as it was, or whole: what a target writes has been in the store first, under its digest.
      const isStored = (text: string): boolean =>
        campaign.exists(`.codex/cas/${digest(text).slice(0, 2)}/${digest(text).slice(2)}`);
      for (const [path, text] of Object.entries(filesOf(campaign))) {
        if (/\.codex-[\d-]+\.tmp$/.test(path)) continue;
        expect([path, text === before[path] || isStored(text)]).toEqual([path, true]);
      }
      for (const path of ["manifests/campaign.json", "manifests/traces/lawson-michelsohn-spin-geometry.json"]) {
        if (campaign.exists(path)) JSON.parse(campaign.read(path));
      }
      expectIntactChain(campaign);

      const second = campaign.codex("build", BOOK);
      expect(second.code, second.out + second.err).toBe(0);
      expect(filesOf(campaign)).toEqual(after);
      expectIntactChain(campaign);
      expect(JSON.parse(campaign.read("manifests/campaign.json")).books["lawson-michelsohn-spin-geometry"].status).toBe(
        "equivalence-covered",
      );
      const third = campaign.codex("build", BOOK);
      expect(third.out).toMatch(/Nothing to do: \d+ targets are fresh/);
      const verified = campaign.codex("ledger", "verify");
      expect(verified.code, verified.out).toBe(0);
    },
    60_000,
  );
});

describe("the pilot's integration, killed at every step of its commit", () => {
  test("is there as a whole or not at all, and its records agree", { timeout: 600_000 }, async () => {
    const before = pilot();
    const drafted = await before.start("build", `${BOOK}/P4_production`).ended;
    expect(drafted.code, drafted.out + drafted.err).toBe(0);
    const whole = before.clone();
    const names = (await pointsOf(whole, "build", `${BOOK}/integrate`)).filter((name) =>
      /commit|rename workspace|rename traces|write log|rename ledger/.test(name),
    );
    const [none, all] = [filesOf(before), filesOf(whole)];
    const paths = Object.keys(all).filter((path) => all[path] !== none[path]);
    // Two units, report, catalog, dependencies, connections: one rename each.
    expect(paths.length).toBe(6);
    expect(names.filter((name) => name === "rename workspace")).toHaveLength(paths.length);

    const seen = new Set<string>();
    for (const [index, name] of names.entries()) {
      const at = `kill:${name}:${names.slice(0, index + 1).filter((each) => each === name).length}`;
      const campaign = before.clone();
      campaign.env = dying({ CODEX_CRASH_AT: at });
      const build = campaign.start("build", `${BOOK}/integrate`);
      const run = await build.ended;
      expect([at, build.child.signalCode], run.out + run.err).toEqual([at, "SIGKILL"]);
      campaign.env = { NO_COLOR: "1" };
      // What takes the lock finishes the commit; this runs no target.
      const rebuilt = await campaign.start("ledger", "rebuild").ended;
      expect([at, rebuilt.code], rebuilt.out + rebuilt.err).toEqual([at, 0]);
      const found = filesOf(campaign);
      const done = paths.filter((path) => found[path] === all[path]);
      expect([at, done]).toEqual([at, done.length > 0 ? paths : []]);
      if (done.length === 0) for (const path of paths) expect([at, path, found[path]]).toEqual([at, path, none[path]]);
      seen.add(done.length > 0 ? "all" : "none");
      expectIntactChain(campaign);
      const last = await campaign.start("build", `${BOOK}/integrate`).ended;
      expect([at, last.code], last.out + last.err).toEqual([at, 0]);
      expect(filesOf(campaign)).toEqual(all);
      const verified = await campaign.start("ledger", "verify").ended;
      expect([at, verified.code], verified.out).toEqual([at, 0]);
    }
    expect([...seen].sort()).toEqual(["all", "none"]);
  });
});

const THINGS = `
import { call, collection, defineConfig, file, intermediate, product, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const draft = rule({ name: "draft", each: things, inputs: ({ thing }) => ({ from: file(\`in/\${thing}.txt\`) }), outputs: () => ({ text: intermediate() }), run: call(({ inputs }) => ({ outputs: { text: inputs.from.toUpperCase() } })) });
const final = rule({ name: "final", each: things, version: Number(process.env.FINAL ?? 1), inputs: ({ thing }) => ({ text: product(draft, { thing }, "text") }), outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: call(({ inputs }) => ({ outputs: { to: \`<\${inputs.text}>\` } })) });
export default defineConfig({ rules: [draft, final] });
`;

function things(): Campaign {
  const campaign = new Campaign({ "codex.config.ts": THINGS, "in/a.txt": "alpha", "in/b.txt": "beta" });
  const run = campaign.codex("build");
  expect(run.code, run.err).toBe(0);
  return campaign;
}

describe("a commit that a crash interrupted", () => {
  /** A workspace in which the commit of `a`'s end result was recorded and nothing of it written, as after a crash. */
  function interrupted(): { campaign: Campaign; trace: string } {
    const campaign = things();
    const traces = "manifests/traces/thing-a.json";
    const trace = campaign.read(traces);
    const earlier = `${trace
      .split("\n")
      .filter((line) => !line.includes("/final"))
      .join("\n")
      .replace(/,\n\}/, "\n}")}`;
    JSON.parse(earlier);
    campaign.write(traces, earlier);
    rmSync(campaign.path("out/a.txt"));
    // The store has the trace as the commit was to write it: its file is named by its digest.
    const record = {
      version: 1,
      at: "2026-01-01T00:00:00.000Z",
      files: [
        { path: "out/a.txt", before: "missing", after: digest("<ALPHA>") },
        { path: traces, before: digest(earlier), after: digest(trace) },
      ],
    };
    campaign.write(".codex/commits/1.json", `${JSON.stringify(record)}\n`);
    return { campaign, trace };
  }

  test("is finished by the next build, which then has nothing to do again", () => {
    const { campaign, trace } = interrupted();
    const run = campaign.codex("build");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toContain("A commit that a crash interrupted was finished (files: 2).");
    expect(run.out).toContain("Nothing to do: 4 targets are fresh");
    expect(campaign.read("out/a.txt")).toBe("<ALPHA>");
    expect(campaign.read("manifests/traces/thing-a.json")).toBe(trace);
    expect(readdirSync(campaign.path(".codex/commits"))).toEqual([]);
  });

  test("is finished by approve, before it looks", () => {
    const { campaign } = interrupted();
    const run = campaign.codex("approve", "thing/b");
    expect(run.code, run.err).toBe(0);
    expect(campaign.read("out/a.txt")).toBe("<ALPHA>");
    expect(readdirSync(campaign.path(".codex/commits"))).toEqual([]);
  });

  test("is finished by clean, which then takes back what was finished", () => {
    const { campaign } = interrupted();
    const run = campaign.codex("clean", "thing/a");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toContain("removed out/a.txt");
    expect(campaign.exists("out/a.txt")).toBe(false);
    expect(campaign.read("manifests/traces/thing-a.json")).not.toContain("thing/a");
    expect(readdirSync(campaign.path(".codex/commits"))).toEqual([]);
  });

  test("is left alone by those who only read", () => {
    const { campaign } = interrupted();
    const before = campaign.snapshot();
    expect(campaign.codex("build", "-n").out).toContain("thing/a/final");
    expect(campaign.codex("status").code).toBe(0);
    expect(campaign.snapshot()).toEqual(before);
  });

  test("does not overwrite what a person wrote meanwhile", () => {
    const { campaign } = interrupted();
    campaign.write("out/a.txt", "mine");
    const run = campaign.codex("build");
    expect(run.out).toContain("the edit stays");
    expect(campaign.read("out/a.txt")).toBe("mine");
  });
});

describe("a damaged trace file", () => {
  const TRACES = "manifests/traces/thing-a.json";
  const line = (text: string, change: (trace: Record<string, unknown>) => unknown): string => {
    const data = JSON.parse(text);
    const trace = data.targets["thing/a/final"];
    data.targets["thing/a/final"] = change(trace) ?? trace;
    return JSON.stringify(data);
  };
  let sound: Campaign;
  beforeAll(() => {
    sound = things();
  });

  test.each<[name: string, damage: (text: string) => string, what: RegExp]>([
    ["torn", (text) => text.slice(0, 200), /not readable as JSON/],
    [
      "with a merge conflict",
      (text) => text.replace("\n", "\n<<<<<<< HEAD\n").replace("\n}}", "\n=======\n>>>>>>> other\n}}"),
      /merge conflict/,
    ],
    [
      "of a later version",
      (text) => text.replace('"version":1', '"version":2'),
      /version 2, and this Codex reads version 1/,
    ],
    ["with a list of targets", () => '{"version":1,"targets":[]}', /hold no targets/],
    [
      "with a price in words",
      (text) => line(text, (trace) => ({ ...trace, run: { ...(trace.run as object), usd: "1" } })),
      /trace of thing\/a\/final is damaged/,
    ],
    [
      "with a time that is none",
      (text) => line(text, (trace) => ({ ...trace, run: { ...(trace.run as object), at: "yesterday" } })),
      /trace of thing\/a\/final is damaged/,
    ],
    ["with a number beyond all numbers", (text) => text.replace(/"seconds":[\d.]+/g, '"seconds":1e999'), /damaged/],
    [
      "with outputs outside",
      (text) => line(text, (trace) => ({ ...trace, outputs: { "../x": "0" } })),
      /trace of thing\/a\/final is damaged/,
    ],
  ])("%s is a fault that says which", (_name, damage, what) => {
    const campaign = sound.clone();
    campaign.write(TRACES, damage(campaign.read(TRACES)));
    const before = filesOf(campaign);
    for (const command of ["build", "status"]) {
      const run = campaign.codex(command);
      expect([command, run.code]).toEqual([command, 2]);
      expect(run.err).toMatch(what);
      expect(run.err).toContain(TRACES);
      expect(run.err).not.toContain("a mistake in Codex itself");
    }
    expect(filesOf(campaign)).toEqual(before);
  });

  test("stops every command that reads it, and is not written to", () => {
    const campaign = sound.clone();
    campaign.write(TRACES, "<<<<<<< HEAD\n");
    for (const args of [
      ["build", "-n"],
      ["build", "--force"],
      ["why", "thing/a"],
      ["graph"],
      ["approve", "all"],
      ["clean", "thing/a"],
    ]) {
      const run = campaign.codex(...args);
      expect([args, run.code]).toEqual([args, 2]);
      expect(run.err).toContain("merge conflict");
    }
    expect(campaign.read(TRACES)).toBe("<<<<<<< HEAD\n");
    expect(campaign.read("out/a.txt")).toBe("<ALPHA>");
  });

  test("a folder in its place is one, too", () => {
    const campaign = sound.clone();
    rmSync(campaign.path(TRACES));
    campaign.write(`${TRACES}/x`, "");
    const run = campaign.codex("status");
    expect(run.code).toBe(2);
    expect(run.err).toContain(TRACES);
  });
});

describe("the store", () => {
  const blobs = (campaign: Campaign): string[] =>
    readdirSync(campaign.path(".codex/cas"), { recursive: true, encoding: "utf8" })
      .map((name) => join(campaign.path(".codex/cas"), name))
      .filter((path) => statSync(path).isFile());
  const flip = (path: string): void => {
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
  };

  test("that was deleted takes no freshness with it", () => {
    const campaign = things();
    rmSync(campaign.path(".codex"), { recursive: true });
    expect(campaign.codex("build").out).toMatch(/Nothing to do: 4 targets are fresh/);
    expect(campaign.read("out/a.txt")).toBe("<ALPHA>");
  });

  test("that was deleted is filled again when something must run", () => {
    const campaign = things();
    rmSync(campaign.path(".codex"), { recursive: true });
    campaign.env = { ...campaign.env, FINAL: "2" };
    const run = campaign.codex("build");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/Targets: 4 ran/);
    expect(campaign.read("out/a.txt")).toBe("<ALPHA>");
  });

  test("in which bits have flipped: what a target must read is made again", () => {
    const campaign = things();
    for (const path of blobs(campaign)) flip(path);
    expect(campaign.codex("build").out).toMatch(/Nothing to do/);
    campaign.env = { ...campaign.env, FINAL: "2" };
    const run = campaign.codex("build");
    expect(run.code, run.out + run.err).toBe(0);
    expect([campaign.read("out/a.txt"), campaign.read("out/b.txt")]).toEqual(["<ALPHA>", "<BETA>"]);
    expect(campaign.codex("build").out).toMatch(/Nothing to do/);
  });

  test("in which bits have flipped: nothing wrong is ever restored", () => {
    const campaign = things();
    expect(campaign.codex("clean", "all").code).toBe(0);
    expect(campaign.exists("out/a.txt")).toBe(false);
    for (const path of blobs(campaign)) flip(path);
    const run = campaign.codex("build");
    expect(run.code, run.out + run.err).toBe(0);
    expect(run.out).toMatch(/Targets: 4 ran/);
    expect([campaign.read("out/a.txt"), campaign.read("out/b.txt")]).toEqual(["<ALPHA>", "<BETA>"]);
  });

  test("that is sound restores what was cleaned", () => {
    const campaign = things();
    campaign.codex("clean", "all");
    expect(campaign.codex("build").out).toMatch(/Targets: 0 ran, 4 restored/);
    expect(campaign.read("out/b.txt")).toBe("<BETA>");
  });
});
