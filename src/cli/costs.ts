/** The cost ledger of a workspace, and what a crash kept from it. */
import { CostLedger } from "../campaign/cost-ledger.ts";
import type { Host } from "../host.ts";
import type { Config } from "../rules/config.ts";
import { manifestsOf } from "./manifests.ts";
import { usd } from "./view/plain.ts";

/** What is asked of a workspace. */
interface Workplace {
  readonly host: Host;
  readonly config: Pick<Config, "campaign">;
}

export const costLedgerOf = ({ host, config }: Workplace): CostLedger =>
  new CostLedger(host, `${host.root}/${manifestsOf({ config })}/cost_ledger.jsonl`);

/** Takes into the ledger what runs that died kept from it; says so. The caller holds the writer's lock. */
export function recoverCalls(workplace: Workplace): string[] {
  const recovered = costLedgerOf(workplace).recover();
  if (recovered === undefined) return [];
  const { settled, lost, lostUsd, damaged } = recovered;
  return [
    ...(settled === 0 ? [] : [`Calls that a crash kept from the cost ledger are in it now: ${settled}.`]),
    ...(lost === 0
      ? []
      : [
          `Lost calls: ${lost} were under way when a run died. They are charged with the most that they can have cost, ${usd(lostUsd)}, and asked again.`,
        ]),
    ...(damaged.length === 0 ? [] : [`Damaged lines of the call journal, not used: ${damaged.join(", ")}`]),
  ];
}
