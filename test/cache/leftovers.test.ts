import { expect, it } from "vitest";
import { leftovers } from "../../src/cache/leftovers.ts";
import { disk } from "../artifact/disk.ts";

const ALIVE = 7;
const processes = { pid: 1, find: (pid: number) => (pid === ALIVE ? {} : undefined) };

it("finds what the dead have left wherever Codex writes, and leaves what the living are at", () => {
  const { host, write } = disk();
  const folders = ["", "lock/", "calls/", "batches/", "cas/ab/", "conflicts/book/x/P1_audit/"];
  for (const folder of folders) for (const pid of [ALIVE, 99]) write(`.codex/${folder}.codex-${pid}-0.tmp`, "half");
  write(".codex/conflicts/book/x/P1_audit/plan.merge", "<<<<<<< mine\n");
  expect(
    leftovers(host, processes as never)
      .map((path) => path.slice(host.root.length + 1))
      .sort(),
  ).toEqual(folders.map((folder) => `.codex/${folder}.codex-99-0.tmp`).sort());
});
