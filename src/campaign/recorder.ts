/**
 * Turns what happens in a build into the campaign's records: a line in the audit log for every transition, a line in
 * the cost ledger for every call to a model, and the ledger itself.
 */
import { encodeUtf8 } from "../artifact/utf8.ts";
import { removeTemporaries, writeAtomic } from "../artifact/write.ts";
import type { Book } from "../curriculum/books.ts";
import { DEFERRALS_PATH, parseDeferrals } from "../curriculum/deferrals.ts";
import type { FlowPlan } from "../curriculum/flow-list.ts";
import type { Event } from "../events.ts";
import { type Address, memberOf } from "../graph/address.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { unreachable } from "../result.ts";
import { AuditLog, type LogEntry, type LogLine } from "./audit-log.ts";
import { bookViews, type CampaignView, flowViews } from "./campaign-view.ts";
import { isoSeconds, lastPasses, untold } from "./catch-up.ts";
import { isEntry } from "./chain.ts";
import { CostLedger } from "./cost-ledger.ts";
import { renderCoverage, renderWeavings } from "./coverage.ts";
import { readLines } from "./jsonl.ts";
import { type BookView, type FlowView, type Owner, renderLedger } from "./ledger.ts";
import { paidBy } from "./spending.ts";
import { bookEntries, flowEntries, type LoggedStates, loggedStates, noteState, type Said } from "./state-log.ts";

export class Recorder {
  private readonly host: Host;
  private readonly folder: string;
  private readonly books: readonly Book[];
  private readonly flows: readonly FlowPlan[];
  private readonly log: AuditLog;
  private readonly costs: CostLedger;
  /** What each book's state is by the log; undefined until it is asked. */
  private states: LoggedStates | undefined;
  /** Who did last what moved a book or a flow, by its slug or id. */
  private readonly actors = new Map<string, string>();
  /** The books' current owners: the weavers at work, by the place of their batch. */
  private readonly owners = new Map<string, Owner>();
  /** The targets whose last attempts failed, by the log; undefined until it is asked. */
  private failed: Set<string> | undefined;
  /** Whether the ledger names the owners that there are. */
  private ownersTold = true;
  /** Slugs of the books, names of the batches and ids of the flows of which something was recorded since they were last observed. */
  private readonly touched = new Set<string>();

  /** @param folder absolute path of the manifests. */
  constructor(host: Host, folder: string, books: readonly Book[], flows: readonly FlowPlan[] = []) {
    this.host = host;
    this.folder = folder;
    this.books = books;
    this.flows = flows;
    this.log = new AuditLog(host, `${folder}/campaign.log.jsonl`);
    this.costs = new CostLedger(host, `${folder}/cost_ledger.jsonl`);
  }

  /** Takes in one event. */
  record(event: Event): void {
    if ("target" in event) this.touched.add(touchedBy(event.target));
    if ("target" in event && /^[^/]+\/[^/]+\/PW_weaving(?:\/|$)/.test(event.target)) this.changeOwner(event);
    switch (event.type) {
      case "callSettled":
        this.costs.record(event);
        return;
      case "targetFinished":
        this.failures().delete(event.target);
        this.actors.set(nameOf(event.target), event.agent);
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
        this.failures().add(event.target);
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
    this.touched.add(nameOf(decision.address));
    this.log.append({ at: isoSeconds(this.host.now()), kind: "pass", from: "pending", ...decision });
  }

  /** Logs what a person answered: a rejection, a hint, a deferral. Approvals are runs, and logged as such. */
  answered(answer: Omit<LogEntry, "at" | "kind" | "evidence">): void {
    this.log.append({ at: isoSeconds(this.host.now()), kind: "answer", ...answer });
  }

  /** Logs that integration was stopped after a target, or goes on. */
  held(entry: Omit<LogEntry, "at" | "kind" | "evidence">): void {
    this.log.append({ at: isoSeconds(this.host.now()), kind: "hold", ...entry });
  }

  /**
   * Logs the books whose state is another than the log says, of those that something happened to. The first call looks
   * at all books: what changed between two builds, by a person's edit or in a crash, is a transition too.
   */
  observe(view: CampaignView): void {
    const all = this.states === undefined;
    const books = all ? this.books : this.books.filter((book) => this.isTouched(book));
    const flows = all ? this.flows : this.flows.filter(({ id }) => this.touched.has(id));
    this.touched.clear();
    this.logStates(this.bookViews(view, books), this.flowViews(view, flows));
    if (!this.ownersTold) this.write(view);
  }

  /** Whether something happened to a book, or to any batch: which books are woven in one, its targets say. */
  private isTouched(book: Book): boolean {
    return this.touched.has(book.slug) || [...this.touched].some((name) => name.startsWith("batch/"));
  }

  /** Brings the log and the ledger to what the view says of all books; writes only what is not there. */
  project(view: CampaignView): void {
    // Nobody is at work any more, however the work ended. A book's work may have moved another one's state.
    this.owners.clear();
    this.logStates(this.bookViews(view), this.flowViews(view));
    this.write(view);
  }

  private write(view: CampaignView): void {
    this.ownersTold = true;
    // What a writer that was killed left beside it would be in git for ever.
    removeTemporaries(this.host.fs, this.folder);
    for (const [name, text] of this.projections(view)) {
      const path = `${this.folder}/${name}`;
      let before: string | undefined;
      try {
        before = this.host.fs.readFileSync(path, "utf8");
      } catch {
        // Not there yet.
      }
      if (before !== text) writeAtomic(this.host, path, encodeUtf8(text));
    }
  }

  /** The files that follow from traces, log and workspace, as they should be: texts by their names in the folder. */
  projections(view: CampaignView): ReadonlyMap<string, string> {
    const books = this.bookViews(view);
    const flows = this.flowViews(view);
    return new Map([
      ["campaign.json", renderLedger(books, paidBy(this.costs.lines()), flows)],
      ["fasttrack_coverage.md", renderCoverage(books, flows, (path) => this.read(path))],
      ["weaving_report.md", renderWeavings(books, (path) => this.read(path) !== undefined)],
    ]);
  }

  /** The transitions of books that the view shows and the log does not; nothing is written. */
  pendingTransitions(view: CampaignView): readonly LogEntry[] {
    return this.transitions(this.bookViews(view), this.flowViews(view));
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

  private logStates(books: readonly BookView[], flows: readonly FlowView[]): void {
    this.states ??= loggedStates(this.lines());
    for (const entry of this.transitions(books, flows)) {
      this.log.append(entry);
      noteState(this.states, entry);
    }
  }

  /** What the log does not say yet, every step by itself. */
  private transitions(books: readonly BookView[], flows: readonly FlowView[]): readonly LogEntry[] {
    const known = this.states ?? loggedStates(this.lines());
    const at = isoSeconds(this.host.now());
    const of = (name: string): Said => ({ at, actor: this.actors.get(name) ?? "engine" });
    return [
      ...books.flatMap((view) => bookEntries(view, known, of(view.book.slug))),
      ...flows.flatMap((view) => flowEntries(view, known, of(view.flow.id))),
    ];
  }

  /** A weaver has all books of its batch to itself (seed §5.1). */
  private changeOwner(event: Event & { readonly target: string }): void {
    const place = memberOf(event.target);
    if (event.type === "targetStarted")
      this.owners.set(place, { target: event.target, since: new Date(event.at).toISOString() });
    else if (event.type === "targetFinished" || event.type === "targetFailed") this.owners.delete(place);
    else return;
    this.ownersTold = false;
  }

  private lines(): LogLine[] {
    return readLines(this.host, `${this.folder}/campaign.log.jsonl`).filter(isEntry);
  }

  private failures(): Set<string> {
    this.failed ??= new Set(
      [...lastPasses(this.lines())].flatMap(([address, line]) => (line.to === "failed" ? [address] : [])),
    );
    return this.failed;
  }

  private bookViews(view: CampaignView, books = this.books): BookView[] {
    const deferrals = parseDeferrals(this.read(DEFERRALS_PATH) ?? "");
    return bookViews(view, books, deferrals, this.owners, this.hasFailed);
  }

  private flowViews(view: CampaignView, flows = this.flows): FlowView[] {
    return flowViews(view, flows, this.hasFailed);
  }

  private readonly hasFailed = (id: Address): boolean => this.failures().has(id);

  /** A file of the workspace, as text. */
  private read(path: string): string | undefined {
    try {
      return this.host.fs.readFileSync(`${this.host.root}/${path}`, "utf8");
    } catch {
      return undefined;
    }
  }
}

/** A book's slug, a flow's id, a batch's name. */
const nameOf = (address: string): string => address.split("/")[1] ?? "";

/** What an event of a target touches: a book's slug, a flow's id, or a whole batch. */
const touchedBy = (target: string): string => (target.startsWith("batch/") ? memberOf(target) : nameOf(target));
