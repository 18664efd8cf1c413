import { describe, expect, it, test } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { SharedStore, type StorePlace } from "../../src/cache/shared-store.ts";
import { cacheServer } from "./cache-server.ts";

const NEVER = new AbortController().signal;
const PLACE: StorePlace = `cas/${digestOf("x")}`;
const CLOCK = {
  after(ms: number, fn: () => void) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

const storeAt = (url: string, token?: string, limitMs = 5000): SharedStore =>
  new SharedStore(CLOCK, { url, limitMs, token: () => token });

describe("SharedStore", () => {
  it("gives back what it was given, below the path of its URL", async () => {
    const server = await cacheServer();
    const store = storeAt(`${server.url}/pool//`);
    expect(await store.get(PLACE, 100, NEVER)).toEqual({ ok: true, value: undefined });
    expect((await store.put(PLACE, Buffer.from("x"), NEVER)).ok).toBe(true);
    const got = await store.get(PLACE, 1, NEVER);
    expect(got.ok && Buffer.from(got.value!).toString()).toBe("x");
    expect([...server.kept.keys()]).toEqual([`/pool/${PLACE}`]);
    expect(server.authorizations).toEqual(new Set([undefined]));
  });

  it("asks for nothing but keys and digests", async () => {
    const server = await cacheServer();
    for (const place of ["cas/../../secret", `cas/${"A".repeat(64)}`, `cas/${digestOf("x")}?y`, "ac/missing"] as const)
      expect(await storeAt(server.url).get(place, 100, NEVER)).toMatchObject({ error: { kind: "wrong" } });
    expect(server.asked).toEqual([]);
  });

  it("sends its token, and tells it to nobody", async () => {
    const server = await cacheServer();
    await storeAt(server.url, " the-secret\n").get(PLACE, 100, NEVER);
    expect(server.authorizations).toEqual(new Set(["Bearer the-secret"]));
    const odd = await storeAt(server.url, "the\nsecret").get(PLACE, 100, NEVER);
    expect(odd).toMatchObject({ ok: false, error: { kind: "refused" } });
    expect(JSON.stringify(odd)).not.toContain("secret");
    const thrower = (): Promise<Response> => Promise.reject(new Error("cannot send Bearer the-secret"));
    const store = new SharedStore(CLOCK, { url: server.url, limitMs: 1000, token: () => "the-secret" }, thrower);
    expect(await store.get(PLACE, 100, NEVER)).toEqual({
      ok: false,
      error: { kind: "unreachable", why: "cannot send Bearer [redacted]" },
    });
  });

  test.each<[number, string]>([
    [500, "unreachable"],
    [503, "unreachable"],
    [429, "unreachable"],
    [401, "refused"],
    [403, "refused"],
    [400, "refused"],
    [507, "refused"],
  ])("an answer of %i is %s", async (status, kind) => {
    const server = await cacheServer();
    server.refuse(status, "GET", "PUT");
    const expected = { ok: false, error: { kind, why: `it answers ${status}` } };
    expect(await storeAt(server.url).get(PLACE, 100, NEVER)).toEqual(expected);
    expect(await storeAt(server.url).put(PLACE, Buffer.from("x"), NEVER)).toEqual(expected);
  });

  it("follows no redirection", async () => {
    const [server, other] = [await cacheServer(), await cacheServer()];
    server.misbehave = (_, response) => {
      response.writeHead(302, { location: `${other.url}/${PLACE}` }).end();
      return true;
    };
    const got = await storeAt(server.url, "the-secret").get(PLACE, 100, NEVER);
    expect(got).toMatchObject({ ok: false, error: { kind: "unreachable" } });
    expect(other.asked).toEqual([]);
  });

  it("does not read a longer answer than it may, however much comes", async () => {
    const server = await cacheServer();
    let sent = 0;
    server.misbehave = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        response.once("drain", more);
      };
      more();
      return true;
    };
    expect(await storeAt(server.url).get(PLACE, 100_000, NEVER)).toMatchObject({
      error: { kind: "wrong", why: "its answer is longer than 100000 bytes" },
    });
    expect(sent).toBeLessThan(64 * 1024 ** 2);
  });

  test.each<[string, (response: import("node:http").ServerResponse) => void]>([
    ["never answers", () => undefined],
    ["stalls in its answer", (response) => response.writeHead(200).write("x")],
  ])("gives up on a server that %s", async (_, act) => {
    const server = await cacheServer();
    server.misbehave = (__, response) => {
      act(response);
      return true;
    };
    expect(await storeAt(server.url, undefined, 60).get(PLACE, 100, NEVER)).toEqual({
      ok: false,
      error: { kind: "unreachable", why: "no answer within 0.06 s" },
    });
  });

  it("says so where the answer breaks off, or nobody is there", async () => {
    const server = await cacheServer();
    server.misbehave = (_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half", () => response.destroy());
      return true;
    };
    expect(await storeAt(server.url).get(PLACE, 1000, NEVER)).toMatchObject({ error: { kind: "unreachable" } });
    await server.close();
    expect(await storeAt(server.url).get(PLACE, 1000, NEVER)).toEqual({
      ok: false,
      error: { kind: "unreachable", why: "ECONNREFUSED" },
    });
  });

  it("stops when it is told to", async () => {
    const server = await cacheServer();
    server.misbehave = () => true;
    const stop = new AbortController();
    const asked = storeAt(server.url).get(PLACE, 100, stop.signal);
    setTimeout(() => stop.abort(), 20);
    expect(await asked).toEqual({ ok: false, error: { kind: "stopped" } });
  });
});
