import type { Exchange } from '../../accept/http/http-answers.ts'
import { drained } from './drained.ts'
import { securityHeaders } from './security-headers.ts'

/** A stream of events to one client. */
export interface EventStreamWriter {
  /** Sends an event; waits while the client reads slower. `id` is what the client names when it connects again. */
  send(event: string, data: unknown, id?: string): Promise<void>
  /** Sends something that means nothing, so that proxies and browsers keep the connection. */
  ping(): Promise<void>
  end(): void
}

/** A client connects again after this time. */
const retryMs = 1_000

/** Begins a stream of server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function openEventStream({ request, response }: Exchange): EventStreamWriter {
  response.writeHead(200, {
    ...securityHeaders,
    'cache-control': 'no-store, no-transform',
    'content-type': 'text/event-stream; charset=utf-8',
    // nginx keeps an answer until it is long enough, unless it is told not to
    'x-accel-buffering': 'no',
  })
  request.socket.setNoDelay(true)
  const write = async (text: string) => {
    if (response.destroyed || response.write(text)) return
    await drained(response)
  }
  response.flushHeaders()
  void write(`retry: ${retryMs}\n\n`)
  return {
    // JSON has no line breaks outside of its escapes, so that the data is one line
    send: (event, data, id) =>
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    ping: () => write(': \n\n'),
    end: () => response.end(),
  }
}
