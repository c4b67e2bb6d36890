import { readdirSync, readFileSync } from 'node:fs'
import { decode } from '../../src/decode/decode.ts'
import type { LogRecord, Signal, Span } from '../../src/decode/span.ts'

/** What a folder of test/recordings holds, in the order of arrival. A span that was sent again is there once. */
export function load(recording: string): { spans: Span[]; records: LogRecord[] } {
  const folder = new URL(`../recordings/${recording}/`, import.meta.url)
  const spans = new Map<string, Span>()
  const records: LogRecord[] = []
  for (const file of readdirSync(folder).sort()) {
    const [, signal, extension] = file.split('.')
    if (signal !== 'traces' && signal !== 'logs') continue
    const decoded = decode(
      signal satisfies Signal,
      extension === 'pb' ? 'protobuf' : 'json',
      readFileSync(new URL(file, folder)),
    )
    for (const span of decoded.spans) spans.set(span.traceId + span.spanId, span)
    records.push(...decoded.records)
  }
  return { spans: [...spans.values()], records }
}
