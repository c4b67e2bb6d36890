import { ApiError, ask } from './client.ts'
import { openPauses } from './pauses.ts'

export interface StreamEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

export interface StreamOptions {
  readonly onEvent: (event: StreamEvent) => void
  /** Whether the stream is connected, each time that this changes. */
  readonly onState?: (connected: boolean) => void
  readonly lastId?: string | null
}

const firstPauseMs = 250
const longestPauseMs = 8000

/**
 * Reads server-sent events by `fetch`, whose requests carry the token. After a break it goes on behind the last event,
 * so that none is skipped or repeated. The function that it returns ends the stream.
 */
export function openStream(url: string, { onEvent, onState, lastId = null }: StreamOptions): () => void {
  const ended = new AbortController()
  let last = lastId
  let pauseMs = firstPauseMs
  const read = async () => {
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (last !== null) headers['last-event-id'] = last
    const response = await ask(url, { headers, signal: ended.signal, cache: 'no-store' })
    onState?.(true)
    const pauseIfLong = openPauses()
    for await (const event of eventsOf(response.body!)) {
      pauseMs = firstPauseMs
      if (event.id !== '') last = event.id
      if (ended.signal.aborted) return
      onEvent(event)
      // events that are there already come without a wait in which frames could be drawn
      await pauseIfLong()
    }
  }
  const run = async () => {
    while (!ended.signal.aborted) {
      const isOver = await read().then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.status >= 400 && error.status < 500,
      )
      onState?.(false)
      if (isOver) return
      await pause(pauseMs, ended.signal)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }
  void run()
  return () => ended.abort()
}

/** The events in a body, by the rules of the HTML standard for `text/event-stream`. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  let event = { id: '', type: 'message', data: [] as string[] }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split(/\r\n|\n|\r/)
    rest = lines.pop()!
    for (const line of lines) {
      if (line !== '') {
        take(event, line)
        continue
      }
      if (event.data.length > 0) yield { id: event.id, type: event.type, data: event.data.join('\n') }
      event = { id: '', type: 'message', data: [] }
    }
  }
}

function take(event: { id: string; type: string; data: string[] }, line: string): void {
  const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
  if (field === 'id') event.id = value
  if (field === 'event') event.type = value
  if (field === 'data') event.data.push(value)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
