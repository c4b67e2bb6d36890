import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const books = ['docs/design.md', 'docs/otlp.md', 'docs/dialects.md'].map(read).join('\n')

/** What a citation looks like in code, and the beginning of the line that explains it in a book. */
const forms: readonly [RegExp, (number: string) => string][] = [
  [/§([\d.]*\d[a-z]?)\b/g, (number) => `## §${number} `],
  [/\b[Ll]aws? (\d)\b/g, (number) => `**Law ${number}: `],
  [/\btrap (\d+)\b/g, (number) => `- **trap ${number}** `],
  [/\brule (\d+[ab]?)\b/g, (number) => `**rule ${number}**`],
  [/\b([RE]\d{1,3})\b/g, (number) => `- **${number}** `],
  [/dialects(?:\.md)? (D\d)\b/g, (number) => `**${number}.** `],
]

test('every rule, law, section and trap that code or a test cites is in docs', () => {
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|md|sql|mjs)$/.test(file) && !file.startsWith('recordings'))
      .map((file) => `${folder}/${file}`),
  )
  const cited = files.flatMap((file) =>
    forms.flatMap(([form, line]) =>
      [...read(file).matchAll(form)].map(([text, number]) => ({ at: `${file}: ${text}`, line: line(number!) })),
    ),
  )
  expect(cited.length).toBeGreaterThan(250)
  expect(cited.filter(({ line }) => !books.includes(line)).map(({ at }) => at)).toEqual([])
})
