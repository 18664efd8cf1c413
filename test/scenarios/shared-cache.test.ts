/** Clones of a campaign on machines that share a cache, as processes. */
import { readdirSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CacheServer, cacheServer } from "../cache/cache-server.ts";
import { Campaign, pilot, type Run } from "./harness.ts";

const config = (cache: string): string => `
import { call, collection, command, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
export default defineConfig({ cache: ${cache}, rules: [
  rule({ name: "copy", each: things, inputs: ({ thing }) => ({ from: file("in/" + thing + ".txt") }),
    outputs: ({ thing }) => ({ to: file("out/" + thing + ".txt") }),
    run: call(({ inputs, ask }) => ({ outputs: { to: inputs.from + (ask("note.txt") ?? "") } })) }),
  rule({ name: "count", each: things, inputs: ({ thing }) => ({ from: file("out/" + thing + ".txt") }),
    outputs: ({ thing }) => ({ to: file("count/" + thing + ".txt") }),
    run: command(["wc", "-c"]) }),
] });
`;

const campaign = (cache: string): Campaign => {
  const made = new Campaign({ "codex.config.ts": config(cache), "in/a.txt": "one\n", "in/b.txt": "two\n" });
  made.env = { ...made.env, CI: undefined };
  return made;
};
/** The server is in this process: commands must not hold it up. */
const codex = (where: Campaign, ...args: string[]): Promise<Run> => where.start(...args).ended;
const sharing = ({ url }: CacheServer, more = "push: true"): string => `{ url: ${JSON.stringify(url)}, ${more} }`;

test("what one clone has built, the other does not run; who has nothing to do asks nothing", async () => {
  const server = await cacheServer();
  const [a, b] = [campaign(sharing(server)), campaign(sharing(server))];
  expect((await codex(a, "build")).out).toContain("Targets: 4 ran, 0 already fresh.");
  const left = server.asked.length;

  const plan = await codex(b, "build", "-n");
  expect(plan.out).toContain("To run: 4.");
  expect((await codex(b, "build", "--check")).code).toBe(3);
  expect((await codex(b, "status")).code).toBe(0);
  expect(server.asked.length, "who only looks asks nothing").toBe(left);

  const built = await codex(b, "build");
  expect(built).toMatchObject({ code: 0, err: "" });
  expect(built.out).toContain("✓ thing/a/count restored from the shared cache");
  expect(built.out).toContain("Targets: 0 ran, 4 restored (4 from the shared cache), 0 already fresh.");
  for (const path of ["out/a.txt", "count/b.txt", "manifests/traces/thing-a.json"])
    expect(b.read(path)).toBe(a.read(path));

  const asked = server.asked.length;
  for (const each of [a, b]) expect((await codex(each, "build")).out).toContain("Nothing to do");
  // What is here is not asked for there.
  rmSync(b.path("out"), { recursive: true });
  expect((await codex(b, "build")).out).toContain("2 restored, 2 already fresh");
  expect(server.asked.length).toBe(asked);

  b.write("in/a.txt", "other\n");
  expect((await codex(b, "build")).out).toContain("Targets: 2 ran, 2 already fresh.");
  a.write("in/a.txt", "other\n");
  const events = (await codex(a, "build", "--json")).out;
  expect(events).toMatch(/"how":"restored",.*"shared":true/);
  expect(events).toMatch(/"restored":2,.*"shared":2/);
});

describe("a store that is of no use", () => {
  const mute = (server: CacheServer): void => {
    server.misbehave = () => true;
  };
  test.each<[string, (server: CacheServer) => unknown, string]>([
    ["is not there", (server) => server.close(), "ECONNREFUSED"],
    ["never answers", mute, "no answer within 0.3 s"],
    ["is broken", (server) => server.refuse(500, "GET", "PUT"), "it answers 500"],
  ])("changes nothing where it %s, and is told of once", async (_, hurt, why) => {
    const server = await cacheServer();
    await hurt(server);
    const each = campaign(sharing(server, "push: true, timeout: 0.3"));
    const built = await codex(each, "build");
    expect(built).toMatchObject({ code: 0, err: "" });
    expect(built.out).toContain("Targets: 4 ran, 0 already fresh.");
    expect(built.out.split("The shared cache").length - 1).toBe(1);
    expect(built.out).toContain(
      `The shared cache at ${server.url} is of no use (${why}): this build goes on without it.`,
    );
    const doctor = await codex(each, "doctor");
    expect(doctor.code).toBe(0);
    expect(doctor.out).toMatch(/! warn +shared cache +\S+ is of no use/);
  });

  test("is not believed where its bytes are others", async () => {
    const server = await cacheServer();
    const [a, b] = [campaign(sharing(server)), campaign(sharing(server))];
    await codex(a, "build");
    for (const place of server.kept.keys()) if (place.startsWith("/cas/")) server.kept.set(place, Buffer.from("evil"));
    const built = await codex(b, "build");
    expect(built).toMatchObject({ code: 0, err: "" });
    expect(built.out).toContain("Targets: 4 ran");
    expect(built.out).toMatch(
      /The shared cache at \S+ cannot be right: its bytes for [0-9a-f]{8} are others. It was not used./,
    );
    for (const path of ["out/a.txt", "count/b.txt"]) expect(b.read(path)).toBe(a.read(path));
    const stored = readdirSync(b.path(".codex/cas"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => b.read(`${entry.parentPath.slice(b.root.length + 1)}/${entry.name}`));
    expect(stored).not.toContain("evil");
  });
});

test("the token is sent, and is to be found nowhere", async () => {
  const server = await cacheServer();
  const each = campaign(sharing(server, 'push: true, token: "CACHE_PASS"'));
  const secret = "dorothy-1900";
  each.env = { ...each.env, CACHE_PASS: secret };
  const built = await codex(each, "build", "--json");
  expect(built.code).toBe(0);
  expect(server.authorizations).toEqual(new Set([`Bearer ${secret}`]));
  server.refuse(401, "GET");
  each.write("in/a.txt", "new\n");
  const refused = await codex(each, "build");
  expect(refused.out).toContain(
    "is of no use (it answers 401): this build goes on without it. Look at the token in CACHE_PASS.",
  );
  const doctor = await codex(each, "doctor");
  expect(doctor.out).toContain("Look at the token in CACHE_PASS.");
  const files = Object.values(each.snapshot()).map((text) => Buffer.from(text.split(" ").at(-1)!, "base64").toString());
  expect(files.join("\n"), "files are looked at").toContain("wc");
  const printed = [built, refused, doctor].flatMap(({ out, err }) => [out, err]);
  expect([...printed, ...files, ...server.kept.values()].join("\n")).not.toContain(secret);
  each.env = { ...each.env, CACHE_PASS: undefined };
  expect((await codex(each, "doctor")).out).toContain("CACHE_PASS is not set.");
});

test("what is built is kept there in CI, and elsewhere where the configuration says so", async () => {
  const server = await cacheServer();
  const each = campaign(sharing(server, ""));
  await codex(each, "build");
  expect(server.count("GET /ac/")).toBe(4);
  expect(server.count("PUT")).toBe(0);
  expect((await codex(each, "doctor")).out).toContain("builds here take results from it, and keep none there");
  const inCi = campaign(sharing(server, ""));
  inCi.env = { ...inCi.env, CI: "true" };
  await codex(inCi, "build");
  expect(server.count("PUT /ac/")).toBe(4);
  const never = campaign(sharing(server, "push: false"));
  never.env = inCi.env;
  never.write("in/a.txt", "new\n");
  await codex(never, "build");
  expect(server.count("PUT /ac/")).toBe(4);
});

test("the pilot is built once: another clone has the same files to the byte, and runs nothing", async () => {
  const server = await cacheServer();
  const a = pilot();
  a.edit("codex.config.ts", "  agents: {", `  cache: ${sharing(server)},\n  agents: {`);
  const b = a.clone();
  expect((await codex(a, "build", "book/lawson-michelsohn")).out).toContain("Targets: 20 ran");
  const built = await codex(b, "build", "book/lawson-michelsohn");
  expect(built.out).toContain("Targets: 0 ran, 20 restored (20 from the shared cache)");
  const contents = (each: Campaign): Record<string, string> =>
    Object.fromEntries(
      Object.entries(each.snapshot())
        .filter(([path]) => !/^(\.codex|manifests\/(campaign\.log|cost_ledger)\.jsonl$)/.test(path))
        .map(([path, text]) => [path, text.split(" ").at(-1)!]),
    );
  expect(contents(b)).toEqual(contents(a));
  expect((await codex(b, "ledger", "verify")).code).toBe(0);
  const asked = server.asked.length;
  expect((await codex(b, "build", "book/lawson-michelsohn")).out).toContain("Nothing to do");
  expect(server.asked.length).toBe(asked);
}, 120_000);
