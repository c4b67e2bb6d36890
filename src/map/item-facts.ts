import { columnSize } from '../columns.ts'
import type { LogRecord, Span } from '../decode/span.ts'
import type { RecognisedItem } from './derive/recognised-item.ts'
import { statementsOf } from './derive/statements.ts'
import { fitText } from './facts/column-limits.ts'
import type { Facts } from './facts/facts.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'

/** The facts that spans and log records derive differently. */
export type OwnFacts = Pick<
  Facts,
  | 'source'
  | 'trace'
  | 'id'
  | 'parent'
  | 'remoteParent'
  | 'startNs'
  | 'endNs'
  | 'open'
  | 'digest'
  | 'spanKind'
  | 'run'
  | 'endsWell'
  | 'usage'
  | 'tool'
  | 'asks'
  | 'answers'
  | 'events'
>

/** Joins the facts of a span or record: its own, and those that all items derive in the same way. */
export function factsOf(
  recognised: RecognisedItem,
  own: OwnFacts,
  decoded: Span | LogRecord,
  { tenant }: MapOptions,
): Facts {
  const { item, kind, dialect, workflowId, ended } = recognised
  const { service, origin } = reporterOf(decoded)
  return {
    tenant,
    source: own.source,
    trace: own.trace,
    id: own.id,
    parent: own.parent,
    remoteParent: own.remoteParent,
    startNs: own.startNs,
    endNs: own.endNs,
    open: own.open,
    attributeCount: item.attributes.size,
    digest: own.digest,
    name: fitText(item.name, columnSize.name),
    kind,
    dialect: isNothing(recognised) ? '' : dialect.name,
    spanKind: own.spanKind,
    origin,
    service,
    workflowId,
    agent: recognised.agent,
    outcome: ended.outcome,
    error: ended.error,
    run: own.run,
    endsWell: own.endsWell,
    statements: statementsOf(recognised),
    usage: own.usage,
    tool: own.tool,
    asks: own.asks,
    answers: own.answers,
    events: own.events,
  }
}

/** Whether no dialect recognises an item: it is plain and names no workflow. */
export function isNothing({ kind, workflowId }: RecognisedItem): boolean {
  return kind === 'plain' && workflowId === null
}
