import { expect, test } from 'vitest'
import { dialectTable } from '../../src/map/lookup/dialect-docs.ts'
import { outcomeOf } from '../support/command.ts'

test('dialects lists every dialect, and as JSON too', async () => {
  const { code, output } = await outcomeOf(['dialects'], {})
  expect(output).toMatch(/^dialect +signals +read from$/m)
  for (const { dialect } of dialectTable()) expect(output).toContain(dialect)
  expect(code).toBe(0)
  expect(JSON.parse((await outcomeOf(['dialects', '--json'], {})).output)).toEqual(dialectTable())
})

test('dialects lists the attributes of the dialects whose names begin so, whatever their case', async () => {
  const { code, output } = await outcomeOf(['dialects', 'openinf'], {})
  expect(output).toMatch(/^OpenInference +\S.*llm\.token_count\.prompt/m)
  expect(output).not.toContain('Langfuse')
  expect(code).toBe(0)
  const rows = JSON.parse((await outcomeOf(['dialects', 'openinf', '--json'], {})).output) as { dialect: string }[]
  expect(new Set(rows.map(({ dialect }) => dialect))).toEqual(new Set(['OpenInference']))
})

test('dialects names the dialects that there are where no name begins so', async () => {
  const { code, output } = await outcomeOf(['dialects', 'nothing'], {})
  expect(output).toMatch(/^no dialect has a name that begins with nothing\. There are: .*OpenInference/)
  expect(code).toBe(2)
})
