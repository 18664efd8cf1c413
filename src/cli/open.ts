/** Puts an engine together for a command: the configuration, the disk, the caches. Only commands that write take the lock. */

import type { Paying } from "../agents/paying.ts";
import type { Provider } from "../agents/provider.ts";
import { unpaid } from "../agents/unpaid.ts";
import { Files } from "../artifact/files.ts";
import { Actions } from "../cache/actions.ts";
import { StatCache } from "../cache/statcache.ts";
import { Store } from "../cache/store.ts";
import { Traces } from "../cache/traces.ts";
import type { Emit } from "../events.ts";
import type { Engine } from "../exec/engine.ts";
import { Escalations } from "../exec/escalations.ts";
import { HardStops } from "../exec/hard-stops.ts";
import { Signs } from "../exec/idle-clock.ts";
import { Scheduler } from "../exec/scheduler.ts";
import { World } from "../exec/world.ts";
import { FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";
import type { Config } from "../rules/config.ts";
import { expander } from "../rules/expand.ts";
import { withModels } from "../rules/models.ts";
import { agentsOf } from "./agents.ts";
import { campaignBooks } from "./campaign.ts";
import { integrationHeld } from "./integration-hold.ts";
import { type Loaded, loadConfig } from "./load-config.ts";
import { manifestsOf } from "./manifests.ts";
import { realHost } from "./real-host.ts";

export interface Workspace {
  readonly host: Host;
  readonly config: Config;
  readonly engine: Engine;
  readonly loaded: Loaded;
  /** What pays for agents; undefined where they cost nothing. */
  readonly paying: Paying | undefined;
}

/** What a run asks for that the configuration does not say. */
export interface Opening {
  readonly emit?: Emit | undefined;
  /** The limit over all pools, where one was typed. */
  readonly limit?: number | undefined;
  /** The ceiling for this run, in US dollars, where one was typed. */
  readonly budget?: number | undefined;
  /** What is laid around the real host. */
  readonly around?: ((host: Host) => Host) | undefined;
  /** Laid around all that answers for agents: what they talk to. */
  readonly outermost?: ((provider: Provider) => Provider) | undefined;
  /** Agents are asked in message batches where they can be. */
  readonly batch?: boolean | undefined;
}

/** Opens the workspace that the current folder is in. Throws a `FaultError` where there is none or its configuration is wrong. */
export async function openWorkspace({
  emit = () => {},
  limit,
  budget,
  around = (host) => host,
  outermost = (provider) => provider,
  batch = false,
}: Opening = {}): Promise<Workspace> {
  const here = realHost(process.cwd());
  const loaded = await loadConfig(here.fs, here.root);
  if (!loaded.ok) throw new FaultError(loaded.error);
  const { config, root } = loaded.value;
  const host: Host = around({ ...here, root });
  const hardStops = new HardStops(config.hardStops, () => host.now(), emit);
  const signs = new Signs();
  const tell: Emit = (event) => {
    emit(event);
    signs.note(event);
    hardStops.note(event);
  };
  const files = new Files(host);
  const stats = StatCache.load(host, files);
  const store = new Store(host);
  const manifests = manifestsOf({ config });
  const traces = new Traces(files, `${manifests}/traces`);
  const actions = new Actions(host);
  const escalations = new Escalations(host, `${manifests}/escalations.json`, config.escalations);
  const agents = await agentsOf({ config, host, view: files, emit: tell, batch });
  const { wire, model } = agents;
  const rules = withModels(config);
  const paying = wire.free ? undefined : await openPaying();
  const engine: Engine = {
    host,
    files,
    stats,
    store,
    traces,
    actions,
    shared: config.cache && (await openShared(config.cache)),
    world: new World(files, stats, store, traces, escalations, actions),
    provider: outermost(
      paying === undefined
        ? unpaid(wire, runName(host), () => host.now(), tell)
        : paying.outer(agents.around(paying.inner(wire))),
    ),
    scheduler: new Scheduler(config.pools, limit ?? config.limit),
    lookup: config.agents.lookup,
    escalations,
    expand: expander(rules, files, `${manifests}/answers`),
    emit: (event) => {
      tell(event);
      paying?.heard(event);
    },
    held: (id) => paying?.held(id) ?? hardStops.held(),
    writersHeld: () => integrationHeld({ host, config }),
    signs,
  };
  return { host, config, engine, loaded: loaded.value, paying };

  async function openShared(cache: NonNullable<Config["cache"]>): Promise<Engine["shared"]> {
    const { sharedCache } = await import("./shared-cache.ts");
    return sharedCache(host, cache, store, (text) => emit({ type: "notice", at: host.now(), text }));
  }

  // Loaded only where agents cost money.
  async function openPaying(): Promise<Paying> {
    const { payingOf } = await import("./money.ts");
    return payingOf({
      host,
      config,
      emit: tell,
      books: () => campaignBooks({ config, engine }),
      trace: (address) => traces.get(address as Address),
      model,
      run: budget,
    });
  }
}

/** A name for this process run, unlike that of any other. */
const runName = (host: Host): string =>
  `${new Date(host.now()).toISOString().replace(/[-:.]/g, "")}-${Math.floor(host.random() * 36 ** 4).toString(36)}`;
