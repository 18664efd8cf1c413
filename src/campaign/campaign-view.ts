/**
 * The targets of a campaign as its records see them: each book's and each flow's own, as they stand, with what only the
 * log knows of them.
 */
import type { Book } from "../curriculum/books.ts";
import type { Deferrals } from "../curriculum/deferrals.ts";
import type { FlowPlan } from "../curriculum/flow-list.ts";
import { weavingGroup } from "../curriculum/weaving-batch.ts";
import { type Address, memberOf } from "../graph/address.ts";
import type { Status } from "../graph/evaluate.ts";
import type { Target } from "../graph/target.ts";
import type { Trace } from "../graph/trace.ts";
import type { BookView, FlowView, Owner } from "./ledger.ts";
import type { BookTarget } from "./states.ts";

/** What the recorder reads of a build: its targets, as they stand. */
export interface CampaignView {
  readonly targets: Iterable<Target>;
  /** The targets of one book, where they are known without looking at all. */
  readonly ofBook?: (slug: string) => readonly Target[];
  readonly status: (id: Address) => Status;
  readonly trace: (id: Address) => Trace | undefined;
}

/** Whether a target's last attempts failed, by the log: so that whoever looks later sees the same. */
type HasFailed = (id: Address) => boolean;

/** @param owners the weavers at work, by the place of their batch. */
export function bookViews(
  view: CampaignView,
  books: readonly Book[],
  deferrals: Deferrals,
  owners: ReadonlyMap<string, Owner>,
  hasFailed: HasFailed,
): BookView[] {
  const byBook = targetsOfBooks(view, books);
  const placeOf = new Map<string, string>();
  for (const target of view.targets) {
    if (!target.id.startsWith("batch/")) continue;
    for (const { slug } of books) {
      if (!target.groups.includes(weavingGroup(slug))) continue;
      byBook.get(slug)!.push(target);
      placeOf.set(slug, memberOf(target.id));
    }
  }
  return books.map((book) => {
    const owner = owners.get(placeOf.get(book.slug) ?? `book/${book.slug}`);
    const { [book.slug]: deferred } = deferrals;
    return {
      book,
      targets: byBook.get(book.slug)!.map((target) => bookTarget(target, view, hasFailed)),
      ...(deferred === undefined ? {} : { deferrals: deferred }),
      ...(owner === undefined ? {} : { owner }),
    };
  });
}

export function flowViews(view: CampaignView, flows: readonly FlowPlan[], hasFailed: HasFailed): FlowView[] {
  if (flows.length === 0) return [];
  const byFlow = new Map<string, BookTarget[]>(flows.map(({ id }) => [id, []]));
  for (const target of view.targets) {
    if (target.id.startsWith("flow/")) byFlow.get(target.id.split("/")[1]!)?.push(bookTarget(target, view, hasFailed));
  }
  return flows.map((flow) => ({ flow, targets: byFlow.get(flow.id)! }));
}

function targetsOfBooks(view: CampaignView, books: readonly Book[]): Map<string, Target[]> {
  const { ofBook } = view;
  if (ofBook !== undefined) return new Map(books.map(({ slug }) => [slug, [...ofBook(slug)]]));
  const byBook = new Map<string, Target[]>(books.map(({ slug }) => [slug, []]));
  for (const target of view.targets) {
    const [kind, slug] = target.id.split("/");
    if (kind === "book") byBook.get(slug!)?.push(target);
  }
  return byBook;
}

function bookTarget({ id, rule }: Target, view: CampaignView, hasFailed: HasFailed): BookTarget {
  const status = view.status(id);
  return {
    id,
    rule,
    status: status.kind === "stale" && hasFailed(id) ? { kind: "failed" } : status,
    trace: view.trace(id),
  };
}
