import type { IncomingMessage } from 'node:http'
import { WrongRequest } from './page-errors.ts'

/** A request of the API is short: a statement of SQL is the longest of it. */
const mostBytes = 100_000

/**
 * Reads the JSON of a request. Its media type must be that of JSON: a page of another site can't send that without asking
 * first, and nothing here allows it (CORS).
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new WrongRequest(415, 'unsupported', 'The content type must be application/json.')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) throw new WrongRequest(413, 'too-large', `A request has at most ${mostBytes} bytes.`)
    chunks.push(chunk)
  }
  try {
    return length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new WrongRequest(400, 'malformed', 'The body is no JSON.')
  }
}
