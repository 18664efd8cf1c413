/** Who answers for agents, as the configuration says: the wire, what tries again around it, and the model that it asks. */
import { tmpdir } from "node:os";
import type { Provider } from "../agents/provider.ts";
import { replayProvider } from "../agents/replay.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import type { Emit } from "../events.ts";
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, unreachable } from "../result.ts";
import type { Config } from "../rules/config.ts";
import { NO_USAGE } from "../usage.ts";

export interface Agents {
  /** One attempt a request. */
  readonly wire: Provider;
  /** Laid around the wire and what journals and pays for it. */
  readonly around: (inner: Provider) => Provider;
  /** The model that is asked where a rule names none. */
  readonly model: string;
}

/** The model of `anthropic` where the configuration names none. */
const DEFAULT_MODEL = "claude-opus-5-5";

export interface AgentsOptions {
  readonly config: Config;
  readonly host: Host;
  readonly view: WorkspaceView;
  readonly emit: Emit;
  /** Message batches where a request can go in one. */
  readonly batch: boolean;
}

export async function agentsOf({ config, host, view, emit, batch }: AgentsOptions): Promise<Agents> {
  const { agents } = config;
  switch (agents.provider) {
    case "replay":
      return { wire: replayProvider(view, agents.recordings), around: (inner) => inner, model: "replay" };
    case "anthropic": {
      const { anthropicClient, anthropicWire } = await import("../agents/anthropic.ts");
      const { retrying } = await import("../agents/retrying.ts");
      const { Throttle } = await import("../agents/throttle.ts");
      const { throttled } = await import("../agents/throttled.ts");
      const model = agents.model ?? DEFAULT_MODEL;
      const apiKey = host.env.ANTHROPIC_API_KEY ?? "";
      const throttle = new Throttle(host, { floor: 1, ceiling: agents.requests });
      const connection = { apiKey, baseUrl: agents.baseUrl, idleMs: agents.idle * 1000 };
      const onHeaders = (headers: Headers): void => throttle.observe(headers);
      const single = anthropicWire({ ...connection, model, host, emit, onHeaders });
      const wire = batch ? await inBatches(throttled(single, throttle)) : single;
      // Said before anything is set aside, journaled or sent.
      if (apiKey.trim() === "") return { wire, around: () => refusing(wire.name, MISSING_KEY), model };
      // A batch takes no place among the requests that are under way.
      return { wire, around: (inner) => retrying(inner, { host, emit, ...(batch ? {} : { throttle }) }), model };

      async function inBatches(provider: Provider): Promise<Provider> {
        const { batched } = await import("../agents/batch.ts");
        let client: ReturnType<typeof anthropicClient> | undefined;
        return batched(provider, { client: () => (client ??= anthropicClient(connection)), model, host });
      }
    }
    case "command": {
      const { commandProvider } = await import("../agents/command-provider.ts");
      const { retrying } = await import("../agents/retrying.ts");
      const { runProgram } = await import("../exec/run-program.ts");
      const argv = agents.command ?? [];
      const model = agents.model ?? (argv[0] ?? "").replace(/^.*[\\/]/, "");
      const limitMs = agents.timeout * 1000;
      const wire = commandProvider({ argv, model, limitMs, temporary: tmpdir(), host, run: runProgram });
      // A program fails for reasons of its own: there is no use in asking it for an hour.
      return { wire, around: (inner) => retrying(inner, { host, emit, retries: 2 }), model };
    }
    default:
      return unreachable(agents.provider);
  }
}

const MISSING_KEY: Fault = {
  what: "there is no key for the Anthropic API",
  where: "ANTHROPIC_API_KEY",
  mend: "set ANTHROPIC_API_KEY in the environment, or agents.provider in codex.config.ts to replay",
  exit: 2,
};

/** Answers nothing, and says why. */
const refusing = (name: string, fault: Fault): Provider => ({
  name,
  send: () => Promise.resolve(err({ kind: "pause", error: "no_key", fault, usage: NO_USAGE })),
});
