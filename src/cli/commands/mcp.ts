/**
 * `codex mcp`: the campaign for a conversational operator, as tools of the Model Context Protocol over standard input and
 * output. Each tool runs the command of its name in a process of its own, so that what an operator is told is what a
 * person is told, and a command that dies takes nothing with it. What writes is there only with `--allow-build`.
 */
import { spawn } from "node:child_process";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import * as z from "zod";
import type { Event } from "../../events.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { usd } from "../view/plain.ts";
import { BY_OPERATOR } from "../who.ts";

export interface McpFlags {
  readonly allowBuild?: boolean;
}

/** More than this of a command's output helps no conversation. */
const MOST_CHARACTERS = 60_000;

// What an operator types is an argument, never an option: `--overwrite-edits` is no address.
const word = z.string().min(1).max(500).regex(/^[^-]/, "must not begin with a hyphen");
const address = word.describe("an address, e.g. book/lawson-michelsohn, book/*/P2_gap, tier/alpha, release/v0.7, all");
const addresses = z.array(address).min(1).max(100);
const why = z.string().min(1).max(2000).describe("the reason, for the record");
const shown = z
  .string()
  .regex(/^[0-9a-f]{6,64}$/)
  .optional()
  .describe("the digest that the inbox showed: refuses if it shows something else now");

interface Ran {
  readonly code: number;
  readonly text: string;
}

/** Runs a command of ours; `onLine` is told each line of its standard output as it comes. */
function run(args: readonly string[], signal: AbortSignal, onLine: (line: string) => void = () => {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1]!, ...args], {
      env: { ...process.env, CI: "1", NO_COLOR: "1", [BY_OPERATOR]: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let errors = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out = (out + chunk).slice(-4 * MOST_CHARACTERS);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      errors = (errors + chunk).slice(-MOST_CHARACTERS);
    });
    // As a person would: the first lets what is running settle.
    const stop = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", stop);
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve({ code: code ?? EXIT.failed, text: `${out}${errors === "" ? "" : `\n${errors}`}`.trim() });
    });
  });
}

const MEANING: Readonly<Record<number, string>> = {
  [EXIT.failed]: "a target failed, or something was found wanting",
  [EXIT.usage]: "wrong usage or configuration",
  [EXIT.stale]: "there is work to do",
  [EXIT.waiting]: "something waits for an answer",
  [EXIT.budget]: "stopped by a budget",
  [EXIT.interrupted]: "interrupted",
};

function answer({ code, text }: Ran) {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… (cut; ask for less)` : text;
  const ended = code === EXIT.done ? "" : `\n(exit code ${code}: ${MEANING[code] ?? "unknown"})`;
  return {
    content: [{ type: "text" as const, text: `${cut}${ended}`.trim() || "Done." }],
    isError: code === EXIT.usage || code === EXIT.failed,
  };
}

/** The protocol has standard output to itself. */
export async function mcpCommand(_: Terminal, flags: McpFlags): Promise<number> {
  const server = new McpServer(
    { name: "codex", version: CODEX_VERSION },
    {
      instructions: `Codex builds a campaign of agent passes over files, and only what is stale. Begin with status and inbox; plan says what a build would do and cost; why explains a target. ${
        flags.allowBuild
          ? "build runs and may cost money within the configured budgets. approve, reject, answer and defer are recorded as the operator's decisions."
          : "This server only reads: it was started without --allow-build."
      }`,
    },
  );
  type Schema = Record<string, z.ZodType>;
  const tool = <S extends Schema>(
    name: string,
    description: string,
    inputSchema: S,
    readOnly: boolean,
    argv: (input: z.output<z.ZodObject<S>>) => readonly string[],
  ): void => {
    const schema = z.strictObject(inputSchema);
    server.registerTool(
      name,
      { description, inputSchema: schema, annotations: { readOnlyHint: readOnly, openWorldHint: !readOnly } },
      async (input: unknown, extra: { signal: AbortSignal }) =>
        answer(await run(argv(schema.parse(input) as z.output<z.ZodObject<S>>), extra.signal)),
    );
  };

  tool("status", "Books and flows by passes at a glance, with what waits and money.", {}, true, () => ["status"]);
  tool(
    "why",
    "Why a target is in its state: causes, last run, what would run next and what mends it.",
    { address },
    true,
    (input) => ["why", input.address],
  );
  tool(
    "plan",
    "What a build would run and why, in waves, with estimated money and time. Writes nothing.",
    { addresses },
    true,
    (input) => ["build", "-n", ...input.addresses],
  );
  tool(
    "graph",
    "The graph of targets as text or mermaid.",
    { address, format: z.enum(["text", "mermaid"]).default("text") },
    true,
    (input) => ["graph", input.address, "--format", input.format],
  );
  tool(
    "inbox",
    "What waits for an answer: gates, questions, escalations, edits; each with what to read and how to answer.",
    {},
    true,
    () => ["inbox"],
  );
  tool(
    "cost",
    "What was spent, retries and lost calls included, against the ceilings.",
    { by: z.enum(["book", "pass", "model", "day"]).default("book") },
    true,
    (input) => ["cost", "--by", input.by],
  );
  tool(
    "log",
    "The audit log: every transition with actor and rationale.",
    { address: address.optional() },
    true,
    (input) => ["log", ...(input.address === undefined ? [] : [input.address])],
  );
  tool("converge", "How far the campaign is from its releases, criterion by criterion.", {}, true, () => ["converge"]);
  tool("validate", "Judge units by the rubric.", { paths: z.array(word).max(50).default([]) }, true, (input) => [
    "validate",
    ...input.paths,
  ]);
  tool("continuity", "The continuity metrics of the curriculum.", {}, true, () => ["continuity"]);
  if (flags.allowBuild) {
    tool("approve", "Approve what waits at gates, so that the rest goes on.", { addresses, shown }, false, (input) => [
      "approve",
      ...input.addresses,
      ...seen(input.shown),
    ]);
    tool(
      "reject",
      "Have an artifact made again, with the reason as its defect.",
      { addresses, why, shown },
      false,
      (input) => ["reject", `--why=${input.why}`, ...input.addresses, ...seen(input.shown)],
    );
    tool(
      "answer",
      "Answer an escalation: the words are told to the next attempt.",
      { address, words: word.describe("what the next attempt is told"), shown },
      false,
      (input) => ["answer", input.address, input.words, ...seen(input.shown)],
    );
    tool("defer", "Go on without a unit or book.", { addresses, why }, false, (input) => [
      "defer",
      `--why=${input.why}`,
      ...input.addresses,
    ]);
    tool("watchdog", "Look for stuck books and drift; writes the report.", {}, false, () => ["watchdog"]);
    const build = z.strictObject({
      addresses,
      budgetUsd: z.number().positive().max(100_000).optional().describe("a ceiling for this run, in US dollars"),
    });
    server.registerTool(
      "build",
      {
        description:
          "Bring targets up to date: runs agents, which may cost money, within the budgets. Returns when nothing more can run.",
        inputSchema: build,
        annotations: { readOnlyHint: false, openWorldHint: true },
      },
      async (input, extra) => {
        const { addresses: goals, budgetUsd } = build.parse(input);
        const budget = await smaller(budgetUsd);
        const token = extra._meta?.progressToken;
        const told: string[] = [];
        let done = 0;
        const ran = await run(
          ["build", "--json", ...(budget === undefined ? [] : ["--budget", String(budget)]), ...goals],
          extra.signal,
          (line) => {
            const event = JSON.parse(line) as Event;
            const message = lineOf(event);
            if (message === undefined) return;
            told.push(message);
            if (token === undefined) return;
            done += 1;
            void extra.sendNotification({
              method: "notifications/progress",
              params: { progressToken: token, progress: done, message },
            });
          },
        );
        const errors = ran.code === EXIT.usage ? ran.text : "";
        return answer({ code: ran.code, text: [...told, errors].join("\n").trim() });
      },
    );
  }
  await server.connect(new StdioServerTransport());
  await new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.on("end", resolve);
  });
  return EXIT.done;
}

/** The ceiling that an operator sets for a build lowers the configured one; it never raises it. */
async function smaller(asked: number | undefined): Promise<number | undefined> {
  if (asked === undefined) return undefined;
  const { config } = await openWorkspace();
  return Math.min(asked, config.budgets.run ?? asked);
}

const seen = (digest: string | undefined): string[] => (digest === undefined ? [] : ["--shown", digest]);

/** What an operator is told of a build; undefined for what only a screen wants. */
function lineOf(event: Event): string | undefined {
  switch (event.type) {
    case "targetFinished":
      return `✓ ${event.target} ${event.how}${event.usd > 0 ? `, ${usd(event.usd)}` : ""}${event.attempts > 1 ? `, ${event.attempts} attempts` : ""}`;
    case "targetFailed":
      return `✗ ${event.target} failed: ${event.fault.what} — ${event.fault.mend}`;
    case "attemptFailed":
      return `! ${event.target} attempt ${event.attempt} failed: ${event.defects.slice(0, 3).join("; ")}`;
    case "paused":
      return `Paused: ${event.fault.what} — ${event.fault.mend}`;
    case "notice":
      return event.text;
    case "buildFinished": {
      const { ran, restored, fresh, failed, waiting, blocked, usd: cost } = event.summary;
      return `Targets: ${ran} ran, ${restored} restored, ${fresh} fresh, ${failed} failed, ${waiting} waiting, ${blocked} not reached. Cost: ${usd(cost)}`;
    }
    default:
      return undefined;
  }
}
