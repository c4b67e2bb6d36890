import { Denied } from '../answers/denied.ts'

/**
 * The credential among the headers: `authorization: Bearer <credential>`, `authorization: Basic` with the credential as
 * the password and any user, or `x-api-key: <credential>`, which needs no space and so survives every exporter's way to
 * read OTEL_EXPORTER_OTLP_HEADERS. null where there is none. `authorization` goes first. A query string is never read:
 * proxies write URLs into their logs.
 */
export function credentialIn(header: (name: string) => string | undefined): string | null {
  const authorization = header('authorization')?.trim() ?? ''
  if (authorization === '') return header('x-api-key')?.trim() || null
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(percentDecoded(authorization)) ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() === 'basic') return passwordIn(value)
  throw new Denied('unauthenticated', 'The header authorization must be "Bearer <token>" or "Basic <user:token>".')
}

/** Some exporters send the value of OTEL_EXPORTER_OTLP_HEADERS as it is written, with `%20` for the space. */
function percentDecoded(authorization: string): string {
  return authorization.replace(/^(\w+)%20/i, '$1 ')
}

function passwordIn(base64: string): string {
  const pair = Buffer.from(base64, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}
