/**
 * Whether the concept catalog contains a text. The catalog has megabytes and is asked once a unit, so the titles of its
 * entries, which answer nearly every question, are collected once; only the rest is searched for.
 */
export class CatalogText {
  readonly #read: () => Uint8Array | undefined;
  #bytes: Buffer | undefined;
  #titles: ReadonlySet<string> | undefined;

  /** @param read gives the catalog's bytes; called at most once, when first asked */
  constructor(read: () => Uint8Array | undefined) {
    this.#read = read;
  }

  contains(text: string): boolean {
    if (this.#bytes === undefined) {
      const bytes = this.#read() ?? new Uint8Array(0);
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#titles = titlesOf(this.#bytes);
    }
    return this.#titles?.has(text) || this.#bytes.includes(text, 0, "utf8");
  }
}

const TITLE = Buffer.from("\n### ");

function titlesOf(bytes: Buffer): ReadonlySet<string> {
  const titles = new Set<string>();
  for (let at = bytes.indexOf(TITLE); at !== -1; ) {
    const end = bytes.indexOf(0x0a, at + TITLE.length);
    titles.add(bytes.toString("utf8", at + TITLE.length, end === -1 ? bytes.length : end));
    at = end === -1 ? -1 : bytes.indexOf(TITLE, end);
  }
  return titles;
}
