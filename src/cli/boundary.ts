/**
 * The watchdog at batch boundaries: when a batch has been integrated it looks, and what it finds is told and written. A
 * look reads the whole campaign, so a busy one is looked at only now and then, and at the end.
 */

import { encodeUtf8 } from "../artifact/utf8.ts";
import { writeAtomic } from "../artifact/write.ts";
import { watchdogReport } from "../campaign/watchdog.ts";
import type { Event } from "../events.ts";
import { manifestsOf } from "./facts.ts";
import { look } from "./look.ts";
import type { Workspace } from "./open.ts";

const EVERY_MS = 10 * 60 * 1000;

export class Boundary {
  private readonly workspace: Workspace;
  private integrated = false;
  private last: number;
  private readonly told = new Set<string>();

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.last = workspace.host.now();
  }

  heard(event: Event): void {
    if (event.type !== "targetFinished" || !/\/integrate\//.test(event.target)) return;
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
    const path = `${host.root}/${manifestsOf(this.workspace)}/watchdog_report.md`;
    writeAtomic(host, path, encodeUtf8(watchdogReport(issues, host.now(), [])));
    for (const { address, what, command } of issues) {
      const text = `Watchdog: ${address}: ${what}: ${command}`;
      if (this.told.has(text)) continue;
      this.told.add(text);
      engine.emit({ type: "notice", at: host.now(), text });
    }
  }
}
