import { readFileSync } from 'node:fs'
import { Misconfigured } from '../../errors.ts'

/** What a sender shows of itself, and whom it trusts. Files are in PEM. */
export interface Sender {
  readonly headers: Readonly<Record<string, string>>
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
}

/**
 * The sender that OpenTelemetry's variables describe, so that what is tried is what an SDK with these variables does.
 * Throws `Misconfigured` for a file that can't be read.
 * Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function senderOf(env: Readonly<Record<string, string | undefined>>): Sender {
  const file = (name: string) => {
    const key = `OTEL_EXPORTER_OTLP_${name}`
    const path = env[key]
    try {
      return path ? readFileSync(path) : undefined
    } catch (cause) {
      throw new Misconfigured(`${key}: ${path} can't be read (${(cause as NodeJS.ErrnoException).code}).`, { cause })
    }
  }
  return {
    headers: headersIn(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    ca: file('CERTIFICATE'),
    cert: file('CLIENT_CERTIFICATE'),
    key: file('CLIENT_KEY'),
  }
}

/** `key=value,key=value`, percent-encoded. */
function headersIn(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => {
      const end = pair.indexOf('=')
      return [pair.slice(0, end).trim().toLowerCase(), decoded(pair.slice(end + 1).trim())]
    }),
  )
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
