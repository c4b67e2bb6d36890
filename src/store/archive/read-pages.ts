import type { Database, Session } from '../database.ts'
import { blocksOf } from '../relation-size.ts'
import type { ArchiveColumn } from './archive-columns.ts'

/** How many blocks of 8 KiB one statement reads. */
const blocksPerPage = 256
const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 60_000 }

/** What is read, and what is done in the transaction of each page. */
export interface PageReading {
  readonly relation: string
  readonly columns: readonly ArchiveColumn[]
  readonly onPage: (session: Session) => Promise<void>
}

/** The rows of a relation, page by page. */
export interface Pages extends AsyncIterable<readonly object[]> {
  /** How many blocks were read, as soon as the first page is read. */
  blocks: number
}

/** Reads the rows of a relation in short transactions, which keep no old version of any row of the database. */
export function pagesOf(database: Database, reading: PageReading): Pages {
  const pages: Pages = { blocks: 0, [Symbol.asyncIterator]: () => readPages(database, reading, pages) }
  return pages
}

async function* readPages(
  database: Database,
  { relation, columns, onPage }: PageReading,
  pages: Pages,
): AsyncGenerator<readonly object[]> {
  const selection = columns.map(({ sql }, i) => `${sql} as c${i}`).join(', ')
  pages.blocks = await database.transaction((session) => blocksOf(session, relation))
  for (let from = 0; from < pages.blocks; from += blocksPerPage) {
    yield await database.transaction(async (session) => {
      await onPage(session)
      const to = blockBound(from + blocksPerPage)
      return session.query<object>(
        `select ${selection} from ${relation} where ctid >= ${blockBound(from)} and ctid < ${to}`,
      )
    }, limits)
  }
}

function blockBound(block: number): string {
  return `'(${block},0)'::tid`
}

/** Throws an Error where a relation has rows behind those that were read. */
export async function checkAllRead(session: Session, relation: string, { blocks }: Pages): Promise<void> {
  const unread = await session.query(`select from ${relation} where ctid >= ${blockBound(blocks)} limit 1`)
  if (unread.length > 0) throw new Error(`${relation} has rows that were not read, so it stays`)
}
