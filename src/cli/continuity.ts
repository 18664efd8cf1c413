/** The continuity of the workspace as it stands. What was counted is kept under `.codex/` for whoever asks next. */
import { readUtf8 } from "../artifact/utf8.ts";
import { keepIfPossible, readKept } from "../cache/kept.ts";
import { CONNECTIONS_PATH, readConnections } from "../curriculum/connections.ts";
import { DEFAULT_THRESHOLDS } from "../curriculum/continuity.ts";
import { type ContinuityCache, type Measured, measureIncremental } from "../curriculum/continuity-incremental.ts";
import type { ContinuityPolicy } from "../curriculum/continuity-report.ts";
import { ok, type Result } from "../result.ts";
import type { Workspace } from "./open.ts";

const KEPT = "continuity.json";

/** What the campaign asks of continuity: the protocol's figures where it says nothing. */
export function continuityPolicy({ config }: Pick<Workspace, "config">): ContinuityPolicy {
  const settings = config.campaign?.continuity;
  return { thresholds: { ...DEFAULT_THRESHOLDS, ...settings?.thresholds }, grace: settings?.grace ?? [] };
}

/**
 * Measures every unit. The error is what is wrong with the registry, as the end of "the registry …".
 * @param keeps whether what was learnt is kept for the next time; not for commands that promise to write nothing
 */
export function measureWorkspace(
  { host, engine }: Pick<Workspace, "host" | "engine">,
  keeps: boolean,
): Result<Measured, string> {
  const registry = engine.files.bytes(CONNECTIONS_PATH);
  const connections = readConnections(registry === undefined ? '{"connections":[]}' : readUtf8(registry));
  if (!connections.ok) return connections;
  const before = readKept(host, KEPT) as ContinuityCache | undefined;
  const measured = measureIncremental(
    engine.files,
    (path) => engine.stats.fileDigest(path),
    connections.value.entries.map((entry) => entry.anchor_phrase),
    before,
  );
  const isNews =
    measured.counted > 0 || Object.keys(measured.cache.files).length !== Object.keys(before?.files ?? {}).length;
  if (keeps && isNews) keepIfPossible(host, KEPT, measured.cache);
  return ok(measured);
}
