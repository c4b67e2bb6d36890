import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Exchange } from '../../accept/http/http-answers.ts'
import { securityHeaders } from './security-headers.ts'

/** An answer whose body is complete. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array | string
  readonly headers?: Readonly<Record<string, string>>
}

/** A shorter body is not worth its compression. */
const leastCompressed = 1_400

/** Writes an answer, compressed where the client takes it and it is not compressed already. */
export async function reply({ request, response, closing }: Exchange, of: Reply): Promise<void> {
  const { status, type, body, headers = {} } = of
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const isCompressed = headers['content-encoding'] !== undefined
  const compressed =
    !isCompressed && bytes.length >= leastCompressed && accepts(request.headers['accept-encoding'], 'gzip')
  const sent = compressed ? await promisify(gzip)(bytes, { level: 5 }) : bytes
  if (closing()) response.setHeader('connection', 'close')
  response.writeHead(status, {
    ...securityHeaders,
    'cache-control': 'no-store',
    vary: 'accept-encoding',
    ...headers,
    ...(compressed && { 'content-encoding': 'gzip' }),
    'content-type': type,
    'content-length': sent.length,
  })
  response.end(request.method === 'HEAD' ? undefined : sent)
  // what is left of a body that was refused is thrown away, so that the connection can be used again
  request.resume()
}

/** Whether a header Accept-Encoding takes an encoding: it is named, and its weight is not 0. */
export function accepts(header: string | string[] | undefined, encoding: string): boolean {
  return String(header ?? '')
    .split(',')
    .some((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      return name === encoding && !parameters.some((text) => /^q=0(\.0*)?$/.test(text))
    })
}
