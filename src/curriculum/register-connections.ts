/**
 * The connections of a batch of drafts: those that hold in the corpus as it will be are registered and get a number,
 * the others are queued for a person; the units then name both by the ids that they got.
 */
import { encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { brokenFile, sharedText } from "./apply-draft.ts";
import {
  addToConnections,
  CONNECTION_TYPES,
  CONNECTIONS_PATH,
  type Connection,
  ConnectionNumbers,
  rewriteNewIds,
  STRENGTHS,
  slugOf,
} from "./connections.ts";
import type { Corpus } from "./corpus-checks.ts";
import { type ConnectionProposal, type Draft, unproposedSlugs } from "./draft.ts";
import { EMPTY_PROPOSALS, PROPOSALS_PATH, queueProposal } from "./proposals.ts";
import { byCodeUnit } from "./text-edit.ts";
import { readUnitCard } from "./unit-card.ts";

export interface Registration {
  /** Files that differ from the view's, whole. */
  readonly changes: ReadonlyMap<RepoPath, Uint8Array>;
  /** Fragments put into shared files. */
  readonly refs: readonly string[];
  /** What was done for each unit, by unit id. */
  readonly actions: ReadonlyMap<string, readonly string[]>;
}

/**
 * Registers the connections of accepted drafts.
 * @param view the workspace with the drafts' units, catalog entries and nodes in it; @param corpus what it says.
 * @param at the time to write on queued proposals, UTC ISO 8601, or empty.
 * @throws FaultError where a shared file is missing or broken.
 */
export function registerConnections(
  view: WorkspaceView,
  corpus: Corpus,
  drafts: readonly Draft[],
  at: string,
): Registration {
  const book = new Book(view, corpus, at);
  for (const draft of [...drafts].sort((a, b) => byCodeUnit(a.unitId, b.unitId))) book.enter(draft);
  return book.close();
}

type Relation = Omit<Connection, "id">;

/** What one registration has decided so far. */
class Book {
  readonly #view: WorkspaceView;
  readonly #at: string;
  readonly #numbers: ConnectionNumbers;
  /** The registry, then what this batch adds to it. */
  readonly #known: Connection[];
  readonly #added = new Map<string, Connection>();
  /** Units to be listed by connections that were registered before. */
  readonly #invocations = new Map<string, string[]>();
  /** The file of proposals as it was and as it will be; empty where there is none. */
  readonly #queueBefore: string;
  #queue: string;
  readonly #changes = new Map<RepoPath, Uint8Array>();
  readonly #refs: string[] = [];
  readonly #actions = new Map<string, string[]>();
  readonly #concepts: ReadonlySet<string>;
  readonly #units: ReadonlySet<string>;

  constructor(view: WorkspaceView, corpus: Corpus, at: string) {
    this.#view = view;
    this.#at = at;
    this.#known = [...corpus.connections.entries];
    this.#numbers = new ConnectionNumbers(this.#known);
    this.#concepts = new Set(corpus.catalog.entries.map((entry) => entry.id));
    const ids = [...corpus.units.values()].map((card) => card.id);
    this.#units = new Set([...ids, ...corpus.deps.nodes.map((node) => node.id)]);
    this.#queueBefore = view.bytes(PROPOSALS_PATH) === undefined ? "" : sharedText(view, PROPOSALS_PATH);
    this.#queue = this.#queueBefore;
  }

  enter(draft: Draft): void {
    const actions: string[] = [];
    this.#actions.set(draft.unitId, actions);
    const idBySlug = new Map<string, string>();
    for (const proposal of draft.connections) {
      const slug = proposal.id.slice("conn:NEW.".length);
      const { id: _id, ...relation } = proposal;
      idBySlug.set(slug, this.#resolve(draft, slug, relation, proposal, actions));
    }
    for (const slug of unproposedSlugs(draft)) {
      const registered = this.#known.find((entry) => slugOf(entry.id) === slug);
      if (registered !== undefined) idBySlug.set(slug, registered.id);
    }
    const text = rewriteNewIds(draft.unit, idBySlug);
    if (text !== draft.unit) this.#changes.set(draft.unitPath, encodeUtf8(text));
    this.#invoke(draft, text, actions);
  }

  /** The id under which a proposed connection goes on: a registered one's, a new one's, or a queued proposal's. */
  #resolve(
    draft: Draft,
    slug: string,
    relation: Relation,
    { id: written }: ConnectionProposal,
    actions: string[],
  ): string {
    const same = this.#known.find((entry) => slugOf(entry.id) === slug && isSameRelation(entry, relation));
    if (same !== undefined) {
      actions.push(`connections: ${written} is ${same.id}, registered before`);
      return same.id;
    }
    const doubt = this.#doubtAbout(draft, relation);
    if (doubt !== undefined) return this.#enqueue(draft, relation, `${written}: ${doubt}`, actions);
    const entry = {
      ...relation,
      id: this.#numbers.next(slug),
      appears_in_units: [...new Set(relation.appears_in_units)],
    };
    this.#known.push(entry);
    this.#added.set(entry.id, entry);
    actions.push(`connections: ${written} registered as ${entry.id}`);
    return entry.id;
  }

  /** Why a person must look at a connection before it is registered; undefined where nothing speaks against it. */
  #doubtAbout({ concept }: Draft, { from, to, type, anchor_phrase, appears_in_units }: Relation): string | undefined {
    const missing = [from, to].filter((end) => !this.#concepts.has(end));
    if (missing.length > 0) return `the catalog does not have ${missing.join(" and ")}`;
    if (from !== concept && to !== concept) return `neither end is the unit's own concept ${concept}`;
    const strangers = appears_in_units.filter((unit) => !this.#units.has(unit));
    if (strangers.length > 0) return `it is to appear in ${strangers.join(" and ")}, which do not exist`;
    const relation = { from, to, type };
    const rival = this.#known.find((entry) => isSameRelation(entry, relation) || entry.anchor_phrase === anchor_phrase);
    if (rival === undefined) return undefined;
    return rival.anchor_phrase === anchor_phrase
      ? `its anchor phrase is the one of ${rival.id}`
      : `${rival.id} already registers this relation`;
  }

  #enqueue(draft: Draft, connection: Relation, rationale: string, actions: string[]): string {
    const text = this.#queue === "" ? EMPTY_PROPOSALS : this.#queue;
    const proposer = `draft of unit ${draft.unitId}`;
    const edit = queueProposal(text, { proposer, proposedAt: this.#at, connection, rationale });
    if (edit.action === "queued") {
      this.#queue = edit.text;
      this.#refs.push(edit.ref);
    }
    actions.push(`connections: queued as ${edit.id} for a person (${rationale})`);
    return edit.id;
  }

  /** Lists the unit under the connections that its frontmatter invokes, and looks up those that it writes out. */
  #invoke(draft: Draft, text: string, actions: string[]): void {
    const card = readUnitCard(draft.unitPath, encodeUtf8(text));
    if (!card.ok) throw new Error(`the accepted unit ${draft.unitPath} cannot be read: ${card.error}`);
    const invoked = this.#known.filter((entry) => card.value.connections.includes(entry.id));
    for (const { to, type, strength, anchorPhrase } of card.value.annotations) {
      const known = this.#known.find((entry) => entry.from === draft.concept && entry.to === to && entry.type === type);
      if (known !== undefined) invoked.push(known);
      else {
        const relation = {
          from: draft.concept,
          to,
          type: oneOf(CONNECTION_TYPES, type),
          strength: oneOf(STRENGTHS, strength),
          anchor_phrase: anchorPhrase,
          appears_in_units: [draft.unitId],
          appears_in_flows: [],
          synthesis_note: "",
        };
        this.#enqueue(draft, relation, "the unit's frontmatter writes it out; it is not registered", actions);
      }
    }
    for (const entry of invoked) this.#list(entry, draft.unitId, text, actions);
  }

  #list(entry: Connection, unitId: string, text: string, actions: string[]): void {
    const added = this.#added.get(entry.id);
    if ((added ?? entry).appears_in_units.includes(unitId)) return;
    // The registry promises that the phrase occurs in every unit that it lists.
    if (!text.includes(entry.anchor_phrase)) {
      actions.push(
        `notice: the unit names ${entry.id} without its anchor phrase "${entry.anchor_phrase}"; not listed there`,
      );
      return;
    }
    if (added !== undefined) {
      const units = [...added.appears_in_units, unitId];
      this.#added.set(entry.id, { ...added, appears_in_units: units });
    } else this.#invocations.set(entry.id, [...(this.#invocations.get(entry.id) ?? []), unitId]);
    actions.push(`connections: ${entry.id} now lists ${unitId}`);
  }

  close(): Registration {
    if (this.#added.size > 0 || this.#invocations.size > 0) {
      const before = sharedText(this.#view, CONNECTIONS_PATH);
      const edit = addToConnections(before, [...this.#added.values()], this.#invocations);
      if (!edit.ok) throw brokenFile(CONNECTIONS_PATH, edit.error);
      if (edit.value.text !== before) {
        this.#changes.set(CONNECTIONS_PATH, encodeUtf8(edit.value.text));
        this.#refs.push(...edit.value.added);
      }
    }
    if (this.#queue !== this.#queueBefore) this.#changes.set(PROPOSALS_PATH, encodeUtf8(this.#queue));
    return { changes: this.#changes, refs: this.#refs, actions: this.#actions };
  }
}

type Ends = Pick<Connection, "from" | "to" | "type">;

const isSameRelation = (a: Ends, b: Ends): boolean => a.from === b.from && a.to === b.to && a.type === b.type;

/** The member of a closed list that a word is; an accepted unit's annotations hold no other. */
function oneOf<T extends string>(words: readonly T[], word: string): T {
  const known = words.find((candidate) => candidate === word);
  if (known === undefined) throw new Error(`${word} is none of ${words.join(", ")}`);
  return known;
}
