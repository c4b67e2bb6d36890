import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders and files of `test/` that take longest, in the order in which they begin. */
const long = [
  ...['package', 'clients', 'whole', 'commands', 'exporting', 'transaction', 'store', 'web', 'budgets', 'abuse'],
  ...['cli.test.ts', 'suite', 'settle'],
]

/** Begins with what takes longest, so that in the end no worker waits for another. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => this.#rank(a) - this.#rank(b))
  }

  #rank({ moduleId }: TestSpecification): number {
    const [, folder = '', name = ''] = path.relative(this.ctx.config.root, moduleId).split(path.sep)
    // .ci/run builds the Collector beside the tests, of modules that the Go client has too, and installs the tools of deploy
    if (name.startsWith('collector') || name === 'go.test.ts') return long.length - 0.5
    if (folder === 'deploy') return long.length + 1
    return long.includes(folder) ? long.indexOf(folder) : long.length
  }
}
