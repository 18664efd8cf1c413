/** `codex cache`: makes room under `.codex`, checks what is kept there, and prints it. Nothing that is needed is removed. */
import { dirname } from "node:path";
import type { Digest } from "../../artifact/digest.ts";
import { syncFolder } from "../../artifact/write.ts";
import { DEFAULT_LIMITS, findGarbage } from "../../cache/gc.ts";
import { leftovers } from "../../cache/leftovers.ts";
import { systemProcesses } from "../../cache/processes.ts";
import { verifyStore } from "../../cache/verify.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Trace } from "../../graph/trace.ts";
import { unreachable } from "../../result.ts";
import { allTraces } from "../campaign.ts";
import { costLedgerOf } from "../costs.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import { ageOf } from "../since.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { withLock } from "../with-lock.ts";

export interface GcFlags {
  readonly maxSize?: string;
  readonly maxAge?: string;
  readonly dryRun?: boolean;
}

export async function cacheGcCommand(terminal: Terminal, flags: GcFlags): Promise<number> {
  const limits = {
    maxAge: flags.maxAge === undefined ? DEFAULT_LIMITS.maxAge : maxAgeOf(flags.maxAge),
    maxSize: flags.maxSize === undefined ? DEFAULT_LIMITS.maxSize : sizeOf(flags.maxSize),
  };
  const workspace = await openWorkspace();
  const { host } = workspace;
  return withLock(host, flags.dryRun ? undefined : "codex cache gc", () => {
    const dead = leftovers(host, systemProcesses(host.fs));
    const { files, kept, needed } = findGarbage(host, allTraces(workspace), toldCalls(workspace), limits);
    if (!flags.dryRun) {
      for (const path of [...dead, ...files.map((file) => file.path)]) host.fs.rmSync(path, { force: true });
      for (const folder of new Set(files.map((file) => dirname(file.path)))) syncFolder(host.fs, folder);
    }
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const verb = flags.dryRun ? "Would remove" : "Removed";
    const leftBehind = dead.length > 0 ? ` and ${plural(dead.length, "temporary file")} of dead processes` : "";
    terminal.out(`${verb} ${plural(files.length, "file")} (${size(bytes)})${leftBehind}.`);
    terminal.out(`Kept ${plural(kept.files, "file")} (${size(kept.bytes)}), of which ${size(needed)} are needed.`);
    if (kept.bytes > limits.maxSize)
      terminal.out(`That is more than ${size(limits.maxSize)}: what is left is needed, or younger than a day.`);
    return EXIT.done;
  });
}

export async function cacheVerifyCommand(terminal: Terminal, flags: { readonly repair?: boolean }): Promise<number> {
  const workspace = await openWorkspace();
  return withLock(workspace.host, flags.repair ? "codex cache verify --repair" : undefined, () => {
    const { checked, bytes, damages } = verifyStore(workspace.host, tracesOf(workspace), flags.repair === true);
    for (const { where, what, outcome } of damages) terminal.out(`${where}: ${what}: ${told(outcome, flags.repair)}`);
    const left = damages.filter(({ outcome }) => outcome === "kept" || !flags.repair);
    terminal.out(`Checked ${plural(checked, "file")} (${size(bytes)}): ${plural(damages.length, "damage")}.`);
    if (!flags.repair && damages.some(({ outcome }) => outcome !== "kept"))
      terminal.out("codex cache verify --repair mends what can be mended, and removes what can be made again.");
    return left.length === 0 ? EXIT.done : EXIT.failed;
  });
}

/** Prints bytes as they are. @param typed a digest, or the beginning of one */
export async function cacheCatCommand(_: Terminal, typed: string): Promise<number> {
  const { engine } = await openWorkspace();
  const start = typed.toLowerCase();
  if (!/^[0-9a-f]{4,64}$/.test(start))
    throw new FaultError(usageFault(`${typed} is no digest`, "codex cache cat", "give at least four of its 64 digits"));
  const [digest, second] = start.length === 64 ? [start as Digest] : engine.store.matching(start);
  if (second !== undefined)
    throw new FaultError(usageFault(`several digests begin with ${typed}`, ".codex/cas", "give more of its digits"));
  const stored = digest === undefined ? undefined : engine.store.read(digest);
  if (digest === undefined || stored === undefined || stored.kind === "missing")
    throw new FaultError(usageFault(`the store does not hold ${typed}`, ".codex/cas", "look at the digest again"));
  if (stored.kind === "corrupt")
    throw new FaultError({
      what: `the bytes of ${typed} are damaged`,
      where: `.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`,
      mend: "codex cache verify",
      exit: EXIT.failed,
    });
  process.stdout.write(stored.bytes);
  return EXIT.done;
}

const toldCalls = (workspace: Workspace): ReadonlySet<string> =>
  new Set(
    costLedgerOf(workspace)
      .lines()
      .map(({ call }) => call),
  );

const tracesOf = (workspace: Workspace): readonly Trace[] => [...allTraces(workspace).values()];

function told(outcome: "mended" | "removed" | "kept", repair: boolean | undefined): string {
  switch (outcome) {
    case "mended":
      return repair ? "mended" : "can be mended";
    case "removed":
      return repair ? "removed, it can be made again" : "can be made again";
    case "kept":
      return "kept as it is";
    default:
      return unreachable(outcome);
  }
}

const UNITS = ["", "K", "M", "G", "T"];

/** Bytes of `500M`, `2G` or `123456`. */
function sizeOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)i?B?$/i.exec(text) ?? [];
  if (number === undefined)
    throw new FaultError(usageFault(`${text} is no size`, "--max-size", "e.g. --max-size 500M, or 2G"));
  return Number(number) * 1024 ** UNITS.indexOf((unit ?? "").toUpperCase());
}

function maxAgeOf(text: string): number {
  const age = ageOf(text);
  if (age === undefined)
    throw new FaultError(usageFault(`${text} is no age`, "--max-age", "e.g. --max-age 12h, 30d or 8w"));
  return age;
}

function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return unit === 0 ? plural(bytes, "byte") : `${value.toFixed(1)} ${UNITS[unit]}iB`;
}
