import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readmePath, withCurrentTables } from './support/readme.ts'

test('the tables of the README are those of the source (npm run readme)', () => {
  const readme = readFileSync(readmePath, 'utf8')
  expect(readme).toBe(withCurrentTables(readme))
})
