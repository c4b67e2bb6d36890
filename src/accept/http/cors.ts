import type { IncomingMessage, ServerResponse } from 'node:http'

/** The method that a browser's preflight asks about; undefined for any other request. */
export function preflighted({ method, headers }: IncomingMessage): string | undefined {
  return method === 'OPTIONS' && headers.origin !== undefined ? headers['access-control-request-method'] : undefined
}

/**
 * Allows a page of one of these origins to read the answer; `*` is every origin, but without credentials, which a beacon
 * always has. Without origins no answer has a header of CORS, and browsers send nothing.
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function allowOrigin({ headers }: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  if (origins.length === 0) return
  const { origin = '' } = headers
  const isListed = origins.includes(origin)
  // A cache must not give one origin's answer to another.
  response.setHeader('vary', 'origin')
  if (!isListed && (origin === '' || !origins.includes('*'))) return
  response.setHeader('access-control-allow-origin', isListed ? origin : '*')
  if (isListed) response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-expose-headers', 'retry-after')
}

/** Answers a preflight. Exporters send whatever headers they are configured with, so all that are asked for are allowed. */
export function answerPreflight({ headers }: IncomingMessage, response: ServerResponse, method: string): void {
  if (response.hasHeader('access-control-allow-origin')) {
    response.setHeader('access-control-allow-methods', method)
    response.setHeader('access-control-max-age', longestAgeSeconds)
    const asked = headers['access-control-request-headers']
    if (asked !== undefined) response.setHeader('access-control-allow-headers', asked)
  }
  response.writeHead(204).end()
}

// Chromium remembers a preflight for at most this long, and no browser for longer.
const longestAgeSeconds = 7200
