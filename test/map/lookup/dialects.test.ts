import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { genai } from '../../../src/map/dialects/genai.ts'
import { plain } from '../../../src/map/dialects/plain.ts'
import { dialects } from '../../../src/map/lookup/dialects.ts'
import { engines } from '../../../src/map/lookup/engines.ts'

test('every file of dialects/ is in the list', () => {
  const files = readdirSync(new URL('../../../src/map/dialects/', import.meta.url))
  // logfire.ts and litellm.ts have two dialects
  expect(dialects).toHaveLength(files.length + 2)
})

test('the plain attributes come last, behind the semantic conventions, and every dialect is there once', () => {
  expect(dialects.slice(-2)).toEqual([genai, plain])
  expect(new Set(dialects).size).toBe(dialects.length)
})

test('the engines come together, and only they have parts of runs', () => {
  const first = dialects.indexOf(engines[0]!)
  expect(dialects.slice(first, first + engines.length)).toEqual(engines)
  expect(dialects.filter(({ run }) => run !== undefined)).toEqual(engines)
})
