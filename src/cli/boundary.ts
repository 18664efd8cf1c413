/**
 * What is looked at when a batch has been integrated: continuity at once, since the next batch waits for it; and the
 * watchdog, whose findings are told and written. A look of the watchdog reads the whole campaign, so a busy one is looked
 * at only now and then, and at the end.
 */

import type { Recorder } from "../campaign/recorder.ts";
import type { Event } from "../events.ts";
import { IntegrationGuard } from "./integration-guard.ts";
import { look, report } from "./look.ts";
import type { Workspace } from "./open.ts";

const EVERY_MS = 10 * 60 * 1000;

export class Boundary {
  private readonly workspace: Workspace;
  private readonly guard: IntegrationGuard;
  /** Names of the rules that write shared files. */
  private readonly writers: ReadonlySet<string>;
  private integrated = false;
  private last: number;
  private readonly told = new Set<string>();

  constructor(workspace: Workspace, recorder: Recorder) {
    this.workspace = workspace;
    this.guard = new IntegrationGuard(workspace, recorder);
    this.writers = new Set(workspace.config.rules.flatMap(({ name, shared }) => (shared === "write" ? [name] : [])));
    this.last = workspace.host.now();
  }

  /** The beginning of a build. */
  begin(): void {
    this.guard.begin();
  }

  heard(event: Event): void {
    if (!("target" in event)) return;
    if (!this.writers.has(event.target.split("/")[2] ?? "")) {
      if (event.type === "targetFinished" && event.changed) this.guard.written();
      return;
    }
    this.guard.heard(event);
    if (event.type !== "targetFinished") return;
    this.integrated = true;
    if (this.workspace.host.now() - this.last >= EVERY_MS) this.look();
  }

  /** The end of a build is a boundary, too. */
  end(): void {
    if (this.integrated) this.look();
  }

  private look(): void {
    const { host, engine } = this.workspace;
    this.integrated = false;
    this.last = host.now();
    const issues = look(this.workspace);
    report(this.workspace, issues, []);
    for (const { address, what, command } of issues) {
      const text = `Watchdog: ${address}: ${what}: ${command}`;
      if (this.told.has(text)) continue;
      this.told.add(text);
      engine.emit({ type: "notice", at: host.now(), text });
    }
  }
}
