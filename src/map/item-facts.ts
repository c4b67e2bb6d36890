import { columnSize } from '../columns.ts'
import type { LogRecord, Span } from '../decode/span.ts'
import type { RecognisedItem } from './derive/recognised-item.ts'
import { statementsOf } from './derive/statements.ts'
import { fitText } from './facts/column-limits.ts'
import type { EventFact, Facts, ToolAnswer, ToolAsk } from './facts/facts.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'
import type { Writable } from './table/item.ts'

const noAsks: readonly ToolAsk[] = []
const noAnswers: readonly ToolAnswer[] = []
const noEvents: readonly EventFact[] = []
const noNames: readonly string[] = []

/**
 * Creates the facts of a span or record with all that both derive in the same way. The other fields hold what a plain item
 * without a parent has; span.ts and record.ts set them, and must set `id`, `startNs` and `endNs`. One object for both has
 * one hidden class in V8, and a second object of the fields that differ would cost time for each item.
 */
export function newFacts(recognised: RecognisedItem, decoded: Span | LogRecord, options: MapOptions): Writable<Facts> {
  const { item, kind, dialect, workflowId, ended } = recognised
  const { service, origin } = reporterOf(decoded)
  return {
    source: item.isRecord ? 'record' : 'span',
    trace: decoded.traceId,
    id: '',
    parent: '',
    remoteParent: false,
    startNs: 0n,
    endNs: 0n,
    open: false,
    attributeCount: item.attributes.size,
    digest: options.digest(decoded),
    name: fitText(item.name, columnSize.name),
    kind,
    dialect: isNothing(recognised) ? '' : dialect.name,
    spanKind: item.spanKind,
    origin,
    service,
    workflowId,
    agent: recognised.agent,
    outcome: ended.outcome,
    error: ended.error,
    run: null,
    endsWell: false,
    statements: statementsOf(recognised),
    usage: null,
    unknownUsage: null,
    unreadUsage: noNames,
    tool: null,
    asks: noAsks,
    answers: noAnswers,
    events: noEvents,
  }
}

/** Whether no dialect recognises an item: it is plain and names no workflow. */
export function isNothing({ kind, workflowId }: RecognisedItem): boolean {
  return kind === 'plain' && workflowId === null
}
