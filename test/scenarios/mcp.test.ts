/** A conversational operator: a client of the Model Context Protocol runs the campaign through the server alone. */

import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, describe, expect, test } from "vitest";
import { type Campaign, pilot } from "./harness.ts";

const CLI = fileURLToPath(new URL("../../bin/codex.cjs", import.meta.url));
const BOOK = "book/lawson-michelsohn-spin-geometry";

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

async function operator(campaign: Campaign, ...flags: string[]): Promise<Client> {
  const client = new Client({ name: "an operator of a test", version: "1" });
  clients.push(client);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "mcp", ...flags],
    cwd: campaign.root,
    stderr: "pipe",
  });
  await client.connect(transport);
  return client;
}

interface Answer {
  readonly text: string;
  readonly isError: boolean;
}

async function ask(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 120_000 });
  const [content] = result.content as { type: string; text: string }[];
  return { text: content?.text ?? "", isError: result.isError === true };
}

describe("an operator over MCP", () => {
  test("only reads, where it was not allowed to build", async () => {
    const campaign = pilot();
    const client = await operator(campaign);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["status", "why", "plan", "inbox", "cost"]));
    for (const writing of ["build", "approve", "reject", "answer", "defer", "watchdog"])
      expect(names).not.toContain(writing);
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);

    expect((await ask(client, "status")).text).toContain("64 books");
    const plan = await ask(client, "plan", { addresses: ["book/lawson-michelsohn"] });
    expect(plan).toMatchObject({ isError: false });
    expect(plan.text).toContain(`${BOOK}/P1_audit`);
    expect((await ask(client, "build", { addresses: [BOOK] })).isError).toBe(true);
    expect(campaign.exists("manifests/campaign.json")).toBe(false);
  });

  test("builds to a gate, sees it in the inbox, approves it and builds on, with progress", async () => {
    const campaign = pilot();
    campaign.edit("codex.config.ts", "fasttrack()", 'fasttrack({ gates: ["P2_gap"] })');
    const client = await operator(campaign, "--allow-build");
    const progress: string[] = [];
    const first = await client.callTool({ name: "build", arguments: { addresses: [BOOK] } }, undefined, {
      timeout: 120_000,
      onprogress: ({ message }) => void progress.push(message ?? ""),
    });
    expect(progress.some((message) => message.includes(`${BOOK}/P2_gap ran`))).toBe(true);
    expect(JSON.stringify(first.content)).toContain("something waits for an answer");

    const gate = `${BOOK}/P2_gap.gate`;
    expect((await ask(client, "inbox")).text).toContain(gate);
    expect((await ask(client, "approve", { addresses: [gate] })).isError).toBe(false);
    const second = await ask(client, "build", { addresses: [BOOK] });
    expect(second).toMatchObject({ isError: false });
    expect(second.text).toContain("0 failed, 0 waiting");
    // The record does not take a program's word for a person's.
    expect(campaign.read("manifests/campaign.log.jsonl")).toContain("by a conversational operator");
  });

  test("cannot pass options for addresses, nor what is no address at all", async () => {
    const campaign = pilot();
    const client = await operator(campaign, "--allow-build");
    for (const bad of ["--overwrite-edits", "-n", ""]) {
      const answer = await ask(client, "build", { addresses: [bad] });
      expect(answer.isError).toBe(true);
    }
    const unknown = await ask(client, "why", { address: "book/no-such-book" });
    expect(unknown.isError).toBe(true);
    expect(unknown.text).toContain("there is no target book/no-such-book");
    expect(campaign.exists("manifests/traces")).toBe(false);
  });
});
