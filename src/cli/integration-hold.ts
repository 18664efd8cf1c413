/** Where the hold on integration stands, who opens it and who lifts it. */
import { encodeUtf8 } from "../artifact/utf8.ts";
import { removeAtomic, writeAtomic } from "../artifact/write.ts";
import { type Hold, holdFault, parseHold, renderHold } from "../campaign/integration-hold.ts";
import type { Fault } from "../fault.ts";
import { ok, type Result } from "../result.ts";
import { continuityPolicy } from "./continuity.ts";
import { manifestsOf } from "./manifests.ts";
import type { Workspace } from "./open.ts";

type Place = Pick<Workspace, "host" | "config">;

/** The file, relative to the workspace. */
export const holdPath = (place: Pick<Workspace, "config">): string => `${manifestsOf(place)}/integration_hold.json`;

/** The hold that is open; undefined where there is none. */
export function openHold(place: Place): Result<Hold | undefined, Fault> {
  const path = holdPath(place);
  let text: string;
  try {
    text = place.host.fs.readFileSync(`${place.host.root}/${path}`, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ok(undefined);
    throw error;
  }
  return parseHold(text, path);
}

/** Why nothing is to be integrated; undefined where nothing speaks against it. */
export function integrationHeld(place: Place): Fault | undefined {
  if (place.config.hardStops.continuity === false) return undefined;
  const hold = openHold(place);
  if (!hold.ok) return hold.error;
  return hold.value && holdFault(hold.value, continuityPolicy(place).thresholds);
}

export function keepHold(place: Place, hold: Hold): void {
  writeAtomic(place.host, `${place.host.root}/${holdPath(place)}`, encodeUtf8(renderHold(hold)));
}

export function liftHold(place: Place): void {
  removeAtomic(place.host, `${place.host.root}/${holdPath(place)}`);
}
