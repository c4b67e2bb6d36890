import type { Plugin } from 'esbuild'
import { sqlFiles } from '../../src/store/sql-files.ts'

const folders = ['store/sql', 'store/tables/migrations', 'transaction/sql'] as const

/** In place of the one file that reads the folders of SQL. */
export const sqlAsText: Plugin = {
  name: 'sql-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /store[\\/]sql-files\.ts$/ }, () => {
      const texts = Object.fromEntries(folders.map((folder) => [folder, [...sqlFiles(folder)]]))
      return { contents: `export const sqlFiles = (folder) => new Map(${JSON.stringify(texts)}[folder])`, loader: 'js' }
    })
  },
}
