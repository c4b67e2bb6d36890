import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const project = path.join(import.meta.dirname, '..', '..')
const vitest = path.join(project, 'node_modules', 'vitest', 'vitest.mjs')

/** The exit code of the whole suite's runner, with its global setup and a PostgreSQL, on one file of this text. */
async function exitCodeOn(text: string): Promise<number> {
  const folder = await mkdtemp(path.join(project, 'test', 'suite', 'generated-'))
  try {
    const file = path.join(folder, 'generated.test.ts')
    await writeFile(file, text)
    const args = [vitest, 'run', '--config', 'test/vitest.config.ts', file]
    await promisify(execFile)(process.execPath, args, { cwd: project })
    return 0
  } catch (error) {
    return (error as { code: number }).code
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the suite ends with another code than 0 when a test fails', async () => {
  const test = (body: string) => `import { expect, test } from 'vitest'\ntest('generated', () => { ${body} })\n`
  expect(await exitCodeOn(test('expect(1).toBe(1)'))).toBe(0)
  expect(await exitCodeOn(test('expect(1).toBe(2)'))).toBe(1)
})
