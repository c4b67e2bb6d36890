import type { Config } from './config/settings.ts'
import { canonicalDigest } from './decode/digest.ts'
import { messageOf } from './errors.ts'
import { defaultLimits } from './map/facts/column-limits.ts'
import { vocabularyWith } from './map/lookup/vocabulary.ts'
import type { MapOptions } from './map/options.ts'
import type { CustomAttributes } from './map/table/custom-attributes.ts'
import { argumentsText } from './map/values/json.ts'
import type { ItemOutcome, Pipeline, PipelineEvents } from './pipeline.ts'
import type { QueueOptions } from './queue/options.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import { namedId } from './settle/model/ids.ts'
import type { Prices } from './settle/prices/prices.ts'
import type { Database } from './store/database.ts'
import { failingFact } from './transaction/failing-fact.ts'
import { openTraceCache } from './transaction/ledger/trace-cache.ts'
import { openRefusedSpans } from './transaction/refused-spans.ts'
import { type ForeignRows, openWriter } from './transaction/transaction.ts'

/** The settings that decide how spans and records are mapped. */
export type MapSettings = Pick<
  Config,
  'absentParent' | 'attributes' | 'content' | 'payloadBytes' | 'textCharacters' | 'workflowKeys'
>

/** The settings that decide how rows are written. */
export type WriteSettings = Pick<Config, 'cacheSpans' | 'content' | 'refusedDays' | 'refusedSpans' | 'textCharacters'>

/** The parts of a pipeline in which receiver and exporter differ. */
export interface PipelineParts {
  readonly settings: MapSettings & WriteSettings
  readonly queue: Omit<QueueOptions<ItemOutcome>, 'commit' | 'failing' | 'refused'>
  readonly prices: Prices
  readonly database: Database
  readonly events: PipelineEvents
  /** Called while a batch is settled, so that the app that exports gets its turn. */
  readonly pause?: () => Promise<unknown>
}

/** Joins the stages from `map` to the database, for the receiver and for the exporter. */
export function assemble(parts: PipelineParts): Pipeline {
  const { settings, database, events } = parts
  return {
    mapping: mappingOf(settings),
    queue: openWriting(parts),
    keepRefused: openRefusedSpans({
      database,
      idOf: namedId,
      keepBytes: settings.content === 'all',
      days: settings.refusedDays,
      most: settings.refusedSpans,
    }),
    events,
  }
}

/** The options of the mapping that these settings ask for. */
export function mappingOf(settings: MapSettings): MapOptions {
  const { absentParent, content } = settings
  return {
    tenant: '',
    vocabulary: vocabularyWith(ownAttributes(settings)),
    absentParentEnds: (service) =>
      typeof absentParent === 'string' ? absentParent === 'ends' : absentParent.includes(service),
    limits: {
      ...defaultLimits,
      text: settings.textCharacters,
      content: content === 'all' ? Infinity : content === 'none' ? 0 : content,
      payload: settings.payloadBytes,
    },
    digest: canonicalDigest,
  }
}

/** The setting `workflow_keys` is the older form of `attributes: { workflow_id: [...] }`; its keys go first. */
function ownAttributes({ attributes, workflowKeys }: MapSettings): CustomAttributes {
  if (workflowKeys.length === 0) return attributes
  const { first = [], last = [] } = attributes.workflow_id ?? {}
  return { ...attributes, workflow_id: { first: [...workflowKeys, ...first], last } }
}

/** Text as JSON. The limit is eight times the text's own: quoting makes it longer, and it must not be cut twice. */
export function jsonOf(text: string, { textCharacters }: Pick<Config, 'textCharacters'>): string {
  return argumentsText(text, 8 * textCharacters)
}

/** The queue in front of the writer. */
function openWriting({ settings, queue, prices, database, events, pause }: PipelineParts): Queue<ItemOutcome> {
  const commit = openWriter({
    database,
    traceCache: openTraceCache(settings.cacheSpans),
    price: (call) => {
      const price = prices.price(call)
      if (price.costNano === null) events.unpricedModel(call.responseModel ?? call.model ?? 'unknown')
      return price
    },
    toJson: (text) => jsonOf(text, settings),
    onCommitted: (batch) => {
      events.batchCommitted(batch)
      events.databaseBack()
    },
    onUnavailable: events.databaseAway,
    onForeignRows: (foreign) => warnOfForeignRows(foreign, events),
    pause,
  })
  return openQueue<ItemOutcome>({
    ...queue,
    commit,
    failing: failingFact,
    refused: (error) => ({ refused: messageOf(error) }),
  })
}

function warnOfForeignRows({ tasks, days }: ForeignRows, events: PipelineEvents): void {
  if (tasks > 0)
    events.warning(
      'somebody else has written tasks for some of these runs: those rows of task_executions stay as they are, and what the spans tell of events, calls, tools and agents is added under them',
    )
  if (days > 0)
    events.warning(
      'somebody else has written to some days in usage_daily_aggregates: those rows stay as they are, without what the spans tell',
    )
}
