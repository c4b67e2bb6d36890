import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileKey, type Setting, settings } from '../../src/config/settings.ts'
import { dialectTable } from '../../src/map/lookup/dialect-docs.ts'

export const readmePath: string = path.join(import.meta.dirname, '..', '..', 'README.md')

/** The README with its generated tables as the source has them now. They stand between `<!-- name -->` and `<!-- /name -->`. */
export function withCurrentTables(readme: string): string {
  return Object.entries(tables).reduce((text, [name, table]) => withTable(text, name, table()), readme)
}

const tables: Readonly<Record<string, () => string>> = { dialects: dialectsTable, settings: settingsTable }

function withTable(readme: string, name: string, table: string): string {
  const block = new RegExp(`(<!-- ${name}[^>]*-->\n)[^]*?(<!-- /${name} -->)`)
  if (!block.test(readme)) throw new Error(`README.md has no block ${name}`)
  return readme.replace(block, (_, begin: string, end: string) => `${begin}${table}${end}`)
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
  writeFileSync(readmePath, withCurrentTables(readFileSync(readmePath, 'utf8')))
}
