import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { parseConfigFile, readConfigFile } from '../src/config/file.ts'
import { configure } from '../src/config/load.ts'
import { fileKey, settings } from '../src/config/settings.ts'
import { runCommand, type Settings } from './support/command.ts'
import { freshFolder } from './support/embedded.ts'

async function outcome(args: readonly string[], env: Settings = {}): Promise<{ code: number | null; output: string }> {
  await using run = runCommand(args, env)
  const code = await run.exited
  return { code, output: run.output() }
}

describe('spanledger', () => {
  test('serve --help lists every setting with its variable, and is no failure', async () => {
    const { code, output } = await outcome(['serve', '--help'])
    expect(code).toBe(0)
    for (const { key, flag } of Object.values(settings)) {
      expect(output).toContain(`--${flag}`)
      expect(output).toContain(key)
    }
  })

  test.each([
    ['an unknown flag', ['serve', '--lane', '1'], {}, '--lane'],
    ['a wrong flag', ['serve', '--lanes', 'two'], {}, '--lanes can\'t be "two". Allowed: a whole number'],
    ['a wrong variable', ['migrate'], { SPANLEDGER_LANES: 'two' }, 'SPANLEDGER_LANES can\'t be "two". Allowed:'],
    ['an unknown variable', ['explain', 'x'], { SPANLEDGER_LANE: '2' }, 'SPANLEDGER_LANE is no setting'],
    ['an unknown command', ['sevre'], {}, 'sevre'],
    ['no id', ['explain'], {}, 'say what to explain'],
    ['an unknown file', ['config', '--config', 'nowhere.yaml'], {}, "nowhere.yaml can't be read"],
  ])('%s ends with 2 and says why', async (_, args, env, text) => {
    const { code, output } = await outcome(args, env)
    expect(output).toContain(text)
    expect(code).toBe(2)
  })

  test('alone explains itself, which is no failure', async () => {
    const { code, output } = await outcome([])
    expect(output).toMatch(/^Usage: spanledger.*\bserve\b.*Example:/s)
    expect(code).toBe(0)
  })

  test('--help of every command has an example and the exit codes', async () => {
    const all = commands.flatMap((command) =>
      'usage' in command
        ? [{ ...command, words: [command.usage] }]
        : command.commands.map((one) => ({ ...one, words: [command.group, one.usage] })),
    )
    for (const { words, example } of all) {
      const { code, output } = await outcome([...words.map((usage) => usage.split(' ')[0]!), '--help'])
      expect(output).toContain(`Example:\n  ${example}\n`)
      expect(output).toMatch(/Exit codes:\n {2}0 {2}done/)
      expect(code).toBe(0)
    }
  })

  test.each(['--version', '-V'])('%s prints the version of package.json and nothing else', async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await outcome([flag])).toEqual({ code: 0, output: `${version}\n` })
  })

  test.each([
    ['0', ['--help'], 0],
    ['0', ['serve', '--help'], 0],
    ['0', ['dialects'], 0],
    ['0', ['config', '--json'], 0],
    ['its own code', ['doctor', '--data-dir', 'nowhere'], 1],
  ])('ends quietly with %s when nobody reads its output: %j', async (_, args, expected) => {
    await using run = runCommand(args, {})
    run.process.stdout?.destroy()
    expect(await run.exited).toBe(expected)
    expect(run.output()).toBe('')
  })

  test('shows no stack for what a person did wrong', async () => {
    const { output } = await outcome(['migrate'], { DATABASE_URL: 'mysql://u:hidden@h/d' })
    expect(output).toMatch(/^DATABASE_URL can't be "mysql:\/\/u:\*\*\*@h\/d"[^\n]*\n$/)
  })
})

describe('spanledger config', () => {
  test('prints each value with where it came from, as a file that says the same', async () => {
    await using folder = await freshFolder()
    const file = `${folder.path}.yaml`
    await writeFile(
      file,
      'lanes: 4\nhttp_listen: "[::1]:0"\nprices: {m: {input: 1}}\nworkflow_keys: [a, b]\nattributes: {model: [m]}\n',
    )
    const env = { SPANLEDGER_CONFIG: file, SPANLEDGER_PROCESSES: '3' }
    const { code, output } = await outcome(['config', '--cache-spans', '5'], env)
    expect(code).toBe(0)
    expect(output).toMatch(new RegExp(`^lanes: 4 +# ${file}:1$`, 'm'))
    expect(output).toMatch(/^processes: 3 +# SPANLEDGER_PROCESSES$/m)
    expect(output).toMatch(/^cache_spans: 5 +# --cache-spans$/m)
    expect(output).toMatch(/^log_level: info +# default$/m)
    const again = configure({ file: parseConfigFile('b.yaml', output), env: {}, flags: {} })
    expect(again.config).toEqual(configure({ file: readConfigFile(file), env, flags: { cacheSpans: '5' } }).config)
  })

  test('--json is a map by setting', async () => {
    const { output } = await outcome(['config', '--json'], { SPANLEDGER_LANES: '7' })
    expect(Object.keys(JSON.parse(output))).toEqual(Object.keys(settings).map(fileKey))
    expect(JSON.parse(output).lanes).toEqual({ value: 7, from: 'SPANLEDGER_LANES' })
  })

  test.each([
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hidden@h/d' }],
    ['PGHOST, PGUSER, PGPASSWORD', { PGHOST: 'h', PGUSER: 'u', PGPASSWORD: 'hidden' }],
  ])('masks the password in %s', async (from, env) => {
    const { output } = await outcome(['config'], env)
    expect(output).toMatch(new RegExp(`^database_url: postgres://u:\\*\\*\\*@h/d? +# ${from}$`, 'm'))
    expect(output).not.toContain('hidden')
  })
})
