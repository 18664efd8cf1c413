/** A workspace whose store holds results of all kinds, for the tests of what may be removed. */
import * as fs from "node:fs";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { Actions } from "../../src/cache/actions.ts";
import { Store } from "../../src/cache/store.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { type Disk, disk } from "../artifact/disk.ts";

export const NOW = Date.UTC(2026, 10, 22);
export const DAY = 86_400_000;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const pathOf = (digest: Digest): string => `.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`;

export interface Kept extends Disk {
  readonly store: Store;
  readonly actions: Actions;
  /** Puts a text into the store, as if so many days ago. */
  put(value: string, days?: number): Digest;
  /** Keeps a result that wrote these texts, as if so many days ago. */
  result(name: string, run: Partial<Trace["run"]>, days?: number): { readonly trace: Trace; readonly made: Digest };
}

export function kept(): Kept {
  const made = disk({ now: NOW });
  const store = new Store(made.host);
  const actions = new Actions(made.host);
  const age = (path: string, days: number): void => {
    const then = (NOW - days * DAY) / 1000;
    fs.utimesSync(made.at(path), then, then);
  };
  const put = (value: string, days = 100): Digest => {
    const digest = store.put(text(value));
    age(pathOf(digest), days);
    return digest;
  };
  return {
    ...made,
    store,
    actions,
    put,
    result(name, run, days = 100) {
      const output = put(`${name} made`, days);
      const trace: Trace = {
        key: digestOf(`${name} key`),
        parts: {},
        soft: {},
        reads: [],
        outputs: { [`out/${name}.txt`]: output },
        products: { draft: put(`${name} draft`, days) },
        amends: { "shared.md": { before: put(`${name} before`, days), after: put(`${name} after`, days) } },
        run: { at: "2026-11-22T00:00:00.000Z", seconds: 1, usd: 0, attempts: 1, agent: "engine", ...run },
      };
      actions.add(trace.key, { trace, blobs: { [`out/${name}.txt`]: output }, files: {} });
      age(`.codex/ac/${trace.key.slice(0, 2)}/${trace.key}.json`, days);
      return { trace, made: output };
    },
  };
}
