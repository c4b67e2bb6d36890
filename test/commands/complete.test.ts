import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { outcomeOf } from '../support/command.ts'

test.each(['bash', 'zsh', 'fish', 'powershell'])('complete %s prints a script for it', async (shell) => {
  const { code, output } = await outcomeOf(['complete', shell], {})
  expect(output.split('\n')[0]).toMatch(new RegExp(`spanledger|${shell}`, 'i'))
  expect(code).toBe(0)
})

test('bash takes its script', async () => {
  const { output } = await outcomeOf(['complete', 'bash'], {})
  execFileSync('bash', ['-n'], { input: output })
})

test.each([
  [['ta'], ['tail', 'task', 'tasks']],
  [
    ['refused', ''],
    ['help', 'list', 'retry', 'show'],
  ],
  [
    ['cost', '--by', ''],
    ['agent', 'day', 'mode', 'model', 'provider', 'service-tier', 'tenant', 'user'],
  ],
])('after %j come %j', async (typed, expected) => {
  const { output } = await outcomeOf(['complete', '--', ...typed], {})
  const offered = output.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
  expect(offered.map((line) => line.split('\t')[0]).sort()).toEqual(expected)
})

test('an unknown shell is refused with those that are known', async () => {
  const { code, output } = await outcomeOf(['complete', 'tcsh'], {})
  expect(output).toMatch(/zsh.*bash.*fish.*powershell/)
  expect(code).toBe(2)
})
