import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "codex-build": fileURLToPath(new URL("./src/index.ts", import.meta.url)) } },
  // On two cores Vitest would run one file at a time.
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000, maxWorkers: 2 },
});
