import { readFileSync } from 'node:fs'
import { decode } from '../../decode/decode.ts'
import type { Decoded, Signal } from '../../decode/span.ts'
import { Malformed, Misconfigured, messageOf } from '../../errors.ts'
import type { Facts } from '../../map/facts/facts.ts'
import type { MapOptions } from '../../map/options.ts'
import { mapRecord } from '../../map/record.ts'
import { mapSpan } from '../../map/span.ts'
import { shareCalls } from '../../settle/call-ids/shared-calls.ts'
import { derive } from '../../settle/derive.ts'
import { emptyTrace, type Trace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { writeDerived } from '../../settle/settle.ts'
import type { BilledReport } from '../../settle/workflow/deduplicate-across-traces.ts'
import { billReports } from '../../settle/workflow/deduplicate-across-traces.ts'

/** The traces of recorded requests, settled without a database. */
export interface SettledFiles {
  readonly traces: readonly Trace[]
  /** The reports that several traces of a workflow may have in common, by the report's id. */
  readonly billed: ReadonlyMap<string, BilledReport>
  /** A sentence for each span or record that a receiver would refuse. */
  readonly refused: readonly string[]
}

/**
 * Reads OTLP requests from files, maps and settles them. A file holds one request as protobuf or JSON, or a request a
 * line, as the Collector's file exporter writes them. Throws `Misconfigured` for a file that can't be read as any.
 */
export function settleFiles(paths: readonly string[], mapping: MapOptions, price: PriceLookup): SettledFiles {
  const decoded = paths.flatMap((path) => decodeFile(path))
  const facts = decoded.flatMap(({ spans, records }) => [
    ...spans.map((span) => mapSpan(span, mapping)),
    ...records.map((record) => mapRecord(record, mapping)),
  ])
  const traces = settleTraces(facts, price)
  return {
    traces,
    billed: billTraces(traces, price),
    refused: decoded.flatMap(({ refused }) => refused.map(({ name, message }) => `${name || '(no name)'}: ${message}`)),
  }
}

function decodeFile(path: string): Decoded[] {
  try {
    const bytes = readFileSync(path)
    return isJson(bytes) ? requestsIn(bytes.toString('utf8')).map(decodeJson) : [decodeProtobuf(bytes)]
  } catch (error) {
    throw new Misconfigured(
      `${path} can't be read as OTLP: ${messageOf(error)}. It must hold one request as protobuf or JSON, not compressed, or one JSON request a line.`,
    )
  }
}

function isJson(bytes: Buffer): boolean {
  return bytes.subarray(0, 64).toString('latin1').trimStart().startsWith('{')
}

function requestsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.every((line) => line.trimStart().startsWith('{') && line.trimEnd().endsWith('}')) ? lines : [text]
}

function decodeJson(text: string): Decoded {
  const signal = /"resource_?logs"\s*:/i.test(text.slice(0, 1000)) ? 'logs' : 'traces'
  return decode(signal, 'json', Buffer.from(text))
}

/** Decodes a request as spans and as records: only the content shows which it is. The one with fewer refused is right. */
function decodeProtobuf(bytes: Buffer): Decoded {
  const decoded = (['traces', 'logs'] as const).flatMap((signal) => decodeAs(signal, bytes) ?? [])
  const [first, second] = decoded
  if (first === undefined) throw new Malformed('it is neither a request of spans nor one of log records')
  if (second === undefined) return first
  return acceptedShare(second) > acceptedShare(first) ? second : first
}

function decodeAs(signal: Signal, bytes: Buffer): Decoded | undefined {
  try {
    return decode(signal, 'protobuf', bytes)
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

/** The share of the spans and records that are not refused, 0 to 1. */
function acceptedShare({ spans, records, refused }: Decoded): number {
  const taken = spans.length + records.length
  return taken / Math.max(1, taken + refused.length)
}

function settleTraces(facts: readonly Facts[], price: PriceLookup): Trace[] {
  const byTrace = new Map<string, Facts[]>()
  for (const one of facts) byTrace.set(one.trace, [...(byTrace.get(one.trace) ?? []), one])
  const derived = [...byTrace].map(([id, arrived]) => derive(emptyTrace(id), arrived))
  shareCalls(derived)
  for (const one of derived) writeDerived(one, price)
  return derived.map(({ trace }) => trace)
}

function billTraces(traces: readonly Trace[], price: PriceLookup): Map<string, BilledReport> {
  const reports = traces.flatMap(({ nodes }) => [...nodes.values()]).flatMap(({ rows }) => rows?.report ?? [])
  const workflows = new Set(reports.map(({ place }) => place.workflow))
  const billed = [...workflows].flatMap((workflow) =>
    billReports(
      reports.filter(({ place }) => place.workflow === workflow),
      price,
    ),
  )
  return new Map(billed.map((one) => [one.report.id, one]))
}
