import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from '../../src/commands/command-line/command.ts'
import { commands } from '../../src/commands/command-line/commands.ts'
import { fileKey, type Setting, settings } from '../../src/config/settings.ts'
import { dialectTable } from '../../src/map/lookup/dialect-docs.ts'
import { metricNames, metricOf } from '../../src/metrics/metric-table.ts'
import { formats } from '../../src/reconcile/formats/formats.ts'
import { benchSentence, machineSentence, performanceRows } from './performance-table.ts'

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
  'command reference': commandReference,
  dialects: dialectsTable,
  settings: settingsTable,
  metrics: metricsTable,
  formats: formatsTable,
  'python versions': pythonVersionsTable,
  'last bench': benchSentence,
  'bench machine': machineSentence,
  performance: () => markdownTable(['what', 'measured', 'goal'], performanceRows().map(row)),
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

/** All commands, those of groups with their first word. */
function allCommands(): Command[] {
  return commands.flatMap((command) =>
    'usage' in command
      ? [command]
      : command.commands.map((one) => ({ ...one, usage: `${command.group} ${one.usage}` })),
  )
}

/** A section for each command: its options and the exit codes that it has besides those of all. */
function commandReference(): string {
  return allCommands()
    .map(({ usage, summary, example, switches = {}, options = {}, exits = {} }) => {
      const rows = [
        ...Object.entries(options).map(([name, { value, text, many, isOptional }]) => {
          const argument = `${value}${many ? '…' : ''}`
          return row([`\`--${name} ${isOptional ? `[${argument}]` : `<${argument}>`}\``, text])
        }),
        ...Object.entries(switches).map(([name, text]) => row([`\`--${name}\``, text])),
      ]
      const codes = Object.entries(exits).map(([code, text]) => `${code}: ${text}`)
      return [
        `### spanledger ${usage}`,
        sentence(summary.charAt(0).toUpperCase() + summary.slice(1)),
        `\`\`\`sh\n${example}\n\`\`\``,
        ...(rows.length === 0 ? [] : [markdownTable(['option', 'what it does'], rows).trimEnd()]),
        ...(codes.length === 0 ? [] : [`Exit codes: ${codes.join('; ')}.`]),
        '',
      ].join('\n\n')
    })
    .join('')
}

function commandsTable(): string {
  return markdownTable(
    ['command', 'what it does'],
    allCommands().map(({ usage, summary }) => row([`\`spanledger ${usage}\``, summary])),
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

function metricsTable(): string {
  const rows = metricNames.map((name) => {
    const { type, labels = [], help, advice = '' } = metricOf(name)
    return row([`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help, advice])
  })
  return markdownTable(['metric', 'type', 'labels', 'what it is', 'what to do'], rows)
}

function dialectsTable(): string {
  const rows = dialectTable().map(({ dialect, seen, signals, tells, silent }) =>
    row([dialect, seen, signals, tells.join(', '), silent]),
  )
  return markdownTable(['dialect', 'read from', 'signals', 'tells', "can't tell"], rows)
}

function formatsTable(): string {
  const rows = formats.map(({ name, title, source }) => row([`\`${name}\``, title, source]))
  return markdownTable(['`--format`', 'export', 'where it comes from'], rows)
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

/** The file of the comments on tables and columns, relative to the root of the repository. */
export const commentsFile = 'src/store/tables/comments/comments.sql'

/** A comment on a table, or on a column of it. */
export interface Comment {
  readonly table: string
  readonly column: string | null
  readonly text: string
}

/** The comments that docs/tables.md has: the first paragraph below a table's heading, and the meaning of each column. */
export function documentedComments(): Comment[] {
  const texts = new Map<string, string>()
  return readDocument('docs/tables.md')
    .split(/^### /m)
    .flatMap((section): Comment[] => {
      const [heading, , paragraph] = section.split('\n')
      const rows = [...section.matchAll(/^\| `(\w+)` \| [^|]+ \|([^|]*)\| ([^|]+) \|$/gm)]
      if (rows.length === 0) return []
      const columns = rows.map(([, column, unit, meaning]) => {
        const text = meaning === 'As above.' ? texts.get(column!)! : meaning!
        texts.set(column!, text)
        return {
          table: heading!,
          column: column!,
          text: plainText(`${text}${unit!.trim() && ` Unit: ${unit!.trim()}.`}`),
        }
      })
      return [{ table: heading!, column: null, text: plainText(paragraph!) }, ...columns]
    })
}

function plainText(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '')
}

/** The SQL of the comments, for the step of `spanledger migrate` that makes them. */
export function commentsSql(): string {
  const quoted = (text: string | null) => (text === null ? 'null' : `'${text.replaceAll("'", "''")}'`)
  const values = documentedComments().map(({ table, column, text }) => {
    const isBook = table.startsWith('spanledger.')
    return `    (${quoted(table.replace('spanledger.', ''))}, ${quoted(column)}, ${isBook}, ${quoted(text)})`
  })
  return `-- Comments on tables and columns, made of docs/tables.md (npm run docs). In tables that people read only what has no
-- comment gets one: those of a platform stay.
do $$
declare
  c record;
begin
  for c in select to_regclass(d.tab) as tab, d.col, a.attnum, d.words from (values
${values.join(',\n')}
  ) as d (tab, col, is_book, words)
  left join pg_attribute a on a.attrelid = to_regclass(d.tab) and a.attname = d.col and not a.attisdropped
  where to_regclass(d.tab) is not null and (d.col is null or a.attnum is not null)
    and (d.is_book or case when d.col is null then obj_description(to_regclass(d.tab), 'pg_class')
      else col_description(to_regclass(d.tab), a.attnum) end is null)
  loop
    if c.col is null then
      execute format('comment on table %s is %L', c.tab, c.words);
    else
      execute format('comment on column %s.%I is %L', c.tab, c.col, c.words);
    end if;
  end loop;
end $$;
`
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  writeFileSync(path.join(root, commentsFile), commentsSql())
  for (const file of documents) writeFileSync(path.join(root, file), withGenerated(readDocument(file)))
}
