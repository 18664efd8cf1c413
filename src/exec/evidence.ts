/**
 * What a run was given, kept for `codex why`: an old text to compare with the new one. It is evidence and nothing else.
 * No key is made of it, it is not synced to the disk, and where it is gone only the digests are shown.
 */
import { dirname, join } from "node:path";
import type { Digest } from "../artifact/digest.ts";
import { isRecord } from "../cache/traces.ts";
import type { Input } from "../graph/target.ts";
import type { Host } from "../host.ts";
import type { InputTexts } from "./action.ts";

/** UTF-16 units that are kept of one run, and of one input; longer ones are left out. */
const MOST = 512_000;
const LONGEST = 128_000;

const pathOf = (host: Host, key: Digest): string => join(host.root, ".codex", "inputs", key.slice(0, 2), `${key}.json`);

/** Keeps the texts of a run's inputs by the run's key. Intermediates are left out: the store has them. */
export function keepInputs(host: Host, key: Digest, inputs: readonly Input[], texts: InputTexts): void {
  const kept: Record<string, string> = {};
  let size = 0;
  for (const { name, source } of inputs) {
    const text = source.kind === "product" ? undefined : texts[name];
    if (text === undefined || text.length > LONGEST || size + text.length > MOST) continue;
    size += text.length;
    kept[name] = text;
  }
  if (size === 0) return;
  const path = pathOf(host, key);
  try {
    host.fs.mkdirSync(dirname(path), { recursive: true });
    host.fs.writeFileSync(path, JSON.stringify(kept));
  } catch {
    // A full disk ends the build where a result cannot be kept, and not here.
  }
}

/** The text of an input of an earlier run; undefined where it was not kept. */
export function inputThen(host: Host, key: Digest, name: string): string | undefined {
  try {
    const kept: unknown = JSON.parse(host.fs.readFileSync(pathOf(host, key), "utf8"));
    const text = isRecord(kept) ? kept[name] : undefined;
    return typeof text === "string" ? text : undefined;
  } catch {
    // Not there, or cut short by a crash.
    return undefined;
  }
}
