/** Bugs planted through the simulation's seams, to show that it would find them. Nothing of them is in the product. */
import { callKey, journaled } from "../../src/agents/journaled.ts";
import { metered } from "../../src/agents/metered.ts";
import type { Paying } from "../../src/agents/paying.ts";
import type { AgentRequest, Provider } from "../../src/agents/provider.ts";
import type { Address } from "../../src/graph/address.ts";
import type { Host } from "../../src/host.ts";
import type { Micros } from "../../src/money.ts";
import type { Seams } from "./process.ts";
import { MODEL } from "./server.ts";

type Inner = NonNullable<Seams["inner"]>;
/** What the layers around a wire share, as `Paying` puts them together. */
const layers = (
  paying: Paying,
  wire: Provider,
  { now, emit }: Parameters<Inner>[3],
  keyOf: (request: AgentRequest) => ReturnType<typeof callKey>,
  budget = paying.budget,
): Provider => {
  const shared = { journal: paying.journal, keyOf, now, emit };
  const metering = {
    ...shared,
    prices: paying.prices,
    budget,
    model: MODEL,
    margin: 1,
    scrub: <T>(value: T): T => value,
  };
  return journaled(metered(wire, metering), shared);
};
const keyed = (wire: Provider, generation: (address: string) => string) => (request: AgentRequest) =>
  callKey(request, { provider: wire.name, model: MODEL, generation });

/** Files are renamed into place before their bytes are on the disk. */
export const noFsyncBeforeRename: Seams = {
  host: (host) => {
    const temporaries = new Set<number>();
    const openSync = (path: string, flags: string, mode?: number): number => {
      const file = host.fs.openSync(path, flags, mode);
      if (path.endsWith(".tmp")) temporaries.add(file);
      else temporaries.delete(file);
      return file;
    };
    const fsyncSync = (file: number): void => {
      if (!temporaries.has(file)) host.fs.fsyncSync(file);
    };
    return { ...host, fs: { ...host.fs, openSync: openSync as Host["fs"]["openSync"], fsyncSync } };
  },
};

/** Whoever writes does not ask whether somebody else does. */
export const noWritersLock: Seams = { noLock: true };

/** Integrations start whenever they are ready. */
export const noIntegrationMutex: Seams = {
  scheduler: (scheduler) => {
    scheduler.run = (_, fn) => fn();
    return scheduler;
  },
};

/** Money is counted when it has been spent, and not set aside before. */
export const budgetCheckedAfter: Seams = {
  inner: (paying, wire, generation, tools) => {
    const late = Object.create(paying.budget) as Paying["budget"];
    late.reserve = async (address, _, signal) => paying.budget.reserve(address, 0 as Micros, signal);
    return layers(paying, wire, tools, keyed(wire, generation), late);
  },
};

/** Whose question it is does not count: equal words get equal answers. */
export const saltMissingFromKey: Seams = {
  inner: (paying, wire, _, tools) =>
    layers(paying, wire, tools, (request) =>
      keyed(wire, () => "")({ ...request, address: "" as Address, attempt: 0, turn: 0 }),
    ),
};
