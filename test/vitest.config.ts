import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

export default defineConfig({
  root: path.join(import.meta.dirname, '..'),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/run.setup.ts'],
    setupFiles: ['test/support/equality.setup.ts'],
    // Two more than there are cores that tests may count on: a test computes half of its time, and waits for PostgreSQL's
    // processes, for receivers that start, for npm or for a limit of time in the other half.
    maxWorkers: 4,
    // the files of a worker share its process, which loads the code once: a test leaves nothing behind in globals
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // No test depends on how fast the machine is. These only end what hangs, on a machine that is busy ten times over.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
  },
})
