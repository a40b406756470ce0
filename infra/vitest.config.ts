// How tests run: one after another in one process, since each synthesises with the same large library, which is loaded once.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], isolate: false, fileParallelism: false, testTimeout: 120_000 },
});
