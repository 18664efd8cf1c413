/** A build that is listened to: its profile is written where `--profile` says, and sent where OpenTelemetry is configured. */
import { resolve } from "node:path";
import { replaceFile } from "../artifact/write.ts";
import type { Event } from "../events.ts";
import type { Snapshot } from "../exec/build.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Workspace } from "./open.ts";
import { Profiler } from "./profile.ts";
import { chromeTrace, profileMarkdown } from "./view/profile.ts";

export class Profiling {
  private readonly profiler = new Profiler();
  private readonly path: string | undefined;
  private readonly isTraced: boolean;

  /** @param path of the profile, from the current folder. */
  constructor(path: string | undefined, isTraced: boolean) {
    this.path = path;
    this.isTraced = isTraced;
  }

  take(event: Event): void {
    this.profiler.take(event);
  }

  /** Writes and sends what was heard; says where it is. */
  async finish(
    { workspace }: { readonly workspace: Workspace },
    snapshot: Snapshot,
    say: (line: string) => void,
  ): Promise<void> {
    const { config, host } = workspace;
    const profile = this.profiler.profile(
      (target) => {
        const task = snapshot.tasks.get(target as Address);
        if (task === undefined) return undefined;
        const needs = [...snapshot.graph.dependencies(target as Address).keys()];
        return { rule: task.target.rule, pool: task.pool, needs };
      },
      { pools: config.pools, limit: config.limit },
    );
    if (this.path !== undefined) {
      const trace = resolve(this.path);
      const summary = `${trace.replace(/\.json$/, "")}.md`;
      const encoder = new TextEncoder();
      try {
        replaceFile(host.fs, trace, encoder.encode(`${JSON.stringify(chromeTrace(profile))}\n`));
        replaceFile(host.fs, summary, encoder.encode(profileMarkdown(profile)));
      } catch (error) {
        throw new FaultError(
          usageFault(`the profile cannot be written: ${(error as Error).message}`, this.path, "name another file"),
        );
      }
      say(
        `Profile: ${this.path} (open it at https://ui.perfetto.dev), summary: ${this.path.replace(/\.json$/, "")}.md`,
      );
    }
    if (this.isTraced && profile.runs.length > 0) {
      const { sendSpans } = await import("./spans.ts");
      try {
        await sendSpans(profile, CODEX_VERSION);
      } catch (error) {
        // A collector that is down is no reason for a build to fail.
        say(`OpenTelemetry: the spans could not be sent: ${(error as Error).message}`);
      }
    }
  }
}
