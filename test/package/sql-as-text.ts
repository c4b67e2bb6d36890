import type { Plugin } from 'esbuild'
import { sqlFiles, sqlFolders } from '../../src/store/sql-files.ts'

/** In place of the one file that reads the folders of SQL. */
export const sqlAsText: Plugin = {
  name: 'sql-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /store[\\/]sql-files\.ts$/ }, () => {
      // an app reconciles no bills, and asks nothing of what people ask of the tables
      const folders = sqlFolders.filter(
        (folder) => !['budgets/sql', 'queries/sql', 'reconcile/sql', 'rollups/sql'].includes(folder),
      )
      const texts = Object.fromEntries(folders.map((folder) => [folder, [...sqlFiles(folder)]]))
      return { contents: `export const sqlFiles = (folder) => new Map(${JSON.stringify(texts)}[folder])`, loader: 'js' }
    })
  },
}
