import type { Dialect, FieldName, Fields } from './dialect.ts'
import type { Facts, Kind, Ranked, Statements } from './facts.ts'
import { columnSize, fitId, fitTenant, fitText, shorten } from './fit.ts'
import type { Talk } from './messages.ts'
import { asAmount, asId, asName, asText, first, type Reading } from './reading.ts'
import type { Vocabulary } from './vocabulary.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const runs: ReadonlySet<Kind> = new Set(['workflow', 'task', 'agent'])

/** One span or record, as far as it is understood when its statements are read. */
export interface Understood {
  readonly reading: Reading
  readonly dialect: Dialect
  readonly spoken: readonly Dialect[]
  readonly vocabulary: Vocabulary
  readonly kind: Kind
  readonly talk: Talk | null
  readonly source: Facts['source']
}

/**
 * What a span says about its run. Ids are asked of its dialect first, then of all others that it speaks, for processors
 * stamp theirs on any span; texts of its dialect, then of the plain attributes, which people write. The plain texts
 * (`query`, `result` are everyday words) count only where the span is the top of something or stands for a run.
 */
export function statementsOf(understood: Understood, textLimit: number): Statements {
  const { reading, dialect, spoken, vocabulary, kind, talk, source } = understood
  const { fields } = dialect
  const plain = vocabulary.plain.fields
  const heads = reading.top || runs.has(kind) || (kind === 'plain' && reading.workflowId !== null)
  const texts = fields === plain && !heads ? {} : fields
  const plainTexts = heads ? plain : vocabulary.own
  const messageRank = source === 'record' ? 3 : kind === 'llm' ? 2 : 1
  const said: Writable<Statements> = {}
  put(said, 'query', best(textAt('query', reading, texts, plainTexts, textLimit), talk?.asked ?? null, messageRank))
  put(
    said,
    'result',
    best(textAt('result', reading, texts, plainTexts, textLimit), talk?.answered ?? null, messageRank),
  )
  const id = (field: FieldName) => idAt(field, reading, ...spoken)
  put(said, 'user', best(id('user'), null, 1))
  // a conversation is one only where the dialect says so
  put(said, 'session', best(id('session'), idAt('conversation', reading, dialect, vocabulary.plain), 1))
  put(said, 'mode', textAt('mode', reading, texts, plainTexts, columnSize.mode))
  put(said, 'complexity', complexityOf(reading, texts, plainTexts))
  const tenant = id('tenant')
  put(said, 'tenantId', tenant === null ? null : fitTenant(tenant))
  put(said, 'workflowName', nameAt('workflowName', reading, fields, plain))
  put(said, 'parentWorkflow', id('parentWorkflow'))
  return said
}

function textAt(field: FieldName, reading: Reading, fields: Fields, plain: Fields, limit: number): string | null {
  const value = first(reading, fields[field], asText) ?? first(reading, plain[field], asText)
  return value === null ? null : shorten(value, limit)
}

/** An id in the first place that a dialect has for it, at most 255 characters. */
export function idAt(field: FieldName, reading: Reading, ...dialects: readonly Dialect[]): string | null {
  for (const { fields } of dialects) {
    const value = first(reading, fields[field], asId)
    if (value !== null) return fitId(value)
  }
  return null
}

/** A name in the place that the dialect or the plain attributes have for it, at most 255 characters. */
export function nameAt(field: FieldName, reading: Reading, fields: Fields, plain: Fields): string | null {
  const value = first(reading, fields[field], asName) ?? first(reading, plain[field], asName)
  return value === null ? null : fitText(value, columnSize.name)
}

function put<K extends keyof Statements>(said: Writable<Statements>, key: K, value: Statements[K] | null): void {
  if (value !== null && value !== undefined) said[key] = value as Writable<Statements>[K]
}

function best(stated: string | null, heard: string | null, heardRank: number): Ranked | null {
  if (stated !== null) return { rank: 0, value: stated }
  return heard === null ? null : { rank: heardRank, value: heard }
}

/** A number outside of 0 to 1 is on another scale; to cut it to 1.00 would make it a lie. */
function complexityOf(reading: Reading, fields: Fields, plain: Fields): number | null {
  const score = first(reading, fields.complexity, asAmount) ?? first(reading, plain.complexity, asAmount)
  return score === null || score > 1 ? null : Math.round(score * 100) / 100
}
