/**
 * What a unit's checks ask about the rest of the workspace. Each question is small and has a small answer, so that a
 * cached verdict can be kept for as long as the answers stay the same, whatever else changes in the files behind them.
 */
export interface WorkspaceFacts {
  /** The `status` values of the units (`content/`) that have this id, sorted. */
  unitStatuses(id: string): readonly string[];
  /** The `status` values of all content (`content/` and `site/src/content/`) that has this id, sorted. */
  contentStatuses(id: string): readonly string[];
  /** Whether the catalog's text contains this text. */
  inCatalog(text: string): boolean;
  /** Whether the id is registered as pending in `manifests/deps.json`, by itself or as an end of a pending edge. */
  isPending(id: string): boolean;
  /** Whether there is a file or a folder at this path, relative to the workspace, normalised or not. */
  exists(path: string): boolean;
}
