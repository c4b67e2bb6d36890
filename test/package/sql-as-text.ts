import type { Plugin } from 'esbuild'
import { sqlFiles, sqlFolders } from '../../src/store/sql-files.ts'

/** In place of the one file that reads the folders of SQL. */
export const sqlAsText: Plugin = {
  name: 'sql-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /store[\\/]sql-files\.ts$/ }, () => {
      const texts = Object.fromEntries(sqlFolders.map((folder) => [folder, [...sqlFiles(folder)]]))
      return { contents: `export const sqlFiles = (folder) => new Map(${JSON.stringify(texts)}[folder])`, loader: 'js' }
    })
  },
}
