/**
 * Turns what happens in a build into the campaign's records: a line in the audit log for every transition, a line in
 * the cost ledger for every session of an agent, and the ledger itself.
 */
import { writeAtomic } from "../artifact/write.ts";
import type { Book } from "../curriculum/books.ts";
import type { Event } from "../events.ts";
import type { Address } from "../graph/address.ts";
import type { Status } from "../graph/evaluate.ts";
import type { Target } from "../graph/target.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { AuditLog } from "./audit-log.ts";
import { appendLine } from "./jsonl.ts";
import { type BookView, renderLedger } from "./ledger.ts";
import { bookState, type BookState } from "./states.ts";

/** What the recorder reads of a build: its targets, as they stand. */
export interface CampaignView {
  readonly targets: Iterable<Target>;
  readonly status: (id: Address) => Status;
  readonly trace: (id: Address) => Trace | undefined;
}

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export class Recorder {
  private readonly host: Host;
  private readonly folder: string;
  private readonly books: readonly Book[];
  private readonly log: AuditLog;
  private states = new Map<string, BookState>();

  /** @param folder absolute path of the manifests. */
  constructor(host: Host, folder: string, books: readonly Book[]) {
    this.host = host;
    this.folder = folder;
    this.books = books;
    this.log = new AuditLog(host, `${folder}/campaign.log.jsonl`);
  }

  /** Takes in one event. */
  record(event: Event): void {
    switch (event.type) {
      case "agentInvoked": {
        const [kind = "", key = "", pass = "", unit] = event.target.split("/");
        appendLine(this.host, `${this.folder}/cost_ledger.jsonl`, {
          timestamp: isoSeconds(event.at),
          book: kind === "book" ? key : null,
          pass,
          agent_id: event.agent,
          model: event.model,
          input_tokens: event.inputTokens,
          output_tokens: event.outputTokens,
          cost_usd: event.usd,
          duration_s: event.seconds,
          ...(unit === undefined ? {} : { unit }),
          attempt: event.attempt,
          outcome: event.outcome,
        });
        return;
      }
      case "targetFinished":
        this.log.append({ at: isoSeconds(event.at), kind: "pass", address: event.target, from: "pending", to: event.how === "restored" ? "completed (restored)" : "completed", actor: event.agent, rationale: event.reasons.join("; ") });
        return;
      case "targetFailed":
        this.log.append({ at: isoSeconds(event.at), kind: "pass", address: event.target, from: "pending", to: "failed", actor: "engine", rationale: event.fault.what });
        return;
      case "buildStarted":
      case "targetStarted":
      case "attemptFailed":
      case "notice":
      case "buildFinished":
        return;
    }
  }

  /** Logs the books whose state is another than at the last call; the first call only takes note. */
  observe(view: CampaignView, first: boolean): void {
    for (const { book, targets } of this.views(view)) {
      const state = bookState(targets);
      const before = this.states.get(book.slug);
      this.states.set(book.slug, state);
      if (first || before === undefined || before === state) continue;
      const settled = targets.filter((target) => target.status.kind === "fresh").length;
      this.log.append({
        at: isoSeconds(this.host.now()),
        kind: "book",
        address: `book/${book.slug}`,
        from: before,
        to: state,
        actor: "engine",
        rationale: `${settled} of ${targets.length} targets are settled`,
      });
    }
  }

  /** Writes the ledger anew, where it says something else than before. */
  project(view: CampaignView): void {
    const path = `${this.folder}/campaign.json`;
    const text = renderLedger(this.views(view));
    let before: string | undefined;
    try {
      before = this.host.fs.readFileSync(path, "utf8");
    } catch {
      // Not there yet.
    }
    if (before !== text) writeAtomic(this.host, path, new TextEncoder().encode(text));
  }

  private views(view: CampaignView): BookView[] {
    const byBook = new Map<string, Target[]>();
    for (const target of view.targets) {
      const [kind, key] = target.id.split("/");
      if (kind === "book") byBook.set(key!, [...(byBook.get(key!) ?? []), target]);
    }
    return this.books.map((book) => ({
      book,
      targets: (byBook.get(book.slug) ?? []).map(({ id, rule }) => ({ id, rule, status: view.status(id), trace: view.trace(id) })),
    }));
  }
}
