/** Who writes what. Here it is refused that two rules own the same bytes. */
import { formatRef, overlaps, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { Address } from "./address.ts";
import type { Target } from "./target.ts";

interface Writer {
  readonly id: Address;
  readonly target: Target;
  readonly ref: Ref;
  /** A scope only says where fragments may appear. */
  readonly owns: boolean;
}

export class Writers {
  /** Who writes a file whole. */
  readonly makers = new Map<RepoPath, Address>();
  /** Who edits it in place, in an order that the graph must find. */
  readonly amenders = new Map<RepoPath, Set<Address>>();
  /** Who may edit it in place, in whatever order they come. */
  readonly looseAmenders = new Map<RepoPath, Set<Address>>();
  private readonly byPath = new Map<RepoPath, Writer[]>();

  /** Visits the targets whose outputs may share bytes with a reference, amendments aside. */
  each(ref: Ref, visit: (id: Address) => void): void {
    for (const writer of this.byPath.get(ref.path) ?? []) if (overlaps(writer.ref, ref)) visit(writer.id);
  }

  /** Every path that is written or amended by those who order it. */
  paths(): Set<RepoPath> {
    return new Set([...this.byPath.keys(), ...this.amenders.keys()]);
  }

  /** Every path that is written whole or amended. */
  chainPaths(): Set<RepoPath> {
    return new Set([...this.makers.keys(), ...this.amenders.keys(), ...this.looseAmenders.keys()]);
  }

  add(target: Target): Fault | undefined {
    for (const output of target.outputs) {
      if (output.kind === "product") continue;
      const writer: Writer = { id: target.id, target, ref: output.ref, owns: output.kind === "ref" };
      const others = this.byPath.get(output.ref.path);
      const rival = others?.find((other) => clash(other, writer));
      if (rival !== undefined) return twice(rival, writer);
      if (others === undefined) this.byPath.set(output.ref.path, [writer]);
      else others.push(writer);
      if (writer.owns && output.ref.fragment === undefined) this.makers.set(output.ref.path, target.id);
    }
    for (const { path } of target.amends) addTo(this.amenders, path, target.id);
    for (const { path } of target.mayAmend) {
      if (!this.amenders.get(path)?.has(target.id)) addTo(this.looseAmenders, path, target.id);
    }
    return undefined;
  }

  /** An amendment is of a whole file: it cannot be told from the writing of others in it. */
  misplacedAmendment(): Fault | undefined {
    for (const [path, ids] of [...this.amenders, ...this.looseAmenders]) {
      const [id] = ids;
      const part = this.byPath.get(path)?.find((writer) => !writer.owns || writer.ref.fragment !== undefined);
      if (part !== undefined) {
        const what = `${id} amends ${path}, of which ${part.id} writes ${part.owns ? formatRef(part.ref) : "fragments"}`;
        return usageFault(what, path, "let it write a fragment of its own, or amend a file that one rule writes whole");
      }
      const maker = this.makers.get(path);
      if (maker !== undefined && ids.has(maker)) {
        return usageFault(`${maker} both writes and amends ${path}`, path, "let it write the file as it should be");
      }
    }
    return undefined;
  }
}

/** Who writes what among some targets. Faults: an artifact owned twice, an amendment of a file that others share. */
export function findWriters(list: readonly Target[]): Result<Writers, Fault> {
  const writers = new Writers();
  for (const target of list) {
    const fault = writers.add(target);
    if (fault !== undefined) return err(fault);
  }
  const fault = writers.misplacedAmendment();
  return fault === undefined ? ok(writers) : err(fault);
}

/**
 * The targets that write what another writes too, where artifacts decide both, with the fault of each: two plans that name
 * one file are no contradiction of the rules, and all other targets can go on.
 */
export function contested(list: readonly Target[]): ReadonlyMap<Address, Fault> {
  const found = new Map<Address, Fault>();
  const byPath = new Map<RepoPath, Writer[]>();
  for (const target of list) {
    if (target.decidedBy === undefined) continue;
    for (const output of target.outputs) {
      if (output.kind === "product") continue;
      const writer: Writer = { id: target.id, target, ref: output.ref, owns: output.kind === "ref" };
      const others = byPath.get(output.ref.path) ?? [];
      for (const other of others) {
        if (other.id === target.id || !clash(other, writer)) continue;
        const what = `${formatRef(writer.ref)} is planned twice: by ${other.id} and by ${target.id}`;
        const where = `${formatRef(other.target.decidedBy!)}, ${formatRef(target.decidedBy)}`;
        const fault = usageFault(what, where, "take it out of one of the two plans, or give it another place");
        for (const id of [other.id, target.id]) if (!found.has(id)) found.set(id, fault);
      }
      byPath.set(output.ref.path, [...others, writer]);
    }
  }
  return found;
}

/** Owners of the same bytes clash, and so does the owner of a whole file with those who insert fragments in it. */
function clash(a: Writer, b: Writer): boolean {
  if (a.target.contested && b.target.contested) return false;
  if (!a.owns && !b.owns) return false;
  if (a.owns && b.owns) return overlaps(a.ref, b.ref);
  return (a.owns ? a : b).ref.fragment === undefined && a.ref.path === b.ref.path;
}

function twice(a: Writer, b: Writer): Fault {
  const what =
    a.id === b.id ? `${a.id} writes ${formatRef(b.ref)} twice` : `${a.id} and ${b.id} both write ${formatRef(b.ref)}`;
  return usageFault(what, b.id, "let one rule own it, and the other amend it");
}

function addTo(map: Map<RepoPath, Set<Address>>, path: RepoPath, id: Address): void {
  const ids = map.get(path);
  if (ids === undefined) map.set(path, new Set([id]));
  else ids.add(id);
}
