/** `build --yes <gate,…>`: gates that are approved without asking, by name only, and in the name of whoever said so. */
import { FaultError, usageFault } from "../fault.ts";
import type { Target } from "../graph/target.ts";

const GATE = /\.gate$/;

/**
 * The gates that are granted: passes (`P2_gap`), or addresses of passes or gates with `*` for a part of a segment.
 * @param typed as on the command line: names with commas between.
 * @param known the names of the passes that have a gate: another one is a mistake, not a wish.
 * @param by who says so.
 */
export function grantedGates(
  typed: string,
  known: ReadonlySet<string>,
  by: string,
): (gate: Target) => string | undefined {
  const names = typed.split(",").map((name) => name.trim().replace(GATE, ""));
  for (const name of names) {
    if (known.has(name) || (name.includes("/") && known.has(name.split("/")[2] ?? ""))) continue;
    const gates = [...known].sort().join(", ");
    const mend = gates === "" ? "no pass of this campaign has a gate" : `name the gates that you grant: ${gates}`;
    throw new FaultError(usageFault(`there is no gate after ${name === "" ? "“”" : name}`, "--yes", mend));
  }
  const patterns = names.map(
    (name) => new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`),
  );
  return (gate) => {
    if (!GATE.test(gate.rule)) return undefined;
    const [pass, id] = [gate.rule.replace(GATE, ""), gate.id.replace(GATE, "")];
    return patterns.some((pattern) => pattern.test(pass) || pattern.test(id)) ? by : undefined;
  };
}
