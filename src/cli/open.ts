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
import { answering } from "./agents.ts";
import { type Loaded, loadConfig } from "./load-config.ts";
import { realHost } from "./real-host.ts";

export interface Workspace {
  readonly host: Host;
  readonly config: Config;
  readonly engine: Engine;
  readonly loaded: Loaded;
  /** What pays for agents; undefined where they cost nothing. */
  readonly paying: Paying | undefined;
}

/** How agents are to be answered in this run. */
export interface AgentsAsked {
  /** Laid around everything else: what agents talk to. */
  readonly outermost?: (provider: Provider) => Provider;
  /** Where it can be, in message batches. */
  readonly batch?: boolean;
}

/**
 * Opens the workspace that the current folder is in. Throws a `FaultError` where there is none or its configuration is wrong.
 * @param around what is laid around the real host.
 * @param budget the ceiling for this run, in US dollars, where one was typed.
 * @param agents how agents are to be answered, where that is not only the configuration's matter.
 */
export async function openWorkspace(
  emit: Emit = () => {},
  limit?: number,
  around: (host: Host) => Host = (host) => host,
  budget?: number,
  agents: AgentsAsked = {},
): Promise<Workspace> {
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
  const manifests = config.campaign?.manifests ?? "manifests";
  const traces = new Traces(files, `${manifests}/traces`);
  const actions = new Actions(host);
  const escalations = new Escalations(host, `${manifests}/escalations.json`, config.escalations);
  const {
    wire,
    around: outside,
    model,
  } = await answering({ config, host, view: files, emit: tell, batch: agents.batch === true });
  const rules = withModels(config);
  const paying = wire.free ? undefined : await openPaying();
  const engine: Engine = {
    host,
    files,
    stats,
    store,
    traces,
    actions,
    world: new World(files, stats, store, traces, escalations, actions),
    provider: (agents.outermost ?? ((provider) => provider))(
      paying === undefined
        ? unpaid(wire, runName(host), () => host.now(), tell)
        : paying.outer(outside(paying.inner(wire))),
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
    signs,
  };
  return { host, config, engine, loaded: loaded.value, paying };

  // Loaded only where agents cost money.
  async function openPaying(): Promise<Paying> {
    const { payingOf } = await import("./money.ts");
    const { campaignBooks } = await import("./campaign.ts");
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
