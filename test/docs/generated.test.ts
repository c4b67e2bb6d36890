import { expect, test } from 'vitest'
import { documents, readDocument, tables, withGenerated } from '../support/documents.ts'

test.each(documents)('what is generated in %s is what the source says (npm run docs)', (file) => {
  expect(readDocument(file)).toBe(withGenerated(readDocument(file)))
})

test.each(Object.keys(tables))('the table %s stands in one document', (name) => {
  const whole = new RegExp(`<!-- ${name}: [^]*<!-- /${name} -->`)
  expect(documents.filter((file) => whole.test(readDocument(file)))).toHaveLength(1)
})
