/**
 * What people answered, apart from approvals: a rejection with its reason, or a hint for a pass that gave up. An answer is a
 * file beside the ledgers, and an input of the target that it is about: so a new one makes the target stale, the next
 * attempt is told what the person said, and git keeps who said it and when.
 */
import { parsePath } from "../artifact/path.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { writeAtomic } from "../artifact/write.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";
import type { Defect } from "./action.ts";
import type { Guidance } from "./attempt.ts";

export interface PersonAnswer {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly by: string;
  /** `reject`: what was made is not good enough. `hint`: how to go on where the ladder had ended. */
  readonly kind: "reject" | "hint";
  readonly why: string;
  /** The digest of what the person was shown. */
  readonly shown: string;
  /** How many attempts had been made by then: the next one is counted on from there. */
  readonly attempts: number;
}

/** The name of the input by which a target reads its answers. A rule cannot give it: names of its own hold no `:`. */
export const ANSWERS_INPUT = "person:answers";

/** Where the answers about a target are. */
export function answersPath(folder: string, id: Address): RepoPath {
  const path = parsePath(`${folder}/${id}.json`);
  if (!path.ok) throw new FaultError(path.error);
  return path.value;
}

/** Reads a file of answers; throws a `FaultError` where it is none. Nothing at all is no answers. */
export function parseAnswers(text: string, where: string): readonly PersonAnswer[] {
  if (text.trim() === "") return [];
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    data = undefined;
  }
  const answers = (data as { answers?: unknown } | undefined)?.answers;
  if (!Array.isArray(answers) || !answers.every(isAnswer)) {
    const mend = "restore it with `git checkout`, or delete it: then nothing was answered";
    throw new FaultError(usageFault("the answers cannot be read", where, mend));
  }
  return answers;
}

function isAnswer(value: unknown): value is PersonAnswer {
  if (typeof value !== "object" || value === null) return false;
  const { at, by, kind, why, shown, attempts } = value as Record<string, unknown>;
  return (
    [at, by, why, shown].every((each) => typeof each === "string") &&
    (kind === "reject" || kind === "hint") &&
    typeof attempts === "number"
  );
}

/** The text of a file of answers. */
const renderAnswers = (answers: readonly PersonAnswer[]): string =>
  `${JSON.stringify({ version: 1, answers }, null, 2)}\n`;

/**
 * Adds an answer to what was said of a target before.
 * @param folder of the answers, relative to the workspace.
 */
export function addAnswer(host: Host, folder: string, id: Address, answer: PersonAnswer): void {
  const name = answersPath(folder, id);
  const path = `${host.root}/${name}`;
  let before = "";
  try {
    before = host.fs.readFileSync(path, "utf8");
  } catch {
    // It is the first.
  }
  writeAtomic(host, path, new TextEncoder().encode(renderAnswers([...parseAnswers(before, name), answer])));
}

const FIRST: Guidance = { attempt: 1, hint: "", defects: [], tokens: 1 };

/** What the first attempt is told: every rejection as a defect, every hint as a hint. */
export function firstGuidance(answers: readonly PersonAnswer[]): Guidance {
  const last = answers.at(-1);
  if (last === undefined) return FIRST;
  return {
    attempt: last.attempts + 1,
    hint: answers.flatMap(({ kind, why }) => (kind === "hint" ? [why] : [])).join("\n"),
    defects: answers.flatMap((answer): Defect[] =>
      answer.kind === "reject"
        ? [{ what: `${answer.by} rejected it: ${answer.why}`, where: "", mend: "mend what the person names" }]
        : [],
    ),
    tokens: 1,
  };
}
