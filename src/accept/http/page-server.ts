import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostAndPort, type ListenAddress, listen, type RunningServer, runningServer } from '../listening.ts'
import { closeHttpServer } from './close-server.ts'
import { type CreateOptions, createHttpServer } from './create-server.ts'
import { answerText, type Exchange } from './http-answers.ts'
import { limitPipelined } from './pipelined.ts'

/** The options of the server that has the page alone. */
export interface PageServerOptions extends ListenAddress, CreateOptions {
  readonly shutdownTimeoutMs: number
  /** Answers a request; returns undefined for one that is not the page's. Never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void> | undefined
}

/** How long an idle connection stays open, and how long a request may take to arrive. */
const times = { keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 60_000 }

/** Starts a server for the page on a port of its own. Throws Misconfigured where it can't listen. */
export async function openPageServer(options: PageServerOptions): Promise<RunningServer> {
  let stopping = false
  const { server, isOutdated } = createHttpServer(times, options)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    limitPipelined(request, response)
    const exchange = { request, response, lingerMs: 0, closing: () => stopping || isOutdated(request.socket) }
    if (options.answer(exchange) === undefined) answerText(exchange, 404, 'Nothing is here.\n')
  })
  const port = await listen('the page', server, options)
  return runningServer(
    `${options.tls === null ? 'http' : 'https'}://${hostAndPort({ host: options.host, port })}`,
    () => {
      stopping = true
      return closeHttpServer(server, options.shutdownTimeoutMs)
    },
  )
}
