import type { Config } from './config/settings.ts'
import { canonicalDigest } from './decode/digest.ts'
import { messageOf } from './errors.ts'
import { defaultLimits } from './map/facts/column-limits.ts'
import { vocabularyWith } from './map/lookup/vocabulary.ts'
import type { MapOptions } from './map/options.ts'
import type { CustomAttributes } from './map/table/custom-attributes.ts'
import { argumentsText } from './map/values/json.ts'
import type { Fate, Walk, WalkEvents } from './pipeline.ts'
import { openQueue, type Queue, type QueueOptions } from './queue/queue.ts'
import { namedId } from './settle/model/ids.ts'
import type { Prices } from './settle/prices/prices.ts'
import type { Database } from './store/database.ts'
import { blamed } from './transaction/failing-fact.ts'
import { openMemory } from './transaction/ledger/trace-cache.ts'
import { openRefusals } from './transaction/refused.ts'
import { openWriter, type Shared } from './transaction/transaction.ts'

/** What decides how spans and records are mapped. */
export type MapSettings = Pick<
  Config,
  'absentParent' | 'attributes' | 'content' | 'payloadBytes' | 'textCharacters' | 'workflowKeys'
>

/** What decides how rows are written. */
export type WriteSettings = Pick<Config, 'cacheSpans' | 'content' | 'refusedDays' | 'refusedSpans' | 'textCharacters'>

/** What a door gives, to have the rooms behind it joined. */
export interface Joined {
  readonly settings: MapSettings & WriteSettings
  readonly queue: Omit<QueueOptions<Fate>, 'commit' | 'blamed' | 'refused'>
  readonly prices: Prices
  readonly database: Database
  readonly events: WalkEvents
  /** Where the process is somebody's app: its turn, while a batch is settled. */
  readonly pause?: () => Promise<unknown>
}

/** The rooms from map to store, joined: what takes a request, or an app's export, to its rows. */
export function joinRooms(joined: Joined): Walk {
  const { settings, database, events } = joined
  return {
    mapping: mappingOf(settings),
    queue: openWriting(joined),
    keepRefused: openRefusals({
      database,
      idOf: namedId,
      keepBytes: settings.content === 'all',
      days: settings.refusedDays,
      most: settings.refusedSpans,
    }),
    events,
  }
}

/** How these settings have spans and records mapped. */
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

/** `workflow_keys` is the older way to say `attributes: { workflow_id: [...] }`, and goes before it. */
function ownAttributes({ attributes, workflowKeys }: MapSettings): CustomAttributes {
  if (workflowKeys.length === 0) return attributes
  const { first = [], last = [] } = attributes.workflow_id ?? {}
  return { ...attributes, workflow_id: { first: [...workflowKeys, ...first], last } }
}

/** Quoted, a text is longer; one that was cut already must not be cut again. */
export function jsonOf(text: string, { textCharacters }: Pick<Config, 'textCharacters'>): string {
  return argumentsText(text, 8 * textCharacters)
}

/** The queue in front of the writer, both told to count what they do. */
function openWriting({ settings, queue, prices, database, events, pause }: Joined): Queue<Fate> {
  const write = openWriter({
    database,
    memory: openMemory(settings.cacheSpans),
    price: (call) => {
      const price = prices.price(call)
      if (price.costNano === null) events.unpricedModel(call.responseModel ?? call.model ?? 'unknown')
      return price
    },
    json: (text) => jsonOf(text, settings),
    onShared: (shared) => tellShared(shared, events),
    pause,
  })
  return openQueue<Fate>({
    ...queue,
    commit: async (facts) => {
      const started = performance.now()
      const outcomes = await write(facts)
      events.batchCommitted({ items: facts.length, milliseconds: performance.now() - started })
      events.databaseBack()
      return outcomes
    },
    blamed: (error, batch) => {
      const facts = blamed(error, batch)
      if (facts === null) events.databaseAway(messageOf(error))
      return facts
    },
    refused: (error) => ({ refused: messageOf(error) }),
  })
}

function tellShared({ runs, days }: Shared, events: WalkEvents): void {
  if (runs > 0)
    events.warning(
      'somebody else has written tasks for some of these runs: those rows of task_executions stay as they are, and what the spans tell of events, calls, tools and agents is added under them',
    )
  if (days > 0)
    events.warning(
      'somebody else has written to some days in usage_daily_aggregates: those rows stay as they are, without what the spans tell',
    )
}
