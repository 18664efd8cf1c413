/** Who is told of what waits: each thing once, however often a build looks, and at the cost of what has changed. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InboxItem } from "../../src/cli/inbox.ts";
import { Notifier } from "../../src/cli/notify.ts";
import { realHost } from "../../src/cli/real-host.ts";
import type { Address } from "../../src/graph/address.ts";

const APPEND =
  'let text = ""; process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => require("node:fs").appendFileSync("told.jsonl", text));';
const gate = (note: string): Address => `note/${note}/write.gate` as Address;
const [A, B, C] = [gate("a"), gate("b"), gate("c")];

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), "codex-notify-"));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** What waits, by the address and what it shows; it counts how often it is asked. */
class Waiting extends Map<Address, string> {
  asked = 0;
  readonly itemOf = (id: Address): InboxItem | undefined => {
    this.asked += 1;
    const shown = this.get(id);
    return shown === undefined
      ? undefined
      : { address: id, kind: "gate", asks: "?", shows: [], shown, since: undefined, details: [], answers: [] };
  };
}

const notifier = (): Notifier =>
  new Notifier(realHost(root), [process.execPath, "-e", APPEND], (text) => expect.fail(text));

/** Every message so far: the addresses in it, with what they showed. */
function told(): string[][] {
  if (!fs.existsSync(join(root, "told.jsonl"))) return [];
  const lines = fs.readFileSync(join(root, "told.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line).waiting.map((item: InboxItem) => `${item.address}@${item.shown}`));
}

describe("the program that `notify` names", () => {
  test("is told of what newly waits, and of what shows something else", async () => {
    const waiting = new Waiting([[A, "1"]]);
    const build = notifier();
    build.observe([A, B, C], waiting.itemOf);
    waiting.set(B, "1").set(C, "1");
    build.observe([B, C, B], waiting.itemOf);
    waiting.set(B, "2");
    build.observe([B], waiting.itemOf);
    build.observe([A, B, C], waiting.itemOf);
    await build.settled();
    expect(told()).toEqual([[`${A}@1`], [`${B}@1`, `${C}@1`], [`${B}@2`]]);
  });

  test("is told by the next build of nothing that it knows, and again of what had been answered", async () => {
    const waiting = new Waiting([[A, "1"]]);
    const first = notifier();
    first.observe([A, B], waiting.itemOf);
    waiting.delete(A);
    waiting.set(B, "1");
    first.observe([A, B], waiting.itemOf);
    await first.settled();
    waiting.set(A, "1");
    const second = notifier();
    second.observe([A, B], waiting.itemOf);
    await second.settled();
    expect(told()).toEqual([[`${A}@1`], [`${B}@1`], [`${A}@1`]]);
  });

  test("costs what has changed: nothing else is looked at", async () => {
    const many = Array.from({ length: 500 }, (_, index) => gate(`n${index}`));
    const waiting = new Waiting(many.map((id) => [id, "1"]));
    const build = notifier();
    build.observe(many, waiting.itemOf);
    waiting.asked = 0;
    waiting.delete(many[7]!);
    build.observe([many[7]!], waiting.itemOf);
    expect(waiting.asked).toBe(1);
    await build.settled();
    expect(told()).toHaveLength(1);
  });
});
