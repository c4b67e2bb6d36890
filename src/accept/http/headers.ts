import { Malformed, Unsupported } from '../../errors.ts'
import type { Format } from '../answers/receipt.ts'
import { tooLarge } from '../body/body-buffer.ts'
import { type Encoding, encodings } from '../body/inflate.ts'

/** The media type of each format. Answers have it byte for byte: the Collector accepts no other spelling (R11). */
export const mediaTypes: Record<Format, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

/** The format that a Content-Type names, in any case and with any parameters (R7); null for a format of neither kind. */
export function formatOf(contentType: string | undefined): Format | null {
  return formats.get((contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()) ?? null
}

const formats = new Map<string, Format>(Object.entries(mediaTypes).map(([format, type]) => [type, format as Format]))

/** The format; throws Unsupported, which names the supported types, where the Content-Type has none (R8). */
export function requireFormat(format: Format | null, contentType: string | undefined): Format {
  if (format !== null) return format
  const found = contentType === undefined ? 'is missing' : `"${contentType}" isn't one of OTLP's`
  throw new Unsupported(`The content type ${found}; supported are ${Object.values(mediaTypes).join(' and ')}.`)
}

/**
 * The one encoding that a Content-Encoding names, in any case. `identity` in a list changes nothing and is skipped;
 * a list of two other encodings isn't supported (R15). Throws Malformed, because the answer to this is 400 (R16).
 */
export function encodingOf(header = ''): Encoding {
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  const [name = 'identity', ...more] = names.filter((name) => name !== '' && name !== 'identity')
  const encoding = encodings.get(name)
  if (encoding && more.length === 0) return encoding
  throw new Malformed(
    `The content encoding "${header}" isn't supported; supported are ${[...encodings.keys()].join(', ')}.`,
  )
}

/** Throws TooLarge for a Content-Length over the limit, so that the body needn't be sent (R36). */
export function checkAnnouncedLength(contentLength: string | undefined, maxRequestBytes: number): void {
  if (Number(contentLength ?? 0) > maxRequestBytes) throw tooLarge(maxRequestBytes)
}
