import { escapedLines, escapedText } from '../../terminal-text.ts'
import { refusedBody } from '../../transaction/refused-spans.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { readableRequest } from '../formats/otlp-json.ts'
import { findOneRefused } from './find-one.ts'

/** Shows one refused span or log record: the reason and the content. */
export async function run(input: CommandInput): Promise<undefined> {
  const {
    args: [beginning = ''],
    switches,
    write,
  } = input
  await using database = await openForReading(input, tenantOption(input))
  const kept = await findOneRefused(database, beginning)
  const body = (await refusedBody(database, kept.id)) ?? new Uint8Array()
  if (switches.has('raw')) return write(body)
  const content = body.length === 0 ? '' : readableRequest(kept.signal, kept.format, body)
  if (switches.has('json')) return write(`${JSON.stringify({ ...kept, content }, null, 2)}\n`)
  const fields = {
    id: kept.id,
    what: `${kept.signal === 'logs' ? 'log record' : 'span'} ${kept.name || '(no name)'}`,
    trace: kept.trace || '(none)',
    span: kept.span || '(none)',
    reason: `${kept.message} (${kept.reason})`,
    seen: `${kept.times} times, ${kept.firstAt.toISOString()} to ${kept.lastAt.toISOString()}`,
    content:
      kept.bytes === 0
        ? 'not kept, since not all content is'
        : `${kept.bytes} bytes of ${kept.format === 'json' ? 'OTLP/JSON' : 'protobuf'}`,
  }
  for (const [name, value] of Object.entries(fields)) write(`${name.padEnd(8)} ${escapedText(value)}\n`)
  write(`\n${escapedLines(typeof content === 'string' ? content : JSON.stringify(content, null, 2))}\n`)
}
