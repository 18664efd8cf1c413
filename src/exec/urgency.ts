/** What to start first in a build, kept up with what happens: tails by the slots that there are, laid out anew now and then. */
import type { Address } from "../graph/address.ts";
import type { Engine } from "./engine.ts";
import { Estimates, runsInTraces } from "./estimate.ts";
import { Priorities } from "./priorities.ts";
import type { Snapshot } from "./snapshot.ts";
import { tails } from "./tails.ts";

/** The rest of a build is laid out anew when this part of it has ended or come to it, so that all layouts cost little together. */
const NEWS = 1 / 12;
const LEAST_NEWS = 12;

export class Urgency {
  private readonly engine: Pick<Engine, "scheduler" | "world">;
  private readonly chains = new Priorities();
  /** What was to be done when it was laid out last; undefined before. */
  private laidOut: { readonly remaining: number; readonly targets: number } | undefined;
  private ended = 0;
  private estimates = new Estimates([], false);

  constructor(engine: Pick<Engine, "scheduler" | "world">) {
    this.engine = engine;
  }

  /** Seconds from the start of a target to the end of the build, about. */
  of(snapshot: Snapshot, id: Address): number {
    if (this.laidOut === undefined) this.layOut(snapshot);
    return this.chains.of(snapshot.graph, id, (each) => this.secondsOf(snapshot, each));
  }

  /** How long a target took last time, else what the runs of its pass took, or are declared to; 0 for one that will not run. */
  private secondsOf({ evaluation, tasks }: Snapshot, id: Address): number {
    if (evaluation.status(id).kind === "fresh") return 0;
    return this.engine.world.trace(id)?.run.seconds ?? this.estimates.of(tasks.get(id)!).seconds;
  }

  /**
   * Takes in that something has ended.
   * @param ended how many targets.
   * @param changed those whose status may be another.
   */
  take(snapshot: Snapshot, ended: number, changed: Iterable<Address>): void {
    this.chains.forget(snapshot.graph, changed);
    if (this.laidOut === undefined) return;
    this.ended += ended;
    const news = this.ended + Math.abs(snapshot.graph.targets.size - this.laidOut.targets);
    if (news >= Math.max(LEAST_NEWS, this.laidOut.remaining * NEWS)) this.layOut(snapshot);
  }

  private layOut(snapshot: Snapshot): void {
    const { graph, tasks, evaluation } = snapshot;
    const { scheduler, world } = this.engine;
    this.estimates = new Estimates(
      runsInTraces(graph, (id) => world.trace(id), false),
      false,
    );
    const seconds = (id: Address): number => this.secondsOf(snapshot, id);
    const order = graph.order.filter((id) => evaluation.status(id).kind !== "fresh");
    const found = tails({
      order,
      dependencies: (id) => graph.dependencies(id).keys(),
      seconds,
      pool: (id) => tasks.get(id)!.pool,
      slots: (pool) => scheduler.slots(pool),
      limit: scheduler.limit,
    });
    this.chains.assume(found);
    this.laidOut = { remaining: order.length, targets: graph.targets.size };
    this.ended = 0;
    scheduler.rerank();
  }
}
