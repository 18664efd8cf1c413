/** What is known of message batches that were submitted, on disk: `.codex/batches/`, a file each. */
import { makeFolder, replaceFile } from "../artifact/write.ts";
import type { Host } from "../host.ts";

export interface Submitted {
  /** When it was written down, in milliseconds since the epoch. */
  readonly at: number;
  /** The `custom_id`s of its requests. */
  readonly ids: readonly string[];
  /** Its name at the provider; undefined until that was learnt. */
  readonly batch: string | undefined;
}

/** The provider keeps results for 29 days. */
const KEPT_MS = 30 * 24 * 3_600_000;

export class BatchNotes {
  readonly #host: Host;
  readonly #folder: string;
  #notes: Map<string, Submitted> | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#folder = `${host.root}/.codex/batches`;
  }

  /** The batch that holds a request. */
  of(id: string): Submitted | undefined {
    return [...this.#all().values()].find(({ ids }) => ids.includes(id));
  }

  /** Whether a batch of that name is known. */
  named(batch: string): boolean {
    return [...this.#all().values()].some((note) => note.batch === batch);
  }

  /** Writes it down, on disk when this returns. */
  keep(note: Submitted): void {
    makeFolder(this.#host.fs, this.#folder);
    const path = this.#pathOf(note);
    replaceFile(this.#host.fs, path, Buffer.from(`${JSON.stringify({ version: 1, ...note })}\n`));
    this.#all().set(path, note);
  }

  /** Nothing was submitted, or it is known by its name now; the file of a batch has one name for both. */
  forget(note: Submitted): void {
    const path = this.#pathOf(note);
    this.#all().delete(path);
    this.#host.fs.rmSync(path, { force: true });
  }

  #pathOf({ ids }: Submitted): string {
    return `${this.#folder}/${ids[0]}.json`;
  }

  #all(): Map<string, Submitted> {
    if (this.#notes !== undefined) return this.#notes;
    this.#notes = new Map();
    let names: string[] = [];
    try {
      names = this.#host.fs.readdirSync(this.#folder).filter((name) => name.endsWith(".json"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    for (const name of names) {
      const path = `${this.#folder}/${name}`;
      const note = readNote(this.#host.fs.readFileSync(path, "utf8"));
      if (note !== undefined && note.at > this.#host.now() - KEPT_MS) this.#notes.set(path, note);
      else this.#host.fs.rmSync(path, { force: true });
    }
    return this.#notes;
  }
}

function readNote(text: string): Submitted | undefined {
  try {
    const { version, at, ids, batch } = JSON.parse(text) as Record<string, unknown>;
    const fits =
      version === 1 &&
      typeof at === "number" &&
      Array.isArray(ids) &&
      ids.every((id) => typeof id === "string") &&
      (batch === undefined || typeof batch === "string");
    return fits ? { at, ids: ids as string[], batch: batch as string | undefined } : undefined;
  } catch {
    return undefined;
  }
}
