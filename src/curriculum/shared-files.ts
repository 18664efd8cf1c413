/** Where the shared files are. Apart from their readers, so that validation need not load those. */
import type { RepoPath } from "../artifact/workspace.ts";

export const CATALOG_PATH = "docs/catalogs/CONCEPT_CATALOG.md" as RepoPath;
export const DEPS_PATH = "manifests/deps.json" as RepoPath;
