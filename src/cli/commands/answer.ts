/**
 * `codex answer`: how a target that gave up should go on. Either in words, which the next attempt is told; or with the
 * outputs themselves, written by a person and judged by the same checks as an agent's.
 */
import { resolve } from "node:path";
import { call } from "../../exec/action.ts";
import { addAnswer } from "../../exec/answers.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Address } from "../../graph/address.ts";
import { type Answering, answering, checkSeen, runAnswered } from "../answering.ts";
import { EXIT } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

export interface AnswerFlags {
  /** `name=file`, one for each output of the target. */
  readonly output?: readonly string[];
  /** The digest that the inbox showed. */
  readonly shown?: string;
}

/** @param hint what the next attempt is told; undefined where the outputs are given. */
export function answerCommand(
  terminal: Terminal,
  typed: string,
  hint: string | undefined,
  flags: AnswerFlags,
): Promise<number> {
  const files = flags.output ?? [];
  if ((hint === undefined || hint.trim() === "") === (files.length === 0)) {
    const mend = `codex answer ${typed} "what to do", or codex answer ${typed} --output <name>=<file>`;
    throw new FaultError(usageFault("give either an answer in words or the outputs themselves", typed, mend));
  }
  return answering(terminal, "codex answer", [typed], async (context) => {
    const id = escalated(context, typed);
    checkSeen(context, [id], flags.shown);
    if (hint !== undefined && files.length === 0) sayHint(context, id, hint);
    else await takeOutputs(context, id, files);
    context.project();
    terminal.out(
      files.length === 0
        ? `Answered by ${context.who}: ${id}; the next build tries again`
        : `Taken from ${context.who}: ${id}`,
    );
    return EXIT.done;
  });
}

/** The one target among those that the address means that gave up. */
function escalated({ snapshot }: Answering, typed: string): Address {
  const ids = snapshot.goals.filter(
    (id) => snapshot.evaluation.status(id).kind === "waiting" && !snapshot.graph.targets.get(id)!.byPerson,
  );
  if (ids.length === 1) return ids[0]!;
  const what =
    ids.length === 0 ? "nothing there has given up" : `several targets there have given up: ${ids.join(", ")}`;
  throw new FaultError(usageFault(what, typed, "`codex inbox` lists what waits for an answer; gates are approved"));
}

function sayHint({ workspace, snapshot, manifests, recorder, by }: Answering, id: Address, why: string): void {
  const { host, engine } = workspace;
  addAnswer(host, `${manifests}/answers`, id, {
    at: new Date(host.now()).toISOString(),
    by,
    kind: "hint",
    why,
    shown: snapshot.evaluation.key(id).key,
    attempts: engine.world.escalation(id)?.attempts ?? 0,
  });
  recorder?.answered({ address: id, from: "escalated", to: "answered", actor: by, rationale: why });
}

async function takeOutputs(context: Answering, id: Address, files: readonly string[]): Promise<void> {
  const { workspace, snapshot } = context;
  const outputs = Object.fromEntries(files.map((each) => read(workspace.host, each)));
  const task = { ...snapshot.tasks.get(id)!, action: call(() => ({ outputs })), recovery: [] };
  await runAnswered(context, task, `written by a person: ${files.join(", ")}`);
}

function read(host: Answering["workspace"]["host"], typed: string): [string, string] {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(typed) ?? [];
  if (name === undefined || file === undefined)
    throw new FaultError(usageFault(`--output takes <name>=<file>, not ${typed}`, "--output", "e.g. unit=draft.md"));
  try {
    return [name, host.fs.readFileSync(resolve(file), "utf8")];
  } catch (error) {
    throw new FaultError(usageFault(`it cannot be read: ${(error as Error).message}`, file, "correct the name"));
  }
}
