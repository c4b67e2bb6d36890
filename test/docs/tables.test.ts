import { expect, test } from 'vitest'
import { documents, readDocument, tables, withCurrentTables } from '../support/documents.ts'

test.each(documents)('the generated tables of %s are those of the source (npm run docs)', (file) => {
  expect(readDocument(file)).toBe(withCurrentTables(readDocument(file)))
})

test.each(Object.keys(tables))('the table %s stands in one document', (name) => {
  const whole = new RegExp(`<!-- ${name}: [^]*<!-- /${name} -->`)
  expect(documents.filter((file) => whole.test(readDocument(file)))).toHaveLength(1)
})
