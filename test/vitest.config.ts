import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

const root = path.join(import.meta.dirname, '..')

const common = {
  root,
  // No test depends on how fast the machine is. These only end what hangs, on a machine that is busy ten times over.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 120_000 } },
}

/** Folders whose tests only compute: their files share processes, which load the code once. */
const pure = ['config', 'decode', 'map', 'queue', 'settle'].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  root,
  test: {
    globalSetup: ['test/support/run.setup.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'whole', include: ['test/**/*.test.ts'], exclude: pure } },
      { test: { ...common, name: 'pure', include: pure, isolate: false } },
    ],
  },
})
