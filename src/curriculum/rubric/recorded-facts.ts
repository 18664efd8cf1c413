/**
 * Facts that remember what they were asked and what they answered. A verdict that was reached from the same bytes and
 * would get the same answers again is still right, whatever else has changed in the catalog or in other units.
 */
import { unreachable } from "../../result.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

/** Questions with their answers, as text: `<kind>:<subject>` to the answer. */
export type Answers = Readonly<Record<string, string>>;

const KINDS = ["unit", "content", "catalog", "pending", "exists"] as const;
export type QuestionKind = (typeof KINDS)[number];

/** The facts, and a record that grows with every question. */
export function recordFacts(facts: WorkspaceFacts): { readonly facts: WorkspaceFacts; readonly asked: Answers } {
  const asked: Record<string, string> = {};
  const list = (kind: QuestionKind, subject: string, answer: readonly string[]): readonly string[] => {
    asked[`${kind}:${subject}`] = answer.join("|");
    return answer;
  };
  const flag = (kind: QuestionKind, subject: string, answer: boolean): boolean => {
    asked[`${kind}:${subject}`] = String(answer);
    return answer;
  };
  return {
    asked,
    facts: {
      unitStatuses: (id) => list("unit", id, facts.unitStatuses(id)),
      contentStatuses: (id) => list("content", id, facts.contentStatuses(id)),
      inCatalog: (text) => flag("catalog", text, facts.inCatalog(text)),
      isPending: (id) => flag("pending", id, facts.isPending(id)),
      exists: (path) => flag("exists", path, facts.exists(path)),
    },
  };
}

/** Answers recorded questions anew, each only once however many units asked it. */
export class Reasker {
  readonly facts: WorkspaceFacts;
  readonly #settled: ReadonlySet<QuestionKind>;
  readonly #answers = new Map<string, string>();

  /** @param settled kinds of questions whose source has not changed, so that every recorded answer stands */
  constructor(facts: WorkspaceFacts, settled: ReadonlySet<QuestionKind>) {
    this.facts = facts;
    this.#settled = settled;
  }

  /** Whether every question would get its recorded answer. */
  allStand(asked: Answers): boolean {
    for (const question in asked) {
      if (this.#answer(question, asked[question] ?? "") !== asked[question]) return false;
    }
    return true;
  }

  #answer(question: string, recorded: string): string {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const colon = question.indexOf(":");
    const kind = KINDS.find((candidate) => candidate === question.slice(0, colon));
    if (kind === undefined) return "no such question";
    if (this.#settled.has(kind)) return recorded;
    const answer = this.#ask(kind, question.slice(colon + 1));
    this.#answers.set(question, answer);
    return answer;
  }

  #ask(kind: QuestionKind, subject: string): string {
    switch (kind) {
      case "unit":
        return this.facts.unitStatuses(subject).join("|");
      case "content":
        return this.facts.contentStatuses(subject).join("|");
      case "catalog":
        return String(this.facts.inCatalog(subject));
      case "pending":
        return String(this.facts.isPending(subject));
      case "exists":
        return String(this.facts.exists(subject));
      default:
        return unreachable(kind);
    }
  }
}
