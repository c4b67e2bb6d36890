import { describe, expect, test } from 'vitest'
import { settings } from '../src/settings.ts'
import { runCommand, type Settings } from './support/command.ts'

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
    ['no id', ['explain'], {}, "missing required argument 'id'"],
    ['no command', [], {}, 'Usage: spanledger'],
  ])('%s ends with 2 and says why', async (_, args, env, text) => {
    const { code, output } = await outcome(args, env)
    expect(output).toContain(text)
    expect(code).toBe(2)
  })

  test('shows no stack for what a person did wrong', async () => {
    const { output } = await outcome(['migrate'], { DATABASE_URL: 'mysql://u:hidden@h/d' })
    expect(output).toMatch(/^DATABASE_URL can't be "mysql:\/\/u:\*\*\*@h\/d"[^\n]*\n$/)
  })
})
