import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands } from '../../src/commands/command-line/commands.ts'
import { fileKey, type Setting, settings } from '../../src/config/settings.ts'
import { dialectTable } from '../../src/map/lookup/dialect-docs.ts'

const root = path.join(import.meta.dirname, '..', '..')

/** The files that users read, relative to the root of the repository. */
export const documents: readonly string[] = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

/** Reads a file by its path from the root of the repository. */
export function readDocument(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** The text of a document's block under `<!-- tried: name -->`, so that what users read is what tests run. */
export function snippet(name: string): string {
  const block = new RegExp(`<!-- tried: ${name} -->\n\`\`\`\\w+\n([^]*?)\`\`\``, 'g')
  return onlyOne(name, block)[1]!
}

/** The rows of a document's table under `<!-- tried: name -->`, its heads first. */
export function triedTable(name: string): string[][] {
  const [, table] = onlyOne(name, new RegExp(`<!-- tried: ${name} -->\n((\\|.*\\|\n)+)`, 'g'))
  const rows = table!.trim().split('\n')
  return rows.filter((_, i) => i !== 1).map((line) => line.slice(2, -2).split(' | '))
}

function onlyOne(name: string, block: RegExp): RegExpMatchArray {
  const found = documents.flatMap((file) => [...readDocument(file).matchAll(block)])
  if (found.length !== 1) throw new Error(`${found.length} documents have a block under <!-- tried: ${name} -->`)
  return found[0]!
}

/** The generated tables. Each stands in one document, between `<!-- name: … -->` and `<!-- /name -->`. */
export const tables: Readonly<Record<string, () => string>> = {
  commands: commandsTable,
  dialects: dialectsTable,
  settings: settingsTable,
  'python versions': pythonVersionsTable,
}

/** The text of a document with its generated tables, and its blocks that are made of others, as they are now. */
export function withGenerated(document: string): string {
  const composed = document.replace(
    /(<!-- made of: (.*) -->\n```\w+\n)[\s\S]*?```/g,
    (_, begin: string, names: string) => `${begin}${names.split(', ').map(snippet).join('')}\`\`\``,
  )
  return Object.entries(tables).reduce((text, [name, table]) => withTable(text, name, table), composed)
}

function withTable(document: string, name: string, table: () => string): string {
  const block = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- /${name} -->)`)
  return document.replace(block, (_, begin: string, end: string) => `${begin}${table()}${end}`)
}

function commandsTable(): string {
  const all = commands.flatMap((command) =>
    'usage' in command
      ? [command]
      : command.commands.map((one) => ({ ...one, usage: `${command.group} ${one.usage}` })),
  )
  return markdownTable(
    ['command', 'what it does'],
    all.map(({ usage, summary }) => row([`\`spanledger ${usage}\``, summary])),
  )
}

function settingsTable(): string {
  const rows = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
    const variables = [setting.key, setting.standard ?? ''].filter(Boolean).map((key) => `\`${key}\``)
    return row([
      `\`${fileKey(name)}\``,
      variables.join(', else '),
      `\`--${setting.flag}\``,
      setting.default === '' ? '' : `\`${setting.default}\``,
      `${sentence(setting.doc)} Allowed: ${setting.allowed}.`,
    ])
  })
  return markdownTable(['in the file', 'variable', 'flag', 'default', 'what it does'], rows)
}

function dialectsTable(): string {
  const rows = dialectTable().map(({ dialect, seen, signals, tells, silent }) =>
    row([dialect, seen, signals, tells.join(', '), silent]),
  )
  return markdownTable(['dialect', 'read from', 'signals', 'tells', "can't tell"], rows)
}

/** The versions of the SDKs and instrumentations with which `test/clients/python-models.test.ts` runs. */
function pythonVersionsTable(): string {
  const text = readDocument('test/clients/python/model-sdks.txt')
  const versions = new Map(text.split('\n').map((line) => line.split('==') as [string, string]))
  const [heads, ...rows] = triedTable('python instrumentations')
  const versionsIn = (cell: string) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => versions.get(name!) ?? 'none').join(', ')
  return markdownTable(
    heads!,
    rows.map(([sdk, ...cells]) =>
      row([`${sdk!.replaceAll('` `', '`, `')} ${versionsIn(sdk!)}`, ...cells.map(versionsIn)]),
    ),
  )
}

function markdownTable(heads: readonly string[], rows: readonly string[]): string {
  return [row(heads), row(heads.map(() => '---')), ...rows, ''].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  for (const file of documents) writeFileSync(path.join(root, file), withGenerated(readDocument(file)))
}
