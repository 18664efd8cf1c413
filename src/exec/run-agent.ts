/** Carries out `agent(…)`: renders the prompt, runs the session, and gathers outputs, edits and recorded reads. */
import { agentId } from "../agents/agent-id.ts";
import { describeContract } from "../agents/contract.ts";
import { renderParts } from "../agents/prompt.ts";
import type { Provider } from "../agents/provider.ts";
import { missingPrompt, runSession } from "../agents/session.ts";
import { structureOf } from "../agents/structure.ts";
import { Toolbox } from "../agents/tools.ts";
import { parsePath } from "../artifact/path.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { Emit } from "../events.ts";
import { err, ok } from "../result.ts";
import type { AgentAction, Defect, RunContext } from "./action.ts";
import { type AttemptResult, describeDefect, type Guidance } from "./attempt.ts";
import type { Task } from "./task.ts";

export interface AgentServices {
  readonly provider: Provider;
  readonly lookup: string | undefined;
  readonly now: () => number;
  readonly emit: Emit;
}

export async function runAgent(
  task: Task,
  action: AgentAction,
  context: RunContext,
  guidance: Guidance,
  services: AgentServices,
  judge: (outputs: Readonly<Record<string, string>>) => readonly Defect[],
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { target } = task;
  const path = parsePath(action.prompt);
  if (!path.ok) return err({ kind: "fault", fault: path.error });
  const template = context.view.bytes(path.value);
  if (template === undefined) return err({ kind: "fault", fault: missingPrompt(action.prompt) });
  const expected = target.outputs.filter((output) => output.kind !== "scope").map((output) => output.name);
  const prompt = renderParts(
    readUtf8(template),
    {
      params: context.params,
      inputs: context.inputs,
      contract: describeContract(expected, action.schemas),
      hint: guidance.hint,
      defects: guidance.defects.map((each) => `- ${describeDefect(each)}`).join("\n"),
    },
    action.prompt,
  );
  if (!prompt.ok) return err({ kind: "fault", fault: prompt.error });

  const toolbox = new Toolbox({
    view: context.view,
    allowed: action.tools,
    reads: task.reads,
    lookup: services.lookup,
    amends: [...target.amends, ...target.mayAmend].map((ref) => ref.path),
    validate: (outputs) => {
      const defects = judge(outputs);
      return defects.length === 0 ? "No defects." : defects.map(describeDefect).join("\n");
    },
  });
  const agent = agentId(target.id, guidance.attempt);
  const started = services.now();
  const session = await runSession(
    services.provider,
    {
      address: target.id,
      attempt: guidance.attempt,
      model: action.model,
      prompt: prompt.value,
      tools: action.tools,
      web: action.web,
      turns: action.turns,
      maxTokens: Math.round(action.maxTokens * guidance.tokens),
      expected,
      structure: structureOf(action.schemas),
    },
    toolbox,
    signal,
  );
  const { usage, model } = session.ok
    ? session.value
    : { model: "model" in session.error ? session.error.model : services.provider.name, usage: session.error.usage };
  services.emit({
    type: "agentInvoked",
    at: services.now(),
    target: target.id,
    agent,
    model,
    attempt: guidance.attempt,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    usd: usage.usd,
    seconds: (services.now() - started) / 1000,
    outcome: session.ok ? "answered" : "failed",
  });
  if (!session.ok) {
    // A pause is told to every session by what lies around the provider; here it ends this one.
    return session.error.kind === "agent"
      ? err({ kind: "defects", defects: [{ what: session.error.what, where: "", mend: "" }] })
      : err({ kind: "fault", fault: session.error.fault });
  }
  const encoder = new TextEncoder();
  return ok({
    outputs: session.value.outputs,
    amended: new Map([...toolbox.amended].map(([file, text]) => [file, encoder.encode(text)])),
    reads: toolbox.reads,
    usage,
    agent,
    model,
    // An edit that did not take is work that is missing from the result: the attempt has failed.
    defects: toolbox.failedEdits.map((what) => ({ what, where: "", mend: "" })),
  });
}
