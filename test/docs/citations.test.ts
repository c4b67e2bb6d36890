import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** What a citation looks like in code, the book that has it, and the beginning of the line that explains it there. */
const forms: readonly [RegExp, string, (number: string) => string][] = [
  [/docs\/design\.md §([\d.]*\d)/g, 'design', (number) => `## §${number} `],
  [/docs\/dialects\.md §([\d.]*\d[a-z]?)/g, 'dialects', (number) => `## §${number} `],
  [/docs\/dialects\.md (?:§[\d.]+ )?(D\d)\b/g, 'dialects', (number) => `**${number}.** `],
  [/\b[Ll]aws? (\d)\b/g, 'design', (number) => `**Law ${number}: `],
  [/\btrap (\d+)\b/g, 'dialects', (number) => `- **trap ${number}** `],
  [/\brule (\d+[ab]?)\b/g, 'dialects', (number) => `**rule ${number}**`],
  [/\b([RE]\d{1,3})\b/g, 'otlp', (number) => `- **${number}** `],
]
const books = Object.fromEntries(['design', 'dialects', 'otlp'].map((name) => [name, read(`docs/${name}.md`)]))

const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|md|sql|mjs)$/.test(file) && !file.startsWith('recordings'))
    .map((file) => `${folder}/${file}`),
)

test('every rule, law, section and trap that code or a test cites is in docs', () => {
  const cited = files.flatMap((file) =>
    forms.flatMap(([form, book, line]) =>
      [...read(file).matchAll(form)].map(([text, number]) => ({ at: `${file}: ${text}`, book, line: line(number!) })),
    ),
  )
  expect(cited.length).toBeGreaterThan(300)
  expect(cited.filter(({ book, line }) => !books[book]!.includes(line)).map(({ at }) => at)).toEqual([])
})

test('a section is cited with the book that has it', () => {
  const sections = /(?<!docs\/\w+\.md(?: §[\d.a-z]+(?:,| and))*) §\d[\d.]*/g
  const cited = files
    .filter((file) => file !== 'test/docs/citations.test.ts')
    .flatMap((file) => [...read(file).matchAll(sections)].map(([text]) => `${file}:${text}`))
  expect(cited).toEqual([])
})
