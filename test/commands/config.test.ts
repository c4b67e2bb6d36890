import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseConfigFile, readConfigFile } from '../../src/config/file.ts'
import { configure } from '../../src/config/load.ts'
import { fileKey, settings } from '../../src/config/settings.ts'
import { outcomeOf } from '../support/command.ts'
import { freshFolder } from '../support/embedded.ts'

test('config prints each value with where it came from, as a file that says the same', async () => {
  await using folder = await freshFolder()
  const file = `${folder.path}.yaml`
  await writeFile(
    file,
    'lanes: 4\nhttp_listen: "[::1]:0"\nprices: {m: {input: 1}}\nworkflow_keys: [a, b]\nattributes: {model: [m]}\n',
  )
  const env = { SPANLEDGER_CONFIG: file, SPANLEDGER_PROCESSES: '3' }
  const { code, output } = await outcomeOf(['config', '--cache-spans', '5'], env)
  expect(code).toBe(0)
  expect(output).toMatch(new RegExp(`^lanes: 4 +# ${file}:1$`, 'm'))
  expect(output).toMatch(/^processes: 3 +# SPANLEDGER_PROCESSES$/m)
  expect(output).toMatch(/^cache_spans: 5 +# --cache-spans$/m)
  expect(output).toMatch(/^log_level: info +# default$/m)
  const again = configure({ file: parseConfigFile('b.yaml', output), env: {}, flags: {} })
  expect(again.config).toEqual(configure({ file: readConfigFile(file), env, flags: { cacheSpans: '5' } }).config)
})

test('config --json is a map by setting', async () => {
  const { output } = await outcomeOf(['config', '--json'], { SPANLEDGER_LANES: '7' })
  expect(Object.keys(JSON.parse(output))).toEqual(Object.keys(settings).map(fileKey))
  expect(JSON.parse(output).lanes).toEqual({ value: 7, from: 'SPANLEDGER_LANES' })
})

test.each([
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hidden@h/d' }],
  ['PGHOST, PGUSER, PGPASSWORD', { PGHOST: 'h', PGUSER: 'u', PGPASSWORD: 'hidden' }],
])('config masks the password in %s', async (from, env) => {
  const { output } = await outcomeOf(['config'], env)
  expect(output).toMatch(new RegExp(`^database_url: postgres://u:\\*\\*\\*@h/d? +# ${from}$`, 'm'))
  expect(output).not.toContain('hidden')
})
