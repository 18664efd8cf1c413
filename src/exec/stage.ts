/**
 * From what a run made to what will be written: the new bytes of every file, and the trace's digests. A run may write
 * what its rule declares and nothing else.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import { digestFragment, readFragment, removeFragment, replaceFragment } from "../artifact/fragment.ts";
import { formatRef, parseRef, type Ref } from "../artifact/ref.ts";
import { decodeUtf8, readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Fault } from "../fault.ts";
import type { Target } from "../graph/target.ts";
import type { Trace } from "../graph/trace.ts";
import { err, ok, type Result } from "../result.ts";
import type { RunOutputs } from "./action.ts";

export interface Staged {
  /** New bytes by path. */
  readonly files: ReadonlyMap<RepoPath, Uint8Array>;
  /** Reference → digest, of every file and fragment that the target now owns. */
  readonly outputs: Readonly<Record<string, Digest>>;
  /** Reference → its own text, for the store. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly products: ReadonlyMap<string, Uint8Array>;
  readonly amended: ReadonlyMap<RepoPath, Uint8Array>;
}

const encoder = new TextEncoder();

/**
 * Lays what a run made over the workspace as it is now.
 * @param seen the workspace as the run saw it.
 * @param previous what the target owned before: fragments that it no longer makes are taken out.
 */
export function stage(
  target: Target,
  made: RunOutputs,
  seen: WorkspaceView,
  current: WorkspaceView,
  previous: Trace | undefined,
): Result<Staged, Fault> {
  const shared = sharedFiles(target, made, seen, current, previous);
  if (!shared.ok) return shared;
  const files = shared.value;
  const outputs: Record<string, Digest> = {};
  const texts = new Map<string, Uint8Array>();
  const products = new Map<string, Uint8Array>();
  const bytesAt = (path: RepoPath): Uint8Array | undefined => files.get(path) ?? current.bytes(path);

  for (const output of target.outputs) {
    if (output.kind === "scope") continue;
    const text = made.outputs[output.name];
    if (text === undefined) return err(broken(target, `it did not give its output ${output.name}`));
    if (output.kind === "product") {
      products.set(output.name, encoder.encode(text));
    } else if (output.ref.fragment === undefined) {
      files.set(output.ref.path, encoder.encode(text));
    } else {
      const before = decodeUtf8(bytesAt(output.ref.path) ?? new Uint8Array());
      if (!before.ok) return err({ ...before.error, where: output.ref.path });
      const replaced = replaceFragment(before.value, output.ref.fragment, text);
      if (!replaced.ok) return err({ ...replaced.error, where: formatRef(output.ref) });
      files.set(output.ref.path, encoder.encode(replaced.value));
    }
  }

  const owned: Ref[] = target.outputs.flatMap((output) => (output.kind === "ref" ? [output.ref] : []));
  for (const name of made.fragments ?? []) {
    const ref = parseRef(name);
    if (!ref.ok) return err(ref.error);
    owned.push(ref.value);
  }
  for (const ref of owned) {
    const entry = digestAndText(ref, bytesAt(ref.path));
    if (!entry.ok) return err({ ...entry.error, where: formatRef(ref) });
    if (entry.value === undefined)
      return err(broken(target, `it says that it wrote ${formatRef(ref)}, which is not there`));
    outputs[formatRef(ref)] = entry.value.digest;
    texts.set(formatRef(ref), entry.value.bytes);
  }
  // Undeclared paths were refused before: these are paths of the workspace.
  const amended = new Map([...(made.amended ?? [])] as [RepoPath, Uint8Array][]);
  for (const [path, bytes] of amended) {
    files.set(path, bytes);
    texts.set(path, bytes);
  }
  return ok({ files, outputs, texts, products, amended });
}

/**
 * Shared files with the run's fragments in them. Where the run saw the file as it is, what it wrote is taken; where it
 * did not (its own or its descendants' fragments were hidden from it), only its fragments are, so that the others stay.
 */
function sharedFiles(
  target: Target,
  made: RunOutputs,
  seen: WorkspaceView,
  current: WorkspaceView,
  previous: Trace | undefined,
): Result<Map<RepoPath, Uint8Array>, Fault> {
  const cleared = withoutDropped(target, new Set(made.fragments), current, previous);
  if (!cleared.ok) return cleared;
  const files = cleared.value;
  const fragments = (made.fragments ?? []).map((name) => parseRef(name)).flatMap((ref) => (ref.ok ? [ref.value] : []));
  for (const [path, bytes] of [...(made.writes ?? [])] as [RepoPath, Uint8Array][]) {
    const before = current.bytes(path);
    if (before === undefined || sameBytes(before, seen.bytes(path))) {
      files.set(path, bytes);
      continue;
    }
    const decoded = decodeUtf8(files.get(path) ?? before);
    if (!decoded.ok) return err({ ...decoded.error, where: path });
    let text = decoded.value;
    for (const ref of fragments) {
      if (ref.path !== path || ref.fragment === undefined) continue;
      const own = readFragment(readUtf8(bytes), ref.fragment);
      if (!own.ok) return err({ ...own.error, where: formatRef(ref) });
      const replaced = replaceFragment(text, ref.fragment, own.value ?? "");
      if (!replaced.ok) return err({ ...replaced.error, where: formatRef(ref) });
      text = replaced.value;
    }
    files.set(path, encoder.encode(text));
  }
  return ok(files);
}

/** The shared files from which something goes: fragments that the target owned and does not make any more. */
function withoutDropped(
  target: Target,
  kept: ReadonlySet<string>,
  current: WorkspaceView,
  previous: Trace | undefined,
): Result<Map<RepoPath, Uint8Array>, Fault> {
  const files = new Map<RepoPath, Uint8Array>();
  const scopes = new Set(target.outputs.flatMap((output) => (output.kind === "scope" ? [output.ref.path] : [])));
  const declared = new Set(target.outputs.flatMap((output) => (output.kind === "ref" ? [formatRef(output.ref)] : [])));
  for (const name of Object.keys(previous?.outputs ?? {})) {
    const old = parseRef(name);
    if (!old.ok || old.value.fragment === undefined || kept.has(name) || declared.has(name)) continue;
    const { path, fragment } = old.value;
    const bytes = files.get(path) ?? (scopes.has(path) ? current.bytes(path) : undefined);
    if (bytes === undefined) continue;
    const decoded = decodeUtf8(bytes);
    if (!decoded.ok) return err({ ...decoded.error, where: path });
    const removed = removeFragment(decoded.value, fragment);
    if (!removed.ok) return err({ ...removed.error, where: name });
    if (removed.value !== decoded.value) files.set(path, encoder.encode(removed.value));
  }
  return ok(files);
}

const sameBytes = (a: Uint8Array, b: Uint8Array | undefined): boolean => b !== undefined && Buffer.compare(a, b) === 0;

/**
 * Stages again what an earlier run wrote, from the store's texts; undefined where it would not come out the same.
 * @param wholes files in which it wrote fragments, where they are now as they were then: what they became.
 * @param previous as for `stage`.
 */
export function restage(
  target: Target,
  trace: Trace,
  texts: ReadonlyMap<string, Uint8Array>,
  products: ReadonlyMap<string, Uint8Array>,
  wholes: ReadonlyMap<RepoPath, Uint8Array>,
  current: WorkspaceView,
  previous: Trace | undefined,
): Staged | undefined {
  const cleared = withoutDropped(target, new Set(texts.keys()), current, previous);
  if (!cleared.ok) return undefined;
  const files = new Map<RepoPath, Uint8Array>([...cleared.value, ...wholes]);
  const amended = new Map<RepoPath, Uint8Array>();
  for (const [name, bytes] of texts) {
    const ref = parseRef(name);
    if (!ref.ok) return undefined;
    const { path, fragment } = ref.value;
    if (fragment === undefined) {
      files.set(path, bytes);
      if (name in trace.amends) amended.set(path, bytes);
      continue;
    }
    if (wholes.has(path)) continue;
    const replaced = replaceFragment(
      readUtf8(files.get(path) ?? current.bytes(path) ?? new Uint8Array()),
      fragment,
      readUtf8(bytes),
    );
    if (!replaced.ok) return undefined;
    files.set(path, encoder.encode(replaced.value));
  }
  for (const [name, digest] of Object.entries(trace.outputs)) {
    const ref = parseRef(name);
    const entry = ref.ok ? digestAndText(ref.value, files.get(ref.value.path)) : undefined;
    if (entry?.ok !== true || entry.value?.digest !== digest) return undefined;
  }
  return { files, outputs: trace.outputs, texts, products, amended };
}

function digestAndText(
  ref: Ref,
  bytes: Uint8Array | undefined,
): Result<{ digest: Digest; bytes: Uint8Array } | undefined, Fault> {
  if (bytes === undefined) return ok(undefined);
  if (ref.fragment === undefined) return ok({ digest: digestOf(bytes), bytes });
  const text = readFragment(readUtf8(bytes), ref.fragment);
  if (!text.ok) return text;
  if (text.value === undefined) return ok(undefined);
  const digest = digestFragment(readUtf8(bytes), ref.fragment);
  return digest.ok ? ok({ digest: digest.value, bytes: encoder.encode(text.value) }) : digest;
}

/** What a run made that its rule does not declare. */
export function undeclared(target: Target, made: RunOutputs): Fault | undefined {
  const names = new Set(target.outputs.map((output) => output.name));
  const output = Object.keys(made.outputs).find((name) => !names.has(name));
  if (output !== undefined) return outside(target, `the output ${output}`);
  const scopes = new Set<string>(target.outputs.flatMap((each) => (each.kind === "scope" ? [each.ref.path] : [])));
  for (const path of made.writes?.keys() ?? []) if (!scopes.has(path)) return outside(target, path);
  for (const name of made.fragments ?? []) {
    const ref = parseRef(name);
    if (!ref.ok || ref.value.fragment === undefined || !scopes.has(ref.value.path)) return outside(target, name);
  }
  const amends = new Set<string>([...target.amends, ...target.mayAmend].map((ref) => ref.path));
  for (const path of made.amended?.keys() ?? []) if (!amends.has(path)) return outside(target, path);
  return undefined;
}

const outside = (target: Target, what: string): Fault => ({
  what: `the rule ${target.rule} wrote outside its outputs: ${what}. Nothing was written`,
  where: target.id,
  mend: "declare it in the rule's outputs, or do not write it",
  exit: 1,
});

const broken = (target: Target, what: string): Fault => ({
  what,
  where: target.id,
  mend: `mend the rule ${target.rule}`,
  exit: 1,
});
