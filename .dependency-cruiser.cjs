/**
 * The arrows between rooms: a lower room never imports a higher one. Order, lowest first: artifact, then graph and
 * cache, then agents, exec, curriculum, rules, campaign, cli. Files directly under src/ that every room uses stand
 * below all of them; index.ts, the public API, stands above all but the command line.
 */
const rooms = ["artifact", "graph", "cache", "agents", "exec", "curriculum", "rules", "campaign", "cli"];

const upward = rooms.map((room, index) => ({
  name: `${room}-imports-upward`,
  comment: `src/${room} may import only rooms below it`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: `^src/(${rooms.slice(index + 1).join("|") || "(none)"})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: "graph-and-cache-are-neighbours",
      comment: "src/graph is pure: it does not know how anything is stored",
      severity: "error",
      from: { path: "^src/graph/" },
      to: { path: "^src/cache/" },
    },
    {
      name: "base-is-below-all",
      severity: "error",
      from: { path: "^src/(result|fault|host|events|usage|money|redact)\\.ts$" },
      to: { path: "^src/[a-z]+/" },
    },
    {
      name: "nothing-imports-the-public-api",
      comment: "only the loader of configurations hands it out",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/load-config\\.ts$" },
      to: { path: "^src/index\\.ts$" },
    },
    {
      name: "io-through-host",
      comment: "the file system comes in through Host; only the command executor and the lock deal with processes",
      severity: "error",
      from: {
        path: "^src/(artifact|graph|cache|agents|exec|curriculum|rules|campaign)/",
        pathNot: "^src/(exec/(run-program|guard)|cache/processes)\\.ts$",
      },
      to: {
        path: "^(node:)?(fs|fs/promises|child_process|net|http|https|worker_threads)$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "graph-is-pure",
      severity: "error",
      from: { path: "^src/graph/" },
      to: { path: "^(node:)?(fs|path|os|crypto|process)$" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
