/** What Codex wrote itself is told from what others wrote, by the file as it is. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { removeAtomic, writeAtomic } from "../../src/artifact/write.ts";
import { appendLine } from "../../src/campaign/jsonl.ts";
import { OwnWrites } from "../../src/cli/own-writes.ts";
import { realHost } from "../../src/cli/real-host.ts";
import type { Host } from "../../src/host.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) fs.rmSync(folder, { recursive: true });
});

function rig(): { host: Host; own: OwnWrites } {
  const root = fs.mkdtempSync(join(tmpdir(), "codex-own-"));
  made.push(root);
  const own = new OwnWrites();
  return { host: own.around(realHost(root)), own };
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a file that was replaced, appended to or removed is its own", () => {
  const { host, own } = rig();
  writeAtomic(host, `${host.root}/a/b.md`, bytes("x"));
  appendLine(host, `${host.root}/log.jsonl`, { n: 1 });
  appendLine(host, `${host.root}/log.jsonl`, { n: 2 });
  writeAtomic(host, `${host.root}/gone`, bytes("x"));
  removeAtomic(host, `${host.root}/gone`);
  expect(["a/b.md", "log.jsonl", "gone"].map((path) => own.made(host, path))).toEqual([true, true, true]);
  expect(own.made(host, "a/other.md")).toBe(false);
});

test("what somebody else did to it since is not", () => {
  const { host, own } = rig();
  for (const name of ["edited", "removed", "replaced"]) writeAtomic(host, `${host.root}/${name}`, bytes("same"));
  fs.writeFileSync(`${host.root}/edited`, "same size"[0]!.repeat(4));
  fs.rmSync(`${host.root}/removed`);
  fs.writeFileSync(`${host.root}/new`, "same");
  fs.renameSync(`${host.root}/new`, `${host.root}/replaced`);
  expect(["edited", "removed", "replaced"].map((path) => own.made(host, path))).toEqual([false, false, false]);
});

test("the root may be a link", () => {
  const { host } = rig();
  fs.symlinkSync(host.root, `${host.root}-link`);
  made.push(`${host.root}-link`);
  const own = new OwnWrites();
  const linked = own.around(realHost(`${host.root}-link`));
  writeAtomic(linked, `${linked.root}/a.md`, bytes("x"));
  expect(own.made(linked, "a.md")).toBe(true);
});
