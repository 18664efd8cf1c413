/**
 * Any program that answers a prompt (`claude -p`, `codex exec`, a script): the conversation on its standard input, the
 * answer on its standard output. It runs in an empty folder that is removed afterwards, with as little of the
 * environment as it needs; what it writes there is not looked at. Tools are offered in plain text, so that every pass
 * can be carried out.
 */
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import { describeTools, parseCalls, transcript } from "./plain-tools.ts";
import type { AgentReply, AgentRequest, CallFailure, Provider } from "./provider.ts";

/** How a program ended. */
export type Ran =
  | {
      readonly kind: "ended";
      readonly code: number | null;
      readonly signal: string | null;
      readonly out: string;
      readonly err: string;
    }
  | { readonly kind: "tooMuchOutput"; readonly mebibytes: number }
  | { readonly kind: "notStarted"; readonly why: string };

/** Runs a program with its arguments in a folder; killed with all its children when `signal` is aborted. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  cwd: string,
  input: string,
  signal: AbortSignal,
  env: Readonly<Record<string, string>>,
) => Promise<Ran>;

export interface CommandOptions {
  /** The program and its arguments; `{model}` in one of them becomes the model's name. */
  readonly argv: readonly string[];
  /** The model's name where a request names none. */
  readonly model: string;
  /** Milliseconds that one answer may take. */
  readonly limitMs: number;
  /** Absolute path of a folder for scratch folders. */
  readonly temporary: string;
  readonly host: Pick<Host, "after" | "env" | "fs" | "random">;
  readonly run: RunProgram;
}

/** What a program gets of the environment: where it finds programs, itself, its settings and its language. */
const PASSED: readonly string[] = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TMPDIR",
  "TERM",
  "TZ",
];

export function commandProvider(options: CommandOptions): Provider {
  return { name: "command", send: (request, signal) => attempt(request, signal, options) };
}

async function attempt(
  request: AgentRequest,
  signal: AbortSignal,
  { argv, limitMs, temporary, host, run, ...options }: CommandOptions,
): Promise<Result<AgentReply, CallFailure>> {
  const model = request.model ?? options.model;
  const [program = "", ...args] = argv.map((each) => each.replaceAll("{model}", model));
  const failed = (kind: CallFailure["kind"], error: string, what: string, mend: string, exit = 1) => {
    const fault: Fault = { what, where: request.address, mend, exit };
    return err({ kind, error, fault, usage: NO_USAGE });
  };
  const scratch = `${temporary}/codex-agent-${Math.floor(host.random() * 2 ** 48).toString(36)}`;
  host.fs.mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const late = new AbortController();
  const cancel = host.after(limitMs, () => late.abort());
  try {
    const input = `${transcript(request.messages)}${describeTools(request.tools)}`;
    const ran = await run(program, args, scratch, input, AbortSignal.any([signal, late.signal]), environment(host));
    if (signal.aborted) return failed("fault", "aborted", "stopped", "build again to go on", 130);
    if (late.signal.aborted)
      return failed(
        "transient",
        "timeout_program",
        `${program} took more than ${limitMs / 1000} s`,
        "raise agents.timeout",
      );
    if (ran.kind === "notStarted")
      return failed(
        "pause",
        "not_started",
        `${program} cannot be started: ${ran.why}`,
        "install it, or correct agents.command",
        2,
      );
    if (ran.kind === "tooMuchOutput")
      return failed(
        "fault",
        "too_much_output",
        `${program} wrote more than ${ran.mebibytes} MiB`,
        "look at what it prints",
      );
    if (ran.code !== 0) {
      const ended = ran.code === null ? `was ended by ${ran.signal}` : `ended with exit code ${ran.code}`;
      return failed(
        "transient",
        "program",
        `${program} ${ended}${ran.err ? `: ${ran.err}` : ""}`,
        "run it by hand to see why",
      );
    }
    const content = parseCalls(ran.out, request.tools);
    const stop = content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
    return ok({ content, usage: NO_USAGE, model, stop });
  } finally {
    cancel();
    host.fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function environment({ env }: Pick<Host, "env">): Record<string, string> {
  return Object.fromEntries(PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
