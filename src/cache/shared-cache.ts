/**
 * What others have made, and what others may take: results by key in a store that many machines share. It saves work and
 * is never needed: nothing that happens to it fails a build. A store that does not answer is left alone until the build
 * ends, and each kind of trouble is told once.
 */
import PQueue from "p-queue";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { encodeUtf8, readUtf8 } from "../artifact/utf8.ts";
import type { Host } from "../host.ts";
import { unreachable } from "../result.ts";
import { actionsIn, type CachedAction, withAction } from "./actions.ts";
import type { SharedStore, StoreTrouble } from "./shared-store.ts";
import type { Store } from "./store.ts";
import { isRecord } from "./traces.ts";

/** Of the list of results, so that another form of it is not taken for damage. */
const VERSION = 1;
/** Bytes of a key's list of results. */
const MOST_OF_A_LIST = 16 * 1024 ** 2;
/** Bytes of one thing that a result wrote, and of all of them. */
const MOST_OF_A_BLOB = 16 * 1024 ** 2;
const MOST_OF_A_RESULT = 64 * 1024 ** 2;
/** Requests of a kind that are under way at once. */
const AT_ONCE = 8;
/** After so many failures one after the other, or so many answers that cannot be right, it is left alone. */
const PATIENCE = 3;
/** Milliseconds that the end of a build waits for what is on its way there. */
const LAST_WAIT = 30_000;

export interface SharedCacheOptions {
  /** Whether what is made here is kept there; asked when something was made. */
  readonly push: () => boolean;
  /** What to try where it refuses. */
  readonly mend: string;
  /** Told of trouble, a sentence or two. */
  readonly tell: (text: string) => void;
}

export class SharedCache {
  private readonly host: Pick<Host, "after">;
  private readonly store: SharedStore;
  private readonly own: Store;
  private readonly options: SharedCacheOptions;
  private readonly requests = new PQueue({ concurrency: AT_ONCE });
  private readonly uploads = new PQueue({ concurrency: AT_ONCE });
  private session = new BuildSession();

  /** @param own the store here: what is taken is put there, what is kept comes from there. */
  constructor(host: Pick<Host, "after">, store: SharedStore, own: Store, options: SharedCacheOptions) {
    this.host = host;
    this.store = store;
    this.own = own;
    this.options = options;
  }

  /** What is known there for a key, newest first: unverified, but of the form of a result. Never fails. */
  async results(key: Digest, stop: AbortSignal): Promise<readonly CachedAction[]> {
    const { session } = this;
    if (session.reading.isOver) return [];
    const got = await this.requests.add(async () =>
      session.reading.isOver ? undefined : this.store.get(`ac/${key}`, MOST_OF_A_LIST, stop),
    );
    if (got === undefined) return [];
    if (!got.ok) {
      this.failed(session.reading, got.error);
      return [];
    }
    session.reading.succeeded();
    const list = got.value === undefined ? [] : listIn(got.value);
    if (list === undefined) this.distrust(`what it has for the key ${key.slice(0, 8)} is damaged`);
    const results = (list ?? []).filter(({ trace }) => trace.key === key);
    session.seen.set(key, results);
    return results;
  }

  /**
   * Fetches what a result wrote into the store here, where it is not there yet: all of it, or nothing.
   * @returns whether all of it is here now.
   */
  async bring(digests: Iterable<Digest>, stop: AbortSignal): Promise<boolean> {
    const { session } = this;
    const missing = [...new Set(digests)].filter((digest) => this.own.get(digest) === undefined);
    const brought: Uint8Array[] = [];
    let left = MOST_OF_A_RESULT;
    let isWhole = true;
    const one = async (digest: Digest): Promise<void> => {
      // Without one of them the others are of no use.
      if (!isWhole || session.reading.isOver) return;
      const got = await this.store.get(`cas/${digest}`, MOST_OF_A_BLOB, stop);
      if (got.ok) session.reading.succeeded();
      else this.failed(session.reading, got.error);
      const bytes = got.ok ? got.value : undefined;
      const isSound = bytes !== undefined && digestOf(bytes) === digest;
      if (bytes !== undefined && !isSound) this.distrust(`its bytes for ${digest.slice(0, 8)} are others`);
      left -= bytes?.byteLength ?? 0;
      isWhole &&= isSound && left >= 0;
      if (isSound) brought.push(bytes);
    };
    await Promise.all(missing.map((digest) => this.requests.add(() => one(digest))));
    if (!isWhole || brought.length < missing.length) return false;
    for (const bytes of brought) session.known.add(this.own.put(bytes));
    return true;
  }

  /** Takes in that it has something which no honest run leaves there, and which is not used. */
  distrust(what: string): void {
    const { session } = this;
    session.lies++;
    if (session.lies >= PATIENCE) session.reading.giveUp();
    session.say("wrong", () =>
      this.options.tell(`The shared cache at ${this.store.name} cannot be right: ${what}. It was not used.`),
    );
  }

  /** Keeps a result there: what it wrote first, so that a result that is found is whole. Begins at once, and is not waited for. */
  keep(key: Digest, action: CachedAction): void {
    const { session } = this;
    if (!session.mayWrite || !this.options.push()) return;
    void this.uploads
      .add(() => this.upload(session, key, action))
      // The store here cannot be read: whoever needs it will say so.
      .catch(() => session.writing.giveUp());
  }

  /** Waits for what is on its way there, though not for ever, and forgets what this build learnt of the store. */
  async settled(stop: AbortSignal): Promise<void> {
    const { session, uploads } = this;
    await new Promise<void>((resolve) => {
      const cancel = this.host.after(LAST_WAIT, () => done());
      const done = (): void => {
        cancel();
        stop.removeEventListener("abort", done);
        resolve();
      };
      stop.addEventListener("abort", done);
      if (stop.aborted) done();
      else void uploads.onIdle().then(done);
    });
    const left = uploads.size + uploads.pending;
    uploads.clear();
    session.end.abort();
    if (left > 0 && !stop.aborted)
      this.options.tell(`The shared cache at ${this.store.name} is slow: ${left} of the results were not kept there.`);
    await uploads.onIdle();
    this.session = new BuildSession();
  }

  private async upload(session: BuildSession, key: Digest, action: CachedAction): Promise<void> {
    const stop = session.end.signal;
    const put = async (place: `ac/${string}` | `cas/${string}`, bytes: Uint8Array): Promise<boolean> => {
      if (!session.mayWrite) return false;
      const done = await this.store.put(place, bytes, stop);
      if (done.ok) session.writing.succeeded();
      else this.failed(session.writing, done.error);
      return done.ok;
    };
    for (const digest of digestsOf(action)) {
      if (session.known.has(digest)) continue;
      const bytes = this.own.get(digest);
      if (bytes === undefined || bytes.byteLength > MOST_OF_A_BLOB || !(await put(`cas/${digest}`, bytes))) return;
      session.known.add(digest);
    }
    // The results of the same key that were answered otherwise stay.
    const others = session.seen.get(key) ?? (await this.results(key, stop));
    const list = withAction(action, others);
    if (await put(`ac/${key}`, encodeUtf8(JSON.stringify({ version: VERSION, results: list }))))
      session.seen.set(key, list);
  }

  /** Takes in that a request came to nothing. */
  private failed(patience: Patience, trouble: StoreTrouble): void {
    switch (trouble.kind) {
      case "stopped":
        return;
      case "wrong":
        this.distrust(trouble.why);
        return;
      case "refused":
        patience.giveUp();
        break;
      case "unreachable":
        patience.failed();
        break;
      default:
        unreachable(trouble);
    }
    if (!patience.isOver) return;
    const mend = trouble.kind === "refused" ? ` ${this.options.mend}` : "";
    const rest = this.session.reading.isOver ? "goes on without it" : "keeps nothing more there";
    this.session.say("useless", () =>
      this.options.tell(
        `The shared cache at ${this.store.name} is of no use (${trouble.why}): this build ${rest}.${mend}`,
      ),
    );
  }
}

/** All that a result wrote, as digests of the store. */
export const digestsOf = ({ trace, blobs, files }: CachedAction): ReadonlySet<Digest> =>
  new Set([
    ...Object.values(blobs),
    ...Object.values(trace.products),
    ...Object.values(files).map(({ after }) => after),
  ]);

/** What one build has learnt of the store. */
class BuildSession {
  readonly reading = new Patience();
  readonly writing = new Patience();
  /** Results by key, as the store had them when it was asked. */
  readonly seen = new Map<Digest, readonly CachedAction[]>();
  /** What it has. */
  readonly known = new Set<Digest>();
  /** Answers that cannot be right. */
  lies = 0;
  /** Ends what is on its way there. */
  readonly end = new AbortController();
  private readonly told = new Set<string>();

  /** Who may not read there does not write there either. */
  get mayWrite(): boolean {
    return !this.reading.isOver && !this.writing.isOver;
  }

  /** Does it the first time that a kind of trouble is met. */
  say(kind: "wrong" | "useless", tell: () => void): void {
    if (this.told.has(kind)) return;
    this.told.add(kind);
    tell();
  }
}

/** How often something may fail before it is left alone. */
class Patience {
  isOver = false;
  private failures = 0;

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures++;
    if (this.failures >= PATIENCE) this.giveUp();
  }

  giveUp(): void {
    this.isOver = true;
  }
}

/** The results in a list as the store has it; none where it has another form of it, undefined where it is damaged. */
function listIn(bytes: Uint8Array): readonly CachedAction[] | undefined {
  let data: unknown;
  try {
    data = JSON.parse(readUtf8(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(data)) return undefined;
  return data.version === VERSION ? actionsIn(data.results) : [];
}
