/** What waits for a person, and what that person can do about it: the one list behind `inbox`, `build` and notifications. */
import { digestOf } from "../artifact/digest.ts";
import type { Snapshot } from "../exec/build.ts";
import type { Engine } from "../exec/engine.ts";
import type { Task } from "../exec/task.ts";
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { formatSource, type Target } from "../graph/target.ts";
import { unreachable } from "../result.ts";
import { plural, usd } from "./view/plain.ts";

export type InboxKind = "gate" | "question" | "escalation" | "edit" | "hold";

export interface InboxItem {
  readonly address: Address;
  /** `gate`: approve what was written. `question`: a person's target. `escalation`: all attempts failed. `edit`: running would overwrite a person's work. `hold`: nothing more is integrated. */
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

type Asked = Pick<Engine, "world" | "writersHeld">;

/** As much of a digest as a person compares. */
const SHORT = 12;
/** How many defects of an escalation are listed. */
const LISTED = 5;

/** Everything of the snapshot that waits for a person, in the order of the graph; and what holds up all integration. */
export function inboxItems(snapshot: Snapshot, engine: Asked): readonly InboxItem[] {
  const items = snapshot.ids.flatMap((id) => inboxItem(snapshot, engine, id) ?? []);
  const held = items.some(({ kind }) => kind === "hold") ? undefined : engine.writersHeld?.();
  return held === undefined ? items : [holdItem(held), ...items];
}

const holdItem = ({ what, where }: Fault): InboxItem => ({
  address: where as Address,
  kind: "hold",
  asks: `${what[0]!.toUpperCase()}${what.slice(1)}. How should it go on?`,
  shows: [],
  shown: digestOf(what).slice(0, SHORT),
  since: undefined,
  details: ["when the units are mended, the next build goes on by itself"],
  answers: [
    { command: "codex continuity --format md", does: "see which units are below a threshold" },
    { command: 'codex continuity --accept --why "…"', does: "let it stand, and integrate again" },
  ],
});

/** What one target waits for; undefined where it does not, or is no more. */
export function inboxItem(snapshot: Snapshot, engine: Asked, id: Address): InboxItem | undefined {
  const kind = snapshot.graph.targets.has(id) ? kindOf(snapshot, id) : undefined;
  if (kind !== undefined) return itemOf(snapshot, engine, id, kind);
  const held = snapshot.tasks.get(id)?.shared === "write" ? engine.writersHeld?.() : undefined;
  return held?.where === id ? holdItem(held) : undefined;
}

function kindOf({ evaluation, graph }: Snapshot, id: Address): Exclude<InboxKind, "hold"> | undefined {
  const status = evaluation.status(id);
  if (status.kind === "blockedByEdit") return "edit";
  if (status.kind !== "waiting") return undefined;
  if (!graph.targets.get(id)!.byPerson) return "escalation";
  return producerOf({ graph }, id) === undefined ? "question" : "gate";
}

/** What a person is asked at a gate, or by a target of theirs. */
export const askOf = ({ action }: Task): string => (action.kind === "person" ? action.ask : "An answer is needed");

/** What a person who is asked should read: files, sections. */
export const shownBy = ({ inputs }: Target): string[] =>
  inputs.filter((input) => input.kind !== "orderOnly").map((input) => formatSource(input.source));

/** The target that a gate approves; undefined where the address is no gate. */
export function producerOf({ graph }: Pick<Snapshot, "graph">, gate: Address): Address | undefined {
  const id = gate.replace(/\.gate$/, "") as Address;
  return id !== gate && graph.targets.get(id)?.gate === gate ? id : undefined;
}

function itemOf(
  snapshot: Snapshot,
  engine: Pick<Engine, "world">,
  id: Address,
  kind: Exclude<InboxKind, "hold">,
): InboxItem {
  const target = snapshot.graph.targets.get(id)!;
  const task = snapshot.tasks.get(id)!;
  const shown = snapshot.evaluation.key(id).key.slice(0, SHORT);
  const reads = shownBy(target);
  const same = { address: id, kind, shown };
  switch (kind) {
    case "gate":
    case "question": {
      const producer = producerOf(snapshot, id);
      const run = producer === undefined ? undefined : engine.world.trace(producer)?.run;
      const reject = { command: `codex reject ${id} --why "…"`, does: "have it made again, with your reason" };
      return {
        ...same,
        asks: askOf(task),
        shows: reads,
        since: run?.at,
        details:
          run === undefined
            ? []
            : [
                `made by ${run.agent}${run.model === undefined ? "" : `, model ${run.model}`}, in ${plural(run.attempts, "attempt")}, ${usd(run.usd)}`,
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
