import type { Attributes } from '../../decode/span.ts'
import { plain } from '../dialects/plain.ts'
import { byShape } from '../facts/key-set-cache.ts'
import { type Narrow, type NarrowFields, narrowFields, noFields, wholeFields } from '../table/compile.ts'
import { type OwnAttributes, ownNames, sourceOf } from '../table/custom-attributes.ts'
import type { Dialect, FieldName, Fields, KindRule } from '../table/dialect.ts'
import { first, type Source } from '../table/reading.ts'
import { type Detector, detectorsOf } from './detect.ts'
import { dialects } from './dialects.ts'

/**
 * All that a span or record may be written in: the tables of the dialects, with what the operator adds to each, as far
 * as they can find anything among its attributes.
 */
export interface Vocabulary {
  readonly detector: Detector
  /** The plain attributes, whose fields are asked after those of the dialect that a span speaks. */
  readonly plain: Narrow
  /** What the operator added; it means the same wherever it stands. */
  readonly own: NarrowFields
}

/** The vocabulary for a scope and the keys of these attributes. It remembers those that it has seen. */
export type VocabularyOf = (scope: string, attributes: Attributes) => Vocabulary

/** About how many bytes a vocabulary holds, each of its tables and each key. */
const cost = { all: 3_000, table: 2_000, key: 40 } as const

/** The dialects as they are. */
export const known: VocabularyOf = vocabularyOf(dialects, {})

function vocabularyOf(all: readonly Dialect[], own: Fields): VocabularyOf {
  const detectorOf = detectorsOf(all)
  const ownFields = Object.keys(own).length === 0 ? noFields : wholeFields(own)
  const make = (scope: string, keys: ReadonlySet<string>): Vocabulary => {
    const detector = detectorOf(scope, keys)
    return { detector, plain: detector.last, own: ownFields === noFields ? noFields : narrowFields(ownFields, keys) }
  }
  return byShape(make, ({ detector }, keys) => cost.all + cost.table * detector.tables + cost.key * keys)
}

/**
 * The dialects with the operator's own attributes before and behind those of each. Make it once for a configuration:
 * it remembers the keys and scopes that it has seen.
 */
export function vocabularyWith(attributes: OwnAttributes): VocabularyOf {
  const own = Object.entries(attributes).map(
    ([name, keys]): Own => ({
      field: ownNames[name]!,
      first: keys.first.map(sourceOf),
      last: keys.last.map(sourceOf),
    }),
  )
  if (own.length === 0) return known
  const fields = Object.fromEntries(own.map((one) => [one.field, [...one.first, ...one.last]]))
  const kinds = plain.kinds.flatMap((rule) => [rule, ...likewise(rule, fields)])
  const all = dialects.map((dialect) => ({
    ...dialect,
    fields: around(dialect, own),
    ...(dialect === plain && { kinds }),
  }))
  return vocabularyOf(all, fields)
}

interface Own {
  readonly field: FieldName
  readonly first: readonly Source[]
  readonly last: readonly Source[]
}

/** Fields in which the plain attributes are asked as well: what comes last of all is last among these. */
const sharedFields: ReadonlySet<FieldName> = new Set([
  'workflowId',
  'workflowName',
  'parentWorkflow',
  'user',
  'session',
  'conversation',
  'tenant',
  'agent',
  'query',
  'result',
  'mode',
  'complexity',
  'tool',
  'callId',
])

function around(dialect: Dialect, own: readonly Own[]): Fields {
  const added = own.map(({ field, first, last }) => [
    field,
    [...first, ...(dialect.fields[field] ?? []), ...(dialect !== plain && sharedFields.has(field) ? [] : last)],
  ])
  return { ...dialect.fields, ...Object.fromEntries(added) }
}

/** What a plain attribute says of a span's kind, the operator's own of the same field says too. */
function likewise(rule: KindRule, own: Fields): KindRule[] {
  if ('key' in rule || rule.has === undefined) return []
  const { has, when, ...same } = rule
  const sources = fieldsOf(has).flatMap((field) => own[field] ?? [])
  if (sources.length === 0) return []
  return [
    { ...same, when: (reading) => first(reading, sources, (value) => value) !== null && (when?.(reading) ?? true) },
  ]
}

function fieldsOf(keys: readonly string[]): FieldName[] {
  const names = Object.keys(plain.fields) as FieldName[]
  return names.filter((field) => plain.fields[field]?.some((source) => keys.includes(source as string)))
}
