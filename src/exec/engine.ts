/** All that a build works with, put together once at the edge. */
import type { Provider } from "../agents/provider.ts";
import type { Files } from "../artifact/files.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Actions } from "../cache/actions.ts";
import type { SharedCache } from "../cache/shared-cache.ts";
import type { StatCache } from "../cache/statcache.ts";
import type { Store } from "../cache/store.ts";
import type { Traces } from "../cache/traces.ts";
import type { Emit } from "../events.ts";
import { type Fault, FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { contested } from "../graph/writers.ts";
import type { Host } from "../host.ts";
import type { Escalations } from "./escalations.ts";
import type { Signs } from "./idle-clock.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Task } from "./task.ts";
import type { World } from "./world.ts";

export interface Engine {
  readonly host: Host;
  readonly files: Files;
  readonly stats: StatCache;
  readonly store: Store;
  readonly traces: Traces;
  readonly actions: Actions;
  /** Results that others made, and may take; where undefined, there is none. */
  readonly shared?: SharedCache | undefined;
  readonly world: World;
  readonly provider: Provider;
  readonly scheduler: Scheduler;
  /** The file that agents' `lookup` reads. */
  readonly lookup: string | undefined;
  /** Targets that wait for a person since their ladder ended; where undefined, none is remembered. */
  readonly escalations?: Escalations;
  /** Why no agent is to be started for a target: a budget, a spend limit; where undefined, nothing ever speaks against it. */
  readonly held?: (id: Address) => Fault | undefined;
  /** Why no writer of shared files is to be started; where undefined, nothing ever speaks against it. */
  readonly writersHeld?: () => Fault | undefined;
  /** Where attempts of agents hear of their own signs of life; where undefined, their idle clocks do not run. */
  readonly signs?: Signs;
  /** The targets that the rules make as the workspace stands. */
  readonly expand: Expand;
  readonly emit: Emit;
}

/** The task of every target that rules make, asked for again and again while a build goes on. */
export interface Expand {
  /**
   * The tasks as the workspace stands. Those that are as they were may be the same objects.
   * @param written the files that were written since it was asked last, where nothing else is to be looked at.
   */
  (written?: Iterable<RepoPath>): readonly Task[];
  /** Whether there may be others, now that these files were written; where undefined, always. */
  restsOn?(written: Iterable<RepoPath>): boolean;
}

/** The tasks and their graph, as the workspace stands. */
export interface Layout {
  readonly tasks: ReadonlyMap<Address, Task>;
  readonly graph: Graph;
}

/** Expands the rules. Throws a `FaultError` where they contradict each other. What they made last is not laid out again. */
export function layOut(expand: Expand): Layout {
  const expanded = expand();
  const last = LAST.get(expand);
  if (last?.expanded.length === expanded.length && last.expanded.every((task, index) => task === expanded[index]))
    return last.layout;
  let list = expanded;
  let graph = buildGraph(list.map((task) => task.target));
  if (!graph.ok) {
    list = apart(list);
    graph = buildGraph(list.map((task) => task.target));
  }
  if (!graph.ok) throw new FaultError(graph.error);
  const layout = { tasks: new Map(list.map((task) => [task.target.id, task])), graph: graph.value };
  LAST.set(expand, { expanded, layout });
  return layout;
}

const LAST = new WeakMap<Expand, { readonly expanded: readonly Task[]; readonly layout: Layout }>();

/** The tasks, with those as placeholders that plans of artifacts let make the same thing. */
export function apart(list: readonly Task[]): readonly Task[] {
  const faults = contested(list.map((task) => task.target));
  return list.map((task) => {
    const fault = faults.get(task.target.id);
    if (fault === undefined) return task;
    let known = CONTESTED.get(task);
    if (known?.placeholder?.fault?.what !== fault.what) {
      known = { ...task, target: { ...task.target, contested: true }, placeholder: { fault, isContested: true } };
      CONTESTED.set(task, known);
    }
    return known;
  });
}

/** The same task again while it is contested in the same way. */
const CONTESTED = new WeakMap<Task, Task>();
