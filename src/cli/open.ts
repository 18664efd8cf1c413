/** Puts an engine together for a command: the configuration, the disk, the caches. Only commands that write take the lock. */
import { replayProvider } from "../agents/replay.ts";
import { Files } from "../artifact/files.ts";
import { Actions } from "../cache/actions.ts";
import { StatCache } from "../cache/statcache.ts";
import { Store } from "../cache/store.ts";
import { Traces } from "../cache/traces.ts";
import type { Emit } from "../events.ts";
import type { Engine } from "../exec/engine.ts";
import { Scheduler } from "../exec/scheduler.ts";
import { World } from "../exec/world.ts";
import { FaultError } from "../fault.ts";
import type { Host } from "../host.ts";
import type { Config } from "../rules/config.ts";
import { expandRules } from "../rules/expand.ts";
import { type Loaded, loadConfig } from "./load-config.ts";
import { realHost } from "./real-host.ts";

export interface Workspace {
  readonly host: Host;
  readonly config: Config;
  readonly engine: Engine;
  readonly loaded: Loaded;
}

/** Opens the workspace that the current folder is in. Throws a `FaultError` where there is none or its configuration is wrong. */
export async function openWorkspace(emit: Emit = () => {}, limit?: number): Promise<Workspace> {
  const here = realHost(process.cwd());
  const loaded = await loadConfig(here.fs, here.root);
  if (!loaded.ok) throw new FaultError(loaded.error);
  const { config, root } = loaded.value;
  const host: Host = { ...here, root };
  const files = new Files(host);
  const stats = StatCache.load(host, files);
  const store = new Store(host);
  const manifests = config.campaign?.manifests ?? "manifests";
  const traces = new Traces(files, `${manifests}/traces`);
  const engine: Engine = {
    host,
    files,
    stats,
    store,
    traces,
    actions: new Actions(host),
    world: new World(files, stats, store, traces),
    provider: replayProvider(files, config.agents.recordings),
    scheduler: new Scheduler(config.pools, limit ?? config.limit),
    lookup: config.agents.lookup,
    expand: () => expandRules(config.rules, files),
    emit,
  };
  return { host, config, engine, loaded: loaded.value };
}
