import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/commands/command-line/commands.ts'
import { settings } from '../src/config/settings.ts'
import { outcomeOf, runCommand } from './support/command.ts'

describe('spanledger', () => {
  test('serve --help lists every setting with its variable, and is no failure', async () => {
    const { code, output } = await outcomeOf(['serve', '--help'], {})
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
    const { code, output } = await outcomeOf(args, env)
    expect(output).toContain(text)
    expect(code).toBe(2)
  })

  test('alone explains itself, which is no failure', async () => {
    const { code, output } = await outcomeOf([], {})
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
      const { code, output } = await outcomeOf([...words.map((usage) => usage.split(' ')[0]!), '--help'], {})
      expect(output).toContain(`Example:\n  ${example}\n`)
      expect(output).toMatch(/Exit codes:\n {2}0 {2}done/)
      expect(code).toBe(0)
    }
  })

  test.each(['--version', '-V'])('%s prints the version of package.json and nothing else', async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await outcomeOf([flag], {})).toEqual({ code: 0, output: `${version}\n` })
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
    const { output } = await outcomeOf(['migrate'], { DATABASE_URL: 'mysql://u:hidden@h/d' })
    expect(output).toMatch(/^DATABASE_URL can't be "mysql:\/\/u:\*\*\*@h\/d"[^\n]*\n$/)
  })
})
