/**
 * Turns what happens in a build into the campaign's records: a line in the audit log for every transition, a line in
 * the cost ledger for every session of an agent, and the ledger itself.
 */
import { removeTemporaries, writeAtomic } from "../artifact/write.ts";
import type { Book } from "../curriculum/books.ts";
import type { Event } from "../events.ts";
import type { Address } from "../graph/address.ts";
import type { Status } from "../graph/evaluate.ts";
import type { Target } from "../graph/target.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { unreachable } from "../result.ts";
import { AuditLog, type LogLine } from "./audit-log.ts";
import { appendLine, readLines } from "./jsonl.ts";
import { type BookView, renderLedger } from "./ledger.ts";
import { type BookState, bookState } from "./states.ts";

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
  /** What each book's state is by the log; undefined until it is asked. */
  private states: Map<string, BookState> | undefined;
  /** Slugs of the books of which something was recorded since they were last observed. */
  private readonly touched = new Set<string>();

  /** @param folder absolute path of the manifests. */
  constructor(host: Host, folder: string, books: readonly Book[]) {
    this.host = host;
    this.folder = folder;
    this.books = books;
    this.log = new AuditLog(host, `${folder}/campaign.log.jsonl`);
  }

  /** Takes in one event. */
  record(event: Event): void {
    if ("target" in event) this.touched.add(event.target.split("/")[1] ?? "");
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
        this.log.append({
          at: isoSeconds(event.at),
          kind: "pass",
          address: event.target,
          from: "pending",
          to: event.how === "restored" ? "completed (restored)" : "completed",
          actor: event.agent,
          rationale: event.reasons.join("; "),
        });
        return;
      case "targetFailed":
        this.log.append({
          at: isoSeconds(event.at),
          kind: "pass",
          address: event.target,
          from: "pending",
          to: "failed",
          actor: "engine",
          rationale: event.fault.what,
        });
        return;
      case "buildStarted":
      case "targetStarted":
      case "attemptFailed":
      case "notice":
      case "callDispatched":
      case "callSettled":
      case "callRetried":
      case "callProgress":
      case "budgetAlert":
      case "paused":
      case "buildFinished":
        return;
      default:
        unreachable(event);
    }
  }

  /**
   * Logs the books whose state is another than the log says, of those that something happened to. The first call looks
   * at all books: what changed between two builds, by a person's edit or in a crash, is a transition too.
   */
  observe(view: CampaignView): void {
    const books = this.states === undefined ? this.books : this.books.filter((book) => this.touched.has(book.slug));
    this.touched.clear();
    this.logStates(this.views(view, books));
  }

  /** Brings the log and the ledger to what the view says of all books; writes only what is not there. */
  project(view: CampaignView): void {
    const views = this.views(view, this.books);
    // A book's work may have moved another one's state.
    this.logStates(views);
    const path = `${this.folder}/campaign.json`;
    // What a writer that was killed left beside it would be in git for ever.
    removeTemporaries(this.host.fs, this.folder);
    const text = renderLedger(views);
    let before: string | undefined;
    try {
      before = this.host.fs.readFileSync(path, "utf8");
    } catch {
      // Not there yet.
    }
    if (before !== text) writeAtomic(this.host, path, new TextEncoder().encode(text));
  }

  private logStates(views: readonly BookView[]): void {
    this.states ??= this.statesInLog();
    for (const { book, targets } of views) {
      const before = this.states.get(book.slug) ?? "draft";
      const state = bookState(targets);
      if (before === state) continue;
      this.states.set(book.slug, state);
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

  private statesInLog(): Map<string, BookState> {
    const lines = readLines(this.host, `${this.folder}/campaign.log.jsonl`) as Partial<LogLine>[];
    return new Map(
      lines.flatMap((line) =>
        line?.kind === "book" ? [[String(line.address).slice("book/".length), line.to as BookState] as const] : [],
      ),
    );
  }

  private views(view: CampaignView, books: readonly Book[]): BookView[] {
    const byBook = new Map<string, Target[]>(books.map((book) => [book.slug, []]));
    for (const target of view.targets) {
      const [kind, key] = target.id.split("/");
      if (kind === "book") byBook.get(key!)?.push(target);
    }
    return books.map((book) => ({
      book,
      targets: byBook
        .get(book.slug)!
        .map(({ id, rule }) => ({ id, rule, status: view.status(id), trace: view.trace(id) })),
    }));
  }
}
