import type { Plugin } from 'esbuild'
import { sqlFiles, sqlFolders } from '../../src/store/sql-files.ts'

/** In place of a statement that a program doesn't name: the database refuses it. */
const leftOut = 'this statement is not in the package'

/** In place of the one file that reads the folders of SQL: its texts, those of statements as far as a program names them. */
export function sqlAsText(isNamed: (name: string) => boolean = () => true): Plugin {
  return {
    name: 'sql-as-text',
    setup({ onLoad }) {
      onLoad({ filter: /store[\\/]sql-files\.ts$/ }, () => {
        // an app reconciles no bills, and asks nothing of what people ask of the tables
        const unasked: readonly string[] = ['budgets/sql', 'queries/sql', 'reconcile/sql', 'rollups/sql']
        const folders = sqlFolders.filter((folder) => !unasked.includes(folder))
        const textsOf = (folder: (typeof folders)[number]) =>
          [...sqlFiles(folder)].map(([name, text]) => [
            name,
            folder.startsWith('store/tables/') || isNamed(name) ? text : leftOut,
          ])
        const texts = Object.fromEntries(folders.map((folder) => [folder, textsOf(folder)]))
        return {
          contents: `export const sqlFiles = (folder) => new Map(${JSON.stringify(texts)}[folder])`,
          loader: 'js',
        }
      })
    },
  }
}
