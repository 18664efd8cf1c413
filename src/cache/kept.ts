/**
 * What is kept under `.codex` so that the next command is faster: one value a file, behind its digest. A flipped bit costs
 * the time that it had saved, and never a wrong answer.
 */
import { join } from "node:path";
import { digestOf } from "../artifact/digest.ts";
import { encodeUtf8 } from "../artifact/utf8.ts";
import { replaceFile } from "../artifact/write.ts";
import type { Host } from "../host.ts";

type Place = Pick<Host, "fs" | "root">;

const pathOf = (host: Place, name: string): string => join(host.root, ".codex", name);

/**
 * What was kept under a name; undefined where nothing was, or where it is damaged. Its shape is what `keep` was given: a
 * reader whose format has changed since tells by a version in it.
 * @param name of the file in `.codex`
 */
export function readKept(host: Place, name: string): unknown {
  let text: string;
  try {
    text = host.fs.readFileSync(pathOf(host, name), "utf8");
  } catch {
    return undefined;
  }
  const end = text.indexOf("\n");
  const data = text.slice(end + 1, -1);
  return digestOf(data) === text.slice(0, end) ? JSON.parse(data) : undefined;
}

/** Keeps a value that JSON can hold. Throws what the disk says where it cannot. */
export function keep(host: Place, name: string, value: unknown): void {
  const data = JSON.stringify(value);
  replaceFile(host.fs, pathOf(host, name), encodeUtf8(`${digestOf(data)}\n${data}\n`));
}

/** The same, where the disk may refuse (a folder that can only be read, say): that costs time and nothing else. */
export function keepIfPossible(host: Place, name: string, value: unknown): void {
  try {
    keep(host, name, value);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
