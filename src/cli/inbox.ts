/** What waits for a person, and what that person can do about it: the one list behind `inbox`, `build` and notifications. */
import type { Snapshot } from "../exec/build.ts";
import type { Engine } from "../exec/engine.ts";
import type { Address } from "../graph/address.ts";
import { formatSource } from "../graph/target.ts";
import { unreachable } from "../result.ts";

export type InboxKind = "gate" | "question" | "escalation" | "edit";

export interface InboxItem {
  readonly address: Address;
  /** `gate`: approve what was written. `question`: a person's target. `escalation`: all attempts failed. `edit`: running would overwrite a person's work. */
  readonly kind: InboxKind;
  /** What is asked, in a sentence. */
  readonly asks: string;
  /** What to read before answering: files, sections. */
  readonly shows: readonly string[];
  /** The digest of what is shown, shortened: an answer holds for this and nothing else. */
  readonly shown: string;
  /** Since when, UTC, ISO 8601; undefined where nothing says. */
  readonly since: string | undefined;
  /** What is known about it, a line each: who made it, what was wrong. */
  readonly details: readonly string[];
  /** Commands that answer it, each with what it does. */
  readonly answers: readonly { readonly command: string; readonly does: string }[];
}

/** As much of a digest as a person compares. */
const SHORT = 12;
/** How many defects of an escalation are listed. */
const LISTED = 5;

/** Everything of the snapshot that waits for a person, in the order of the graph. */
export function inboxItems(snapshot: Snapshot, engine: Pick<Engine, "world">): readonly InboxItem[] {
  return snapshot.ids.flatMap((id) => {
    const kind = kindOf(snapshot, id);
    return kind === undefined ? [] : [itemOf(snapshot, engine, id, kind)];
  });
}

function kindOf({ evaluation, graph }: Snapshot, id: Address): InboxKind | undefined {
  const status = evaluation.status(id);
  if (status.kind === "blockedByEdit") return "edit";
  if (status.kind !== "waiting") return undefined;
  if (!graph.targets.get(id)!.byPerson) return "escalation";
  return producerOf({ graph }, id) === undefined ? "question" : "gate";
}

/** The target that a gate approves; undefined where the address is no gate. */
export function producerOf({ graph }: Pick<Snapshot, "graph">, gate: Address): Address | undefined {
  const id = gate.replace(/\.gate$/, "") as Address;
  return id !== gate && graph.targets.get(id)?.gate === gate ? id : undefined;
}

function itemOf(snapshot: Snapshot, engine: Pick<Engine, "world">, id: Address, kind: InboxKind): InboxItem {
  const target = snapshot.graph.targets.get(id)!;
  const { action } = snapshot.tasks.get(id)!;
  const shown = snapshot.evaluation.key(id).key.slice(0, SHORT);
  const reads = target.inputs.filter((input) => input.kind !== "orderOnly").map((input) => formatSource(input.source));
  const same = { address: id, kind, shown };
  switch (kind) {
    case "gate":
    case "question": {
      const producer = producerOf(snapshot, id);
      const run = producer === undefined ? undefined : engine.world.trace(producer)?.run;
      const reject = { command: `codex reject ${id} --why "…"`, does: "have it made again, with your reason" };
      return {
        ...same,
        asks: action.kind === "person" ? action.ask : "An answer is needed",
        shows: reads,
        since: run?.at,
        details:
          run === undefined
            ? []
            : [
                `made by ${run.agent}${run.model === undefined ? "" : `, model ${run.model}`}, in ${run.attempts} attempt${run.attempts === 1 ? "" : "s"}, $${run.usd.toFixed(2)}`,
                ...(run.state === undefined ? [] : [`it stands as ${run.state}`]),
              ],
        answers: [
          { command: `codex approve ${id}`, does: "let the rest go on" },
          ...(producer === undefined ? [] : [reject]),
        ],
      };
    }
    case "escalation": {
      const gaveUp = engine.world.escalation(id);
      const defects = gaveUp?.defects ?? [];
      const names = target.outputs.flatMap((output) => (output.kind === "scope" ? [] : [output.name]));
      return {
        ...same,
        asks: `All attempts failed (${gaveUp?.attempts ?? 0}): how should it go on?`,
        shows: reads,
        since: gaveUp?.at,
        details: [
          ...defects.slice(0, LISTED),
          ...(defects.length > LISTED ? [`and ${defects.length - LISTED} more`] : []),
        ],
        answers: [
          { command: `codex answer ${id} "…"`, does: "try again, told what you write" },
          {
            command: `codex answer ${id} ${names.map((name) => `--output ${name}=<file>`).join(" ")}`.trimEnd(),
            does: "take what you have written yourself, if it passes the checks",
          },
          ...(isUnit(id) ? [{ command: `codex defer ${id} --why "…"`, does: "go on without this unit" }] : []),
          { command: `codex build ${id} --force`, does: "try again as before" },
        ],
      };
    }
    case "edit":
      return {
        ...same,
        asks: "Running it would overwrite what a person wrote. Which shall stand?",
        shows: target.outputs.flatMap((output) => (output.kind === "ref" ? [output.ref.path] : [])),
        since: undefined,
        details: [],
        answers: [
          { command: `codex accept ${id} --why "…"`, does: "keep the edit, merged where the target must run" },
          { command: `codex build ${id} --overwrite-edits`, does: "give it up" },
        ],
      };
    default:
      return unreachable(kind);
  }
}

const isUnit = (id: Address): boolean => /^book\/[^/]+\/P4_production\/[^/]+$/.test(id);
