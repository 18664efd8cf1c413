/**
 * Traces on disk: `manifests/traces/<book>.json`, tracked by git like a lock file, sorted, one target a line, so
 * that a diff shows the targets that ran and two branches merge.
 */
import type { Digest } from "../artifact/digest.ts";
import { parsePath } from "../artifact/path.ts";
import { parseRef } from "../artifact/ref.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Trace } from "../graph/trace.ts";

const VERSION = 1;
/**
 * No target's line is the last one, so that all end alike: what two branches added are whole lines, which git can put
 * together (`merge=union`, docs/how-to/merge.md).
 */
const LAST = '"":0}}';

export class Traces {
  private readonly files = new Map<RepoPath, Map<Address, Trace>>();
  private readonly view: WorkspaceView;
  private readonly folder: string;

  /** @param folder where the trace files are, relative to the workspace. */
  constructor(view: WorkspaceView, folder: string) {
    this.view = view;
    this.folder = folder;
  }

  get(id: Address): Trace | undefined {
    return this.load(this.fileOf(id)).get(id);
  }

  set(id: Address, trace: Trace): void {
    this.load(this.fileOf(id)).set(id, trace);
  }

  delete(id: Address): void {
    this.load(this.fileOf(id)).delete(id);
  }

  /** Every target that has a trace. */
  addresses(): Address[] {
    return this.view.list([`${this.folder}/*.json`]).flatMap((path) => [...this.load(path).keys()]);
  }

  /** The file that holds a target's trace. */
  fileOf(id: Address): RepoPath {
    const [kind = "", key = "all"] = id.split("/");
    const path = parsePath(`${this.folder}/${kind === "book" ? key : `${kind}-${key}`}.json`);
    if (!path.ok) throw new FaultError(path.error);
    return path.value;
  }

  /** The bytes that a trace file should now have. */
  render(path: RepoPath): Uint8Array {
    const lines = [...this.load(path)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, trace]) => `${JSON.stringify(id)}:${JSON.stringify(sorted(trace))}`);
    return new TextEncoder().encode(
      `{"version":${VERSION},"targets":{\n${lines.map((line) => `${line},\n`).join("")}${LAST}\n`,
    );
  }

  private load(path: RepoPath): Map<Address, Trace> {
    let traces = this.files.get(path);
    if (traces === undefined) {
      const bytes = this.view.bytes(path);
      traces = bytes === undefined ? new Map() : parseTraces(readUtf8(bytes), path);
      this.files.set(path, traces);
    }
    return traces;
  }
}

const REPAIR = "restore it with `git checkout`: without it Codex cannot tell what it wrote from what a person wrote";
const RESOLVE =
  "keep one line of each target, whole, and take the marks out: with the wrong line a target is stale or edited, never falsely fresh";

function parseTraces(text: string, path: RepoPath): Map<Address, Trace> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    const [why, mend] = text.includes("<<<<<<<")
      ? ["it holds an unresolved merge conflict", RESOLVE]
      : ["it is not readable as JSON", REPAIR];
    throw new FaultError(usageFault(`the traces cannot be used: ${why}`, path, mend));
  }
  const { version, targets } = (data ?? {}) as { version?: unknown; targets?: unknown };
  if (version !== VERSION) {
    throw new FaultError(
      usageFault(
        `the traces have version ${String(version)}, and this Codex reads version ${VERSION}`,
        path,
        "use the version of Codex that wrote them",
      ),
    );
  }
  if (!isRecord(targets))
    throw new FaultError(usageFault("the traces cannot be used: they hold no targets", path, REPAIR));
  const traces = new Map<Address, Trace>();
  for (const [id, trace] of Object.entries(targets)) {
    if (id === "") continue;
    if (!isTrace(trace)) throw new FaultError(usageFault(`the trace of ${id} is damaged`, path, REPAIR));
    traces.set(id as Address, trace);
  }
  return traces;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isDigests = (value: unknown): value is Record<string, Digest> =>
  isRecord(value) && Object.values(value).every((each) => typeof each === "string");
const areRefs = (record: Record<string, unknown>): boolean => Object.keys(record).every((name) => parseRef(name).ok);

function isRead(value: unknown): boolean {
  if (!isRecord(value) || typeof value.answer !== "string" || !isRecord(value.question)) return false;
  if (value.hits !== undefined && !isDigests(value.hits)) return false;
  const { kind, ref, glob, pattern } = value.question;
  if (kind === "read") return typeof ref === "string";
  return typeof glob === "string" && (kind === "list" || (kind === "search" && typeof pattern === "string"));
}

const isRun = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value.at === "string" &&
  !Number.isNaN(Date.parse(value.at)) &&
  typeof value.agent === "string" &&
  [value.seconds, value.usd, value.attempts].every((each) => Number.isFinite(each));

/** Whether something that was read is a trace. Checked by hand, not by zod: every null build loads every trace. */
export function isTrace(value: unknown): value is Trace {
  return (
    isRecord(value) &&
    typeof value.key === "string" &&
    isDigests(value.parts) &&
    isDigests(value.soft) &&
    Array.isArray(value.reads) &&
    value.reads.every(isRead) &&
    isDigests(value.outputs) &&
    areRefs(value.outputs) &&
    isDigests(value.products) &&
    isRecord(value.amends) &&
    areRefs(value.amends) &&
    Object.values(value.amends).every(
      (link) => isRecord(link) && typeof link.before === "string" && typeof link.after === "string",
    ) &&
    isRun(value.run)
  );
}

const sortKeys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const sorted = (trace: Trace): Trace => ({
  ...trace,
  parts: sortKeys(trace.parts),
  soft: sortKeys(trace.soft),
  outputs: sortKeys(trace.outputs),
  products: sortKeys(trace.products),
  amends: sortKeys(trace.amends),
});
