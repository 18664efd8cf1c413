/** The ids that `manifests/deps.json` registers as pending: its `pending` list and the ends of its pending edges. */
import { err, ok, type Result } from "../../result.ts";

/** The pending ids, sorted, or one sentence about what is wrong with the file. */
export function pendingOf(bytes: Uint8Array): Result<readonly string[], string> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    return err(`the dependency manifest is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (!isRecord(json)) return err("the dependency manifest is not an object");
  const ids = new Set<string>();
  for (const id of Array.isArray(json.pending) ? json.pending : []) if (typeof id === "string") ids.add(id);
  for (const edge of Array.isArray(json.edges) ? json.edges : []) {
    if (!isRecord(edge) || edge.state !== "pending") continue;
    if (typeof edge.from === "string") ids.add(edge.from);
    if (typeof edge.to === "string") ids.add(edge.to);
  }
  return ok([...ids].sort());
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
