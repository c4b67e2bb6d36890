import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readDocument } from '../support/documents.ts'

const src = path.join(import.meta.dirname, '..', '..', 'src')
const walks = [...readDocument('src/README.md').matchAll(/<!-- walk: (.*) -->\n([\s\S]*?)<!-- \/walk -->/g)]

test.each(walks.map(([, name, text]) => ({ name, text })))(
  'the way of $name names functions of its files',
  ({ text }) => {
    const steps = [...text!.matchAll(/`([\w/-]+\.ts)` `(\w+)`/g)].map(([, file, name]) => ({
      file: file!,
      name: name!,
    }))
    expect(steps.length).toBeGreaterThan(5)
    const missing = steps.filter(({ file, name }) => {
      const code = readFileSync(path.join(src, file), 'utf8')
      return !new RegExp(
        `(function\\*? |^ +(async )?|const |class )${name}\\b(<.*>)?( \\{| extends |\\(|: | = )`,
        'm',
      ).test(code)
    })
    expect(missing).toEqual([])
  },
)

test('the ways of a span, a log record and an object are there', () => {
  expect(walks.map(([, name]) => name)).toEqual(['a span', 'a log record', "an SDK's object"])
})
