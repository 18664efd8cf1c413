/** Where the records of a workspace are: its ledgers, its log, its reports. */
import { FaultError, usageFault } from "../fault.ts";
import type { Config } from "../rules/config.ts";

interface Place {
  readonly config: Pick<Config, "campaign">;
}

/** The folder, relative to the workspace. */
export const manifestsOf = ({ config }: Place): string => config.campaign?.manifests ?? "manifests";

/**
 * The same, of a campaign: nothing else has a ledger or a log. Throws a `FaultError` where there is none.
 * @param what was to be read.
 */
export function campaignFolder({ config }: Place, what: string): string {
  if (config.campaign !== undefined) return config.campaign.manifests;
  throw new FaultError(
    usageFault(
      `there is no ${what}: the configuration names no campaign`,
      "codex.config.ts",
      "add campaign: { books } (docs/reference/config.md)",
    ),
  );
}
