import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A webhook as it came. */
export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is answered to the webhook of this number, from 0: a status with headers; null: nothing, ever. */
export type AnswerWebhook = (number: number) => readonly [number, Record<string, string>?] | null

/** A server that takes webhooks. */
export interface WebhookServer extends AsyncDisposable {
  readonly url: string
  readonly received: readonly ReceivedWebhook[]
  /** Resolves when so many have come. */
  came(count: number): Promise<void>
}

/** Opens a server on a free port. */
export async function openWebhookServer(answer: AnswerWebhook = () => [204]): Promise<WebhookServer> {
  const received: ReceivedWebhook[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    const [status, headers] = answer(received.length - 1) ?? []
    if (status !== undefined) response.writeHead(status, headers).end('an answer that nobody should keep')
    for (const wake of waiting) wake()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/T0-secret-path`,
    received,
    came: (count) =>
      new Promise((resolve) => {
        const wake = () => {
          if (received.length < count) return
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
        wake()
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
