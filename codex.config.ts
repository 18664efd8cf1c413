// The campaign of this repository: the Fast Track passes over the books of manifests/books.yaml.
import { defineConfig, fasttrack } from "codex-build";

// To be asked before the gap analysis and the plan are used: fasttrack({ gates: ["P2_gap", "P3_plan"] })
const { rules, campaign } = fasttrack();

export default defineConfig({
  rules,
  pools: {
    audit: 12,
    gap: 6,
    plan: 4,
    production: 8,
    integration: 1,
    verification: 2,
    weaving: 1,
    flow: 4,
    sampling: 1,
  },
  agents: { provider: "replay", recordings: "recordings", lookup: "docs/catalogs/CONCEPT_CATALOG.md" },
  campaign,
});
