/** `build --profile` and OpenTelemetry, as a process. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Campaign, type Run } from "./harness.ts";

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const make = rule({ name: "make", each: things, outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: call(() => ({ outputs: { to: "x" } })) });
export default defineConfig({ rules: [make] });
`;

/** Builds where a collector listens; what the build said, and what the collector was sent. */
async function collected(campaign: Campaign, ...args: string[]): Promise<{ run: Run; bodies: readonly string[] }> {
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
  const { port } = collector.address() as AddressInfo;
  campaign.env = { ...campaign.env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const run = await campaign.start("build", ...args).ended;
  collector.close();
  return { run, bodies };
}

/** What the spans say of who sent them. */
function senderIn(body: string | undefined): Record<string, string> {
  const sent = JSON.parse(body!.slice(body!.indexOf(" ") + 1)) as {
    resourceSpans: { resource: { attributes: { key: string; value: { stringValue: string } }[] } }[];
  };
  return Object.fromEntries(
    sent.resourceSpans[0]!.resource.attributes.map(({ key, value }) => [key, value.stringValue]),
  );
}

test("a profile and its summary are written, and spans are sent", async () => {
  const campaign = new Campaign({ "codex.config.ts": CONFIG });
  const { run, bodies } = await collected(campaign, "--profile", "p.json");
  expect([run.code, run.err]).toEqual([0, ""]);
  expect(run.out).toContain("Profile: p.json");
  const names = JSON.parse(campaign.read("p.json")).traceEvents.map(({ name }: { name: string }) => name);
  expect(names.toSorted()).toEqual(["process_name", "thing/a/make", "thing/b/make"]);
  expect(campaign.read("p.md")).toMatch(/^# Profile\n\n2 targets in /);
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatch(/^\/v1\/traces .*"codex build"/s);
  expect(bodies[0]).toContain('"thing/b/make"');
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(senderIn(bodies[0])).toMatchObject({ "service.name": "codex", "service.version": version });
});

test("the environment names the service, where it does", async () => {
  const campaign = new Campaign({ "codex.config.ts": CONFIG });
  campaign.env = { ...campaign.env, OTEL_RESOURCE_ATTRIBUTES: "service.name=mine,deployment.environment.name=ci" };
  const { bodies } = await collected(campaign);
  expect(senderIn(bodies[0])).toMatchObject({ "service.name": "mine", "deployment.environment.name": "ci" });
  campaign.env = { ...campaign.env, OTEL_SERVICE_NAME: "ours" };
  expect(senderIn((await collected(campaign, "--force")).bodies[0])).toMatchObject({ "service.name": "ours" });
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
