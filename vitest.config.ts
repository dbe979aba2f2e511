import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'core/**/*.test.ts',
      'functions/**/*.test.ts',
      'infra/**/*.test.ts',
      'docker/**/*.test.ts',
      'examples/**/*.test.ts',
      'cli/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two synths of 1,000 agents at once would fight for the memory of a small machine.
    maxWorkers: 2,
  },
})
