import { once } from 'node:events'
import type { Exchange } from '../../accept/http/http-answers.ts'
import { csvLine } from '../../commands/formats/table/csv.ts'
import type { CsvRows } from '../route.ts'
import { securityHeaders } from './security-headers.ts'

/** Streams rows as a CSV file. Its first page is read before the headers are sent, so that an error is an answer of its own. */
export async function answerCsv({ response, request }: Exchange, name: string, rows: CsvRows): Promise<void> {
  const pages = rows[Symbol.asyncIterator]()
  let page = await pages.next()
  response.writeHead(200, {
    ...securityHeaders,
    'cache-control': 'no-store',
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}.csv"`,
  })
  if (request.method === 'HEAD') return void response.end()
  for (; page.done !== true; page = await pages.next()) {
    const text = page.value.map((cells) => csvLine(cells.map((cell) => cell ?? ''))).join('')
    if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    if (response.destroyed) return void (await pages.return?.())
  }
  response.end()
}
