import { afterEach, describe, expect, it } from "vitest";
import { anthropicClient } from "../../src/agents/anthropic.ts";
import { batched } from "../../src/agents/batch.ts";
import type { AgentRequest, Provider } from "../../src/agents/provider.ts";
import { toolSpec } from "../../src/agents/tools.ts";
import type { Host } from "../../src/host.ts";
import { disk } from "../artifact/disk.ts";
import { address, error, scripted, text, value } from "./scripted.ts";
import { type Asked, type Behaviour, StubServer, says } from "./stub-server.ts";

const NEVER = new AbortController().signal;
const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});
async function serve(script: (asked: Asked) => Behaviour): Promise<StubServer> {
  const stub = await StubServer.start(script);
  stubs.push(stub);
  return stub;
}

const echo = ({ body }: Asked): Behaviour => ({
  kind: "message",
  content: [says(`re: ${JSON.stringify(body.messages[0]?.content[0]?.text)}`)],
});
const ask = (n: number, changes: Partial<AgentRequest> = {}): AgentRequest => ({
  address: address(`book/x/P${n}`),
  attempt: 1,
  turn: 1,
  call: `run-${n}`,
  model: "claude-haiku-4-5",
  messages: [{ role: "user", content: [text(`question ${n}`)] }],
  tools: [],
  maxTokens: 100,
  ...changes,
});

/** A run of its own over the same disk. */
const open = (host: Host, stub: StubServer, single: Provider = scripted(() => [text("single")])): Provider =>
  batched(single, {
    client: () => anthropicClient({ apiKey: "k", baseUrl: stub.url, idleMs: 2000 }),
    model: "claude-haiku-4-5",
    host,
    gatherMs: 30,
    pollMs: 20,
  });
const realTime = (): Host => ({
  ...disk().host,
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
});
const saidOf = async (sent: ReturnType<Provider["send"]>): Promise<unknown> => value(await sent).content[0];

describe("batched", () => {
  it("submits what comes together as one, and gives each its own result", async () => {
    const stub = await serve(echo);
    const provider = open(realTime(), stub);
    const answers = await Promise.all([1, 2, 3].map((n) => saidOf(provider.send(ask(n), NEVER))));
    expect(answers).toEqual([1, 2, 3].map((n) => text(`re: "question ${n}"`)));
    expect(stub.batches).toHaveLength(1);
    expect(stub.batches[0]?.requests.map((each) => each.custom_id)).toEqual(["run-1", "run-2", "run-3"]);
    expect(value(await provider.send(ask(1), NEVER)).batch).toBe(true);
    expect(stub.batches).toHaveLength(1);
  });

  it("sends what needs tools or the web by itself", async () => {
    const stub = await serve(echo);
    const single = scripted(() => [text("single")]);
    const provider = open(realTime(), stub, single);
    expect(await saidOf(provider.send(ask(1, { tools: [toolSpec("read")] }), NEVER))).toEqual(text("single"));
    expect(await saidOf(provider.send(ask(2, { web: { maxUses: 1 } }), NEVER))).toEqual(text("single"));
    expect(stub.batches).toHaveLength(0);
  });

  it("collects after a crash what an earlier run submitted", async () => {
    const stub = await serve(echo);
    stub.batchPolls = 1e9;
    const host = realTime();
    void open(host, stub).send(ask(1), NEVER);
    while (stub.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    stub.batchPolls = 0;
    expect(await saidOf(open(host, stub).send(ask(1), NEVER))).toEqual(text('re: "question 1"'));
    expect(stub.batches).toHaveLength(1);
  });

  it("finds the batch whose name was lost, and does not submit it again", async () => {
    const stub = await serve(echo);
    // Another batch of the same size, of somebody else with the same key.
    const other = open(realTime(), stub);
    await other.send(ask(9, { call: "another-9" }), NEVER);
    stub.onBatch = () => {
      throw new Error("the answer is lost");
    };
    const host = realTime();
    expect(await saidOf(open(host, stub).send(ask(1), NEVER))).toEqual(text('re: "question 1"'));
    await other.send(ask(8, { call: "another-8" }), NEVER);
    expect(stub.batches.map((batch) => batch.requests[0]?.custom_id)).toEqual(["another-9", "run-1", "another-8"]);
  });

  it("says that nothing was submitted where nothing was, and forgets it", async () => {
    const refusing: Behaviour = { kind: "status", status: 401, type: "authentication_error" };
    const stub = await serve(() => refusing);
    const host = realTime();
    const away = { ...stub, url: "http://127.0.0.1:9" } as StubServer;
    expect(error(await open(host, away).send(ask(1), NEVER))).toMatchObject({ pending: true, kind: "pause" });
    expect(error(await open(host, stub).send(ask(1), NEVER))).toMatchObject({ kind: "transient" });
    expect(await open(host, stub).send(ask(2), NEVER)).toMatchObject({
      ok: false,
      error: { kind: "pause", error: "authentication_error" },
    });
  });

  it("leaves what is stopped to be collected", async () => {
    const stub = await serve(echo);
    stub.batchPolls = 1e9;
    const host = realTime();
    const stop = new AbortController();
    const sent = open(host, stub).send(ask(1), stop.signal);
    while (stub.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(error(await sent)).toMatchObject({ pending: true, fault: { exit: 130 } });
    stub.batchPolls = 0;
    expect(await saidOf(open(host, stub).send(ask(1), NEVER))).toEqual(text('re: "question 1"'));
    expect(stub.batches).toHaveLength(1);
  });

  it.each<[string, Behaviour, string, string]>([
    ["errored", { kind: "status", status: 500, type: "api_error" }, "transient", "api_error"],
    ["expired", { kind: "drop" }, "transient", "expired"],
  ])("tells what became of a request that %s", async (_, told, kind, name) => {
    const stub = await serve(() => told);
    const failure = error(await open(realTime(), stub).send(ask(1), NEVER));
    expect(failure).toMatchObject({ kind, error: name });
    expect(failure.pending).toBeUndefined();
  });
});
