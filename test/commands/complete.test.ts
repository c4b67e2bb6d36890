import { execFileSync } from 'node:child_process'
import { expect, inject, test } from 'vitest'
import { outcomeOf } from '../support/command.ts'

test.each(['bash', 'zsh', 'fish', 'powershell'])('complete %s prints a script for it', async (shell) => {
  const { code, output } = await outcomeOf(['complete', shell], {})
  expect(output.split('\n')[0]).toMatch(new RegExp(`spanledger|${shell}`, 'i'))
  expect(code).toBe(0)
})

test('bash takes its script, and completes without the package bash-completion', async () => {
  const { output } = await outcomeOf(['complete', 'bash'], {})
  const typed = ['spanledger', 'cost', '--by', '']
  const line = `spanledger() { '${process.execPath}' '${inject('program')}' "$@"; }
    COMP_WORDS=(${typed.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${typed.length - 1}
    __spanledger_complete; printf '%s\n' "\${COMPREPLY[@]}"`
  const offered = execFileSync('bash', ['--norc'], { input: `${output}\n${line}`, encoding: 'utf8', stdio: 'pipe' })
  expect(offered.trim().split(/\s+/).sort()).toEqual([
    'agent',
    'day',
    'mode',
    'model',
    'provider',
    'service-tier',
    'tenant',
    'user',
  ])
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
