import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // One phone store, one browser: one story after the other.
    fileParallelism: false,
    sequence: { concurrent: false },
  },
})
