import { defineConfig } from 'vitest/config'

/** What is measured in a window, apart from what is tested: `cargo xtask bench window` asks for it. */
export default defineConfig({
  test: { include: ['e2e/**/*.figures.ts'], environment: 'node', testTimeout: 900_000, hookTimeout: 120_000 },
})
