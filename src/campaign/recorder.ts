/**
 * Turns what happens in a build into the campaign's records: a line in the audit log for every transition, a line in
 * the cost ledger for every call to a model, and the ledger itself.
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
import { AuditLog, type LogEntry, type LogLine } from "./audit-log.ts";
import { isoSeconds, lastPasses, untold } from "./catch-up.ts";
import { isEntry } from "./chain.ts";
import { CostLedger } from "./cost-ledger.ts";
import { readLines } from "./jsonl.ts";
import { type BookView, renderLedger } from "./ledger.ts";
import { type BookState, bookState } from "./states.ts";

/** What the recorder reads of a build: its targets, as they stand. */
export interface CampaignView {
  readonly targets: Iterable<Target>;
  /** The targets of one book, where they are known without looking at all. */
  readonly ofBook?: (slug: string) => readonly Target[];
  readonly status: (id: Address) => Status;
  readonly trace: (id: Address) => Trace | undefined;
}

export class Recorder {
  private readonly host: Host;
  private readonly folder: string;
  private readonly books: readonly Book[];
  private readonly log: AuditLog;
  private readonly costs: CostLedger;
  /** What each book's state is by the log; undefined until it is asked. */
  private states: Map<string, BookState> | undefined;
  /** The targets whose last attempts failed, by the log; undefined until it is asked. */
  private failed: Set<string> | undefined;
  /** Slugs of the books of which something was recorded since they were last observed. */
  private readonly touched = new Set<string>();

  /** @param folder absolute path of the manifests. */
  constructor(host: Host, folder: string, books: readonly Book[]) {
    this.host = host;
    this.folder = folder;
    this.books = books;
    this.log = new AuditLog(host, `${folder}/campaign.log.jsonl`);
    this.costs = new CostLedger(host, `${folder}/cost_ledger.jsonl`);
  }

  /** Takes in one event. */
  record(event: Event): void {
    if (event.type === "targetFailed") this.failures().add(event.target);
    if (event.type === "targetFinished") this.failures().delete(event.target);
    if ("target" in event) this.touched.add(event.target.split("/")[1] ?? "");
    switch (event.type) {
      case "callSettled":
        this.costs.record(event);
        return;
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
      case "agentInvoked":
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

  /** Logs what a person decided about a target without a run: an edit accepted, work adopted. */
  decide(decision: {
    readonly address: string;
    readonly to: string;
    readonly actor: string;
    readonly rationale: string;
  }): void {
    this.touched.add(decision.address.split("/")[1] ?? "");
    this.log.append({ at: isoSeconds(this.host.now()), kind: "pass", from: "pending", ...decision });
  }

  /** Logs what a person answered: a rejection, a hint, a deferral. Approvals are runs, and logged as such. */
  answered(answer: Omit<LogEntry, "at" | "kind" | "evidence">): void {
    this.log.append({ at: isoSeconds(this.host.now()), kind: "answer", ...answer });
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
    // What a writer that was killed left beside it would be in git for ever.
    removeTemporaries(this.host.fs, this.folder);
    for (const [name, text] of this.rendered(views)) {
      const path = `${this.folder}/${name}`;
      let before: string | undefined;
      try {
        before = this.host.fs.readFileSync(path, "utf8");
      } catch {
        // Not there yet.
      }
      if (before !== text) writeAtomic(this.host, path, new TextEncoder().encode(text));
    }
  }

  /** The files that follow from traces, log and workspace, as they should be: texts by their names in the folder. */
  projections(view: CampaignView): ReadonlyMap<string, string> {
    return this.rendered(this.views(view, this.books));
  }

  /** The transitions of books that the view shows and the log does not; nothing is written. */
  pendingTransitions(view: CampaignView): readonly LogEntry[] {
    return this.transitions(this.views(view, this.books));
  }

  /**
   * Tells the log what a crash kept from it: runs whose traces are there, and results that are gone.
   * @param traces all traces of the workspace, by address
   */
  catchUp(traces: ReadonlyMap<string, Trace>): number {
    const entries = untold(this.lines(), traces, this.host.now());
    for (const entry of entries) this.log.append(entry);
    return entries.length;
  }

  private rendered(views: readonly BookView[]): ReadonlyMap<string, string> {
    return new Map([["campaign.json", renderLedger(views)]]);
  }

  private logStates(views: readonly BookView[]): void {
    for (const entry of this.transitions(views)) {
      this.log.append(entry);
      this.states?.set(entry.address.slice("book/".length), entry.to);
    }
  }

  private transitions(views: readonly BookView[]): readonly (LogEntry & { readonly to: BookState })[] {
    this.states ??= this.statesInLog();
    return views.flatMap(({ book, targets }) => {
      const from = this.states!.get(book.slug) ?? "draft";
      const to = bookState(targets);
      if (from === to) return [];
      const settled = targets.filter((target) => target.status.kind === "fresh").length;
      return [
        {
          at: isoSeconds(this.host.now()),
          kind: "book" as const,
          address: `book/${book.slug}`,
          from,
          to,
          actor: "engine",
          rationale: `${settled} of ${targets.length} targets are settled`,
        },
      ];
    });
  }

  private lines(): LogLine[] {
    return readLines(this.host, `${this.folder}/campaign.log.jsonl`).filter(isEntry);
  }

  private statesInLog(): Map<string, BookState> {
    return new Map(
      this.lines().flatMap((line) =>
        line.kind === "book" ? [[line.address.slice("book/".length), line.to as BookState] as const] : [],
      ),
    );
  }

  private failures(): Set<string> {
    this.failed ??= new Set(
      [...lastPasses(this.lines())].flatMap(([address, line]) => (line.to === "failed" ? [address] : [])),
    );
    return this.failed;
  }

  private views(view: CampaignView, books: readonly Book[]): BookView[] {
    const byBook = new Map<string, Target[]>(books.map((book) => [book.slug, []]));
    if (view.ofBook !== undefined) for (const { slug } of books) byBook.set(slug, [...view.ofBook(slug)]);
    for (const target of view.ofBook === undefined ? view.targets : []) {
      const [kind, key] = target.id.split("/");
      if (kind === "book") byBook.get(key!)?.push(target);
    }
    return books.map((book) => ({
      book,
      targets: byBook
        .get(book.slug)!
        .map(({ id, rule }) => ({ id, rule, status: this.statusOf(id, view), trace: view.trace(id) })),
    }));
  }

  /** A failure is known from the log, so that whoever looks later sees the same. */
  private statusOf(id: Address, view: CampaignView): Status {
    const status = view.status(id);
    return status.kind === "stale" && this.failures().has(id) ? { kind: "failed" } : status;
  }
}
