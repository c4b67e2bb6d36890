import type { Exchange } from '../../accept/http/http-answers.ts'
import { csvLine } from '../../commands/formats/table/csv.ts'
import type { CsvRows } from '../api-route.ts'
import { drained } from './drained.ts'
import { securityHeaders } from './security-headers.ts'

/** Streams rows as a CSV file. Its first rows are read before the headers are sent, so that an error is an answer of its own. */
export async function answerCsv({ response, request }: Exchange, name: string, rows: CsvRows): Promise<void> {
  const pages = rows[Symbol.asyncIterator]()
  const read = [await pages.next(), await pages.next()]
  response.writeHead(200, {
    ...securityHeaders,
    'cache-control': 'no-store',
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}.csv"`,
  })
  if (request.method === 'HEAD') return void response.end()
  const next = async () => read.shift() ?? (await pages.next())
  for (let page = await next(); page.done !== true; page = await next()) {
    const text = page.value.map((cells) => csvLine(cells.map((cell) => cell ?? ''))).join('')
    if (!response.write(text)) await drained(response)
    if (response.destroyed) return void (await pages.return?.())
  }
  response.end()
}
