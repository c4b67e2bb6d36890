import { readSchema, type SchemaColumn } from '../../queries/typed/schema.ts'
import type { Database } from '../../store/database.ts'
import { factTableNames } from '../../transaction/tables/fact-tables.ts'
import { type McpServer, ResourceTemplate } from './sdk.ts'

/** Adds what an agent reads before it asks: the tables, what each column means, and its unit. */
export function addResources(server: McpServer, database: Database): void {
  const mimeType = 'text/markdown'
  server.registerResource(
    'schema',
    'spanledger://schema',
    { title: 'The tables', description: 'All tables and columns, with types, meanings and units.', mimeType },
    async ({ href: uri }) => ({ contents: [{ uri, mimeType, text: schemaText(await readSchema(database)) }] }),
  )
  server.registerResource(
    'table',
    new ResourceTemplate('spanledger://schema/{table}', {
      list: async () => ({
        resources: factTableNames.map((name) => ({ uri: `spanledger://schema/${name}`, name, mimeType })),
      }),
    }),
    { title: 'A table', description: 'The columns of one table, with types, meanings and units.', mimeType },
    async ({ href: uri }, { table }) => {
      const known = factTableNames.filter((name) => name === String(table))
      if (known.length === 0) throw new Error(`there is no table ${String(table)}: ${factTableNames.join(', ')}`)
      return { contents: [{ uri, mimeType, text: schemaText(await readSchema(database, known)) }] }
    },
  )
}

function schemaText(columns: readonly SchemaColumn[]): string {
  const tables = [...new Set(columns.map(({ table }) => table))]
  return tables
    .map((name) => {
      const mine = columns.filter(({ table }) => table === name)
      const lines = mine.map(
        ({ column, type, meaning }) => `- \`${column}\` ${type}${meaning === null ? '' : `: ${meaning}`}`,
      )
      return `## ${name}\n\n${mine[0]!.table_meaning ?? ''}\n\n${lines.join('\n')}\n`
    })
    .join('\n')
}
