import { Malformed, Misconfigured } from '../../../errors.ts'
import type { FileMessage } from '../file-message.ts'
import { foreignFormats } from './formats.ts'
import { type ForeignFormat, type ForeignRow, type ForeignSpan, requestOf } from './span.ts'

/** So many spans are in one message, which is what an import can be resumed behind. */
const spansOfMessage = 200

/**
 * Makes messages of the rows of a file of another product. `name` is the format; null: the first row tells which it is.
 * Throws `Malformed` where it is none that is known.
 */
export async function* foreignMessages(
  rows: AsyncIterable<ForeignRow>,
  name: string | null,
): AsyncGenerator<FileMessage> {
  let format: ForeignFormat | undefined
  let spans: ForeignSpan[] = []
  let withoutTokenKinds = 0
  for await (const row of rows) {
    format ??= name === null ? formatOf(row) : formatNamed(name)
    if (!format.matches(row)) continue
    spans.push(...format.spansOf(row))
    if (format.lacksKinds(row)) withoutTokenKinds += 1
    if (spans.length < spansOfMessage) continue
    yield { format: 'json', body: requestOf(format, spans), withoutTokenKinds }
    spans = []
    withoutTokenKinds = 0
  }
  if (format !== undefined && spans.length > 0)
    yield { format: 'json', body: requestOf(format, spans), withoutTokenKinds }
}

/** The names that `--format` takes. */
export const importFormats: readonly string[] = ['otlp', ...foreignFormats.map(({ name }) => name)]

/** Checks the value of `--format`. */
export function checkImportFormat(name: string | null): string | null {
  if (name !== null && !importFormats.includes(name))
    throw new Misconfigured(`--format can't be ${name}: it takes ${importFormats.join(', ')}.`)
  return name
}

function formatNamed(name: string): ForeignFormat {
  const found = foreignFormats.find((format) => format.name === name)
  if (found === undefined) throw new Malformed(`these are rows, and no requests of OTLP, which --format ${name} says`)
  return found
}

function formatOf(row: ForeignRow): ForeignFormat {
  const found = foreignFormats.find((format) => format.matches(row))
  if (found !== undefined) return found
  const names = Object.keys(row).slice(0, 8).join(', ')
  throw new Malformed(`a row with ${names || 'nothing'} is of no format that is known: ${importFormats.join(', ')}`)
}
