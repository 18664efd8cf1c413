import { describe, expect, it, test } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import type { CachedAction } from "../../src/cache/actions.ts";
import { SharedCache } from "../../src/cache/shared-cache.ts";
import { SharedStore } from "../../src/cache/shared-store.ts";
import { Store } from "../../src/cache/store.ts";
import { disk } from "../artifact/disk.ts";
import { type CacheServer, cacheServer } from "./cache-server.ts";

const NEVER = new AbortController().signal;
const KEY = digestOf("key");

/** What a run left that asked `question`, was answered `answer`, and wrote that into a file. */
const action = (answer: string, products: Readonly<Record<string, string>> = {}, question = "in.md"): CachedAction => ({
  trace: {
    key: KEY,
    parts: {},
    soft: {},
    reads: [{ question: { kind: "read", ref: question }, answer: digestOf(answer) }],
    outputs: { "a.md": digestOf(answer) },
    products: Object.fromEntries(Object.entries(products).map(([name, text]) => [name, digestOf(text)])),
    amends: {},
    run: { at: "2026-11-22T00:00:00.000Z", seconds: 1, usd: 0, attempts: 1, agent: "engine" },
  },
  blobs: { "a.md": digestOf(answer) },
  files: {},
});

interface Here {
  readonly cache: SharedCache;
  readonly own: Store;
  readonly told: string[];
  put(...texts: string[]): readonly Digest[];
}

/** A machine of its own that shares the server. @param lastWait milliseconds that the end of a build waits at the most */
function machine(server: Pick<CacheServer, "url">, { push = true, limitMs = 5000, lastWait = 30_000 } = {}): Here {
  const { host } = disk();
  const own = new Store(host);
  const told: string[] = [];
  const clock = {
    after(ms: number, fn: () => void) {
      const timer = setTimeout(fn, ms === 30_000 ? lastWait : ms);
      return () => clearTimeout(timer);
    },
  };
  const store = new SharedStore(clock, { url: server.url, limitMs, token: () => undefined });
  const options = { push: () => push, mend: "Look at the token.", tell: (text: string) => void told.push(text) };
  const put = (...texts: string[]): readonly Digest[] => texts.map((text) => own.put(Buffer.from(text)));
  return { cache: new SharedCache(clock, store, own, options), own, told, put };
}

describe("SharedCache", () => {
  it("gives to one machine what another has left, with all that it wrote", async () => {
    const server = await cacheServer();
    const [a, b] = [machine(server), machine(server)];
    const made = action("text", { draft: "draft" });
    const digests = a.put("text", "draft");
    a.cache.keep(KEY, made);
    await a.cache.settled(NEVER);
    expect(server.asked.filter((each) => each.startsWith("PUT")).at(-1), "the result comes last").toBe(
      `PUT /ac/${KEY}`,
    );
    expect(await b.cache.results(KEY, NEVER)).toEqual([made]);
    expect(await b.cache.bring(digests, NEVER)).toBe(true);
    expect(digests.map((digest) => Buffer.from(b.own.get(digest)!).toString())).toEqual(["text", "draft"]);
    const asked = server.asked.length;
    expect(await b.cache.bring(digests, NEVER)).toBe(true);
    expect(server.asked.length, "what is here is not asked for").toBe(asked);
    expect([...a.told, ...b.told]).toEqual([]);
  });

  it("leaves nothing there where it is not to", async () => {
    const server = await cacheServer();
    const a = machine(server, { push: false });
    a.put("text");
    a.cache.keep(KEY, action("text"));
    await a.cache.settled(NEVER);
    expect(server.asked).toEqual([]);
  });

  it("leaves no result whose bytes are not all there", async () => {
    const server = await cacheServer();
    const a = machine(server);
    a.put("text");
    a.cache.keep(KEY, action("text", { draft: "gone" }));
    await a.cache.settled(NEVER);
    expect([...server.kept.keys()]).toEqual([`/cas/${digestOf("text")}`]);
  });

  it("keeps the results of one key that were answered otherwise", async () => {
    const server = await cacheServer();
    const machines = [machine(server), machine(server), machine(server)];
    for (const [index, each] of machines.entries()) {
      each.put(`${index % 2}`);
      each.cache.keep(KEY, action(`${index % 2}`));
      await each.cache.settled(NEVER);
    }
    expect(await machine(server).cache.results(KEY, NEVER)).toEqual([action("0"), action("1")]);
  });

  it("uploads a blob once", async () => {
    const server = await cacheServer();
    const a = machine(server);
    a.put("text");
    for (const key of ["1", "2", "3"]) a.cache.keep(digestOf(key), action("text"));
    await a.cache.settled(NEVER);
    expect(server.count("PUT /ac/")).toBe(3);
    expect(server.count("PUT /cas/")).toBeLessThanOrEqual(3);
    a.cache.keep(digestOf("4"), action("text"));
    a.cache.keep(digestOf("4"), action("text"));
    await a.cache.settled(NEVER);
    expect(server.count("PUT /cas/")).toBeLessThanOrEqual(5);
  });

  test.each<[string, string, boolean]>([
    ["no JSON", "{", true],
    ["a text", '"results"', true],
    ["a list of another version", '{"version":2,"results":[]}', false],
    ["nothing of the form of a result", '{"version":1,"results":[{"trace":{}},null,7]}', false],
    ["no list", '{"version":1}', false],
    [
      "another key's result",
      JSON.stringify({
        version: 1,
        results: [{ ...action("x"), trace: { ...action("x").trace, key: digestOf("other") } }],
      }),
      false,
    ],
  ])("takes nothing from %s", async (_, text, isTold) => {
    const server = await cacheServer();
    server.kept.set(`/ac/${KEY}`, Buffer.from(text));
    const a = machine(server);
    expect(await a.cache.results(KEY, NEVER)).toEqual([]);
    expect(a.told).toHaveLength(isTold ? 1 : 0);
  });

  it("refuses bytes that are others, says so once, and after three lies asks no more", async () => {
    const server = await cacheServer();
    const a = machine(server);
    const digests = ["1", "2", "3", "4", "5"].map((text) => digestOf(text));
    for (const digest of digests) server.kept.set(`/cas/${digest}`, Buffer.from("evil"));
    server.kept.set(`/cas/${digestOf("good")}`, Buffer.from("good"));
    expect(await a.cache.bring([digestOf("good"), digests[0]!], NEVER)).toBe(false);
    expect(a.own.get(digestOf("good")), "all of it, or nothing").toBeUndefined();
    for (const digest of digests) expect(await a.cache.bring([digest], NEVER)).toBe(false);
    for (const digest of [...digests, digestOf("evil")]) expect(a.own.has(digest)).toBe(false);
    expect(a.told).toEqual([
      `The shared cache at ${server.url} cannot be right: its bytes for ${digests[0]!.slice(0, 8)} are others. It was not used.`,
    ]);
    expect(server.count("GET /cas/")).toBe(1 + 3);
    expect(await a.cache.results(KEY, NEVER)).toEqual([]);
    expect(server.count("GET /ac/")).toBe(0);
  });

  it("does not take in what is too large, however true", async () => {
    const server = await cacheServer();
    const a = machine(server);
    const large = Buffer.alloc(16 * 1024 ** 2 + 1);
    server.kept.set(`/cas/${digestOf(large)}`, large);
    expect(await a.cache.bring([digestOf(large)], NEVER)).toBe(false);
    expect(a.told).toEqual([expect.stringContaining("longer than")]);
    const blobs = [1, 2, 3, 4, 5].map((fill) => Buffer.alloc(15 * 1024 ** 2, fill));
    for (const blob of blobs) server.kept.set(`/cas/${digestOf(blob)}`, blob);
    expect(
      await a.cache.bring(
        blobs.map((blob) => digestOf(blob)),
        NEVER,
      ),
      "75 MiB in all",
    ).toBe(false);
    expect(
      await a.cache.bring(
        blobs.slice(0, 2).map((blob) => digestOf(blob)),
        NEVER,
      ),
    ).toBe(true);
  });

  it("does not name what is no digest", async () => {
    const server = await cacheServer();
    const a = machine(server);
    expect(await a.cache.bring(["../../etc/passwd" as Digest], NEVER)).toBe(false);
    expect(server.asked).toEqual([]);
  });

  it("leaves a server alone that does not answer, says so once, and asks again in the next build", async () => {
    const server = await cacheServer();
    await server.close();
    const a = machine(server);
    a.put("text");
    for (let i = 0; i < 6; i++) {
      expect(await a.cache.results(digestOf(`${i}`), NEVER)).toEqual([]);
      expect(await a.cache.bring([KEY], NEVER)).toBe(false);
    }
    expect(a.told).toEqual([
      `The shared cache at ${server.url} is of no use (ECONNREFUSED): this build goes on without it.`,
    ]);
    await a.cache.settled(NEVER);
    for (let i = 0; i < 6; i++) await a.cache.results(digestOf(`${i}`), NEVER);
    expect(a.told).toHaveLength(2);
  });

  it("has as much patience as one answer after the other allows", async () => {
    const server = await cacheServer();
    let asked = 0;
    server.misbehave = (_, response) => {
      asked++;
      // Two of three fail, for ever.
      response.writeHead(asked % 3 === 0 ? 404 : 500).end();
      return true;
    };
    const a = machine(server);
    for (let i = 0; i < 12; i++) await a.cache.results(digestOf(`${i}`), NEVER);
    expect(asked).toBe(12);
    expect(a.told).toEqual([]);
  });

  it("takes a refusal for an answer, and says what to look at", async () => {
    const server = await cacheServer();
    server.refuse(401, "GET");
    const a = machine(server);
    for (let i = 0; i < 3; i++) await a.cache.results(digestOf(`${i}`), NEVER);
    expect(server.asked).toHaveLength(1);
    expect(a.told).toEqual([
      `The shared cache at ${server.url} is of no use (it answers 401): this build goes on without it. Look at the token.`,
    ]);
  });

  it("goes on reading where it may not write", async () => {
    const server = await cacheServer();
    server.refuse(403, "PUT");
    const a = machine(server);
    a.put("1", "2");
    a.cache.keep(digestOf("1"), action("1"));
    await a.cache.settled(NEVER);
    expect(a.told).toEqual([
      `The shared cache at ${server.url} is of no use (it answers 403): this build keeps nothing more there. Look at the token.`,
    ]);
    server.kept.set(`/ac/${KEY}`, Buffer.from(JSON.stringify({ version: 1, results: [action("x")] })));
    expect(await a.cache.results(KEY, NEVER)).toHaveLength(1);
  });

  it("waits at the end of a build, but not for ever", async () => {
    const server = await cacheServer();
    server.misbehave = (request) => request.method === "PUT";
    const a = machine(server, { lastWait: 50 });
    a.put("text");
    for (let i = 0; i < 20; i++) a.cache.keep(digestOf(`${i}`), action("text"));
    await a.cache.settled(NEVER);
    expect(a.told).toEqual([`The shared cache at ${server.url} is slow: 20 of the results were not kept there.`]);
    const asked = server.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.asked.length, "nothing goes on behind the end").toBe(asked);
  });

  it("ends at once when the build is stopped", async () => {
    const server = await cacheServer();
    server.misbehave = () => true;
    const a = machine(server);
    a.put("text");
    a.cache.keep(KEY, action("text"));
    const began = Date.now();
    await a.cache.settled(AbortSignal.abort());
    expect(Date.now() - began).toBeLessThan(2000);
    expect(a.told).toEqual([]);
  });
});
