import type { Columnar } from '../../src/web/answers/common.ts'

/** An answer of the API. */
export interface Asked<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** How a request differs from a plain GET. */
export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Asks the API at a base URL, and reads its JSON. */
export async function ask<Body>(http: string, path: string, options: AskOptions = {}): Promise<Asked<Body>> {
  const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body } = options
  const answer = await fetch(`${http}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, body: (isJson ? JSON.parse(text) : text) as Body }
}

/** The rows of an answer as objects. */
export function rowsOf<Row extends object>({ columns, rows }: Columnar<Row>): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])) as Row)
}

/** A message of a stream. */
export interface StreamMessage {
  readonly id: string | null
  readonly event: string
  readonly data: never
}

/** A stream of server-sent events, as a client reads it. */
export interface OpenStream {
  readonly status: number
  messages(): AsyncGenerator<StreamMessage>
  close(): void
}

/** Opens a stream. */
export async function openStream(
  http: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenStream> {
  const closing = new AbortController()
  const answer = await fetch(`${http}${path}`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: closing.signal,
  })
  return { status: answer.status, messages: () => messagesIn(answer.body!), close: () => closing.abort() }
}

async function* messagesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        )
        const event = fields.get('event')
        if (event !== undefined)
          yield { id: fields.get('id') ?? null, event, data: JSON.parse(fields.get('data')!) as never }
      }
    }
  } catch {
    // the connection was closed, by this side or the other
  }
}
