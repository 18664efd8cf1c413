/** `build --profile` and OpenTelemetry, as a process. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Campaign } from "./harness.ts";

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const make = rule({ name: "make", each: things, outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: call(() => ({ outputs: { to: "x" } })) });
export default defineConfig({ rules: [make] });
`;

test("a profile and its summary are written, and spans are sent", async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(`${request.url} ${body}`);
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const campaign = new Campaign({ "codex.config.ts": CONFIG });
  const { port } = collector.address() as AddressInfo;
  campaign.env = { ...campaign.env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const run = await campaign.start("build", "--profile", "p.json").ended;
  collector.close();
  expect([run.code, run.err]).toEqual([0, ""]);
  expect(run.out).toContain("Profile: p.json");
  const names = JSON.parse(campaign.read("p.json")).traceEvents.map(({ name }: { name: string }) => name);
  expect(names.toSorted()).toEqual(["process_name", "thing/a/make", "thing/b/make"]);
  expect(campaign.read("p.md")).toMatch(/^# Profile\n\n2 targets in /);
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatch(/^\/v1\/traces .*"codex build"/s);
  expect(bodies[0]).toContain('"thing/b/make"');
});

test("a collector that is down fails no build", () => {
  const campaign = new Campaign({ "codex.config.ts": CONFIG });
  campaign.env = {
    ...campaign.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
  };
  expect(campaign.codex("build").code).toBe(0);
}, 60_000);
