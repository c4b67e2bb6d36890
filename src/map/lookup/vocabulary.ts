import type { Attributes } from '../../decode/span.ts'
import { plain } from '../dialects/plain.ts'
import { type CompiledDialect, type CompiledFields, compileFields, noFields, pruneFields } from '../table/compile.ts'
import { type CustomAttributes, customAttributeFields, sourceOf } from '../table/custom-attributes.ts'
import type { Dialect, Fields, KindRule } from '../table/dialect.ts'
import { type FieldName, plainUseOf } from '../table/fields.ts'
import type { Item } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asId } from '../values/convert.ts'
import { cacheByKeySet } from '../values/key-set-cache.ts'
import { type Detector, detectorsOf } from './detect.ts'
import { dialects } from './dialects.ts'

/**
 * The tables that spans and records with one scope and list of attribute keys are read with: those of the dialects and
 * the custom attributes of the settings, without what these keys rule out.
 */
export interface Vocabulary {
  readonly detector: Detector
  /** The plain attributes, whose fields are read after those of the dialect that an item matches. */
  readonly plain: CompiledDialect
  /** The custom attributes of the settings, which mean the same on every item. */
  readonly custom: CompiledFields
}

/** Returns the vocabulary for a scope and the keys of these attributes, from a cache. */
export type VocabularyOf = (scope: string, attributes: Attributes) => Vocabulary

/** Estimated bytes of a vocabulary: `all` once, `table` for each of its tables, `key` for each attribute key. */
const cost = { all: 3_000, table: 2_000, key: 40 } as const

/** The vocabulary without custom attributes. */
export const builtInVocabulary: VocabularyOf = vocabularyOf(dialects, {})

function vocabularyOf(all: readonly Dialect[], customFields: Fields): VocabularyOf {
  const detectorOf = detectorsOf(all)
  const compiled = Object.keys(customFields).length === 0 ? noFields : compileFields(customFields)
  const make = (scope: string, keys: ReadonlySet<string>): Vocabulary => {
    const detector = detectorOf(scope, keys)
    const custom = compiled === noFields ? noFields : pruneFields(compiled, keys)
    return { detector, plain: detector.last, custom }
  }
  return cacheByKeySet(make, ({ detector }, keys) => cost.all + cost.table * detector.tables + cost.key * keys)
}

/**
 * Returns the dialects with custom attributes before and after the sources of each. Call it once for a configuration,
 * because the result caches the keys and scopes that it has seen.
 */
export function vocabularyWith(attributes: CustomAttributes): VocabularyOf {
  const custom = Object.entries(attributes).map(
    ([name, keys]): CustomField => ({
      field: customAttributeFields[name]!,
      first: keys.first.map(sourceOf),
      last: keys.last.map(sourceOf),
    }),
  )
  if (custom.length === 0) return builtInVocabulary
  const fields = Object.fromEntries(custom.map(({ field, first, last }) => [field, [...first, ...last]]))
  const kinds = plain.kinds.flatMap((rule) => [rule, ...customKindRules(rule, fields)])
  const all = dialects.map((dialect) => ({
    ...dialect,
    fields: fieldsWith(dialect, custom),
    ...(dialect === plain && { kinds }),
  }))
  return vocabularyOf(all, fields)
}

/** Returns the workflow id in a custom or plain attribute, which an item of every dialect may carry; null for none. */
export function plainWorkflowId(item: Item, { plain }: Vocabulary): string | null {
  return firstValue(item, plain.fields.workflowId, asId)
}

/** The custom sources of one field, before and after those of the dialects. */
interface CustomField {
  readonly field: FieldName
  readonly first: readonly Source[]
  readonly last: readonly Source[]
}

/** Adds custom sources to a dialect. Where plain attributes are read on every item, `last` stands after them only. */
function fieldsWith(dialect: Dialect, custom: readonly CustomField[]): Fields {
  const added = custom.map(({ field, first, last }) => [
    field,
    [...first, ...(dialect.fields[field] ?? []), ...(dialect !== plain && plainUseOf(field) !== undefined ? [] : last)],
  ])
  return { ...dialect.fields, ...Object.fromEntries(added) }
}

/** Returns a kind rule for custom attributes where the rule asks for a plain attribute of the same field. */
function customKindRules(rule: KindRule, custom: Fields): KindRule[] {
  if ('key' in rule || rule.has === undefined) return []
  const { has, when, ...same } = rule
  const sources = fieldsOf(has).flatMap((field) => custom[field] ?? [])
  if (sources.length === 0) return []
  return [{ ...same, when: (item) => firstValue(item, sources, (value) => value) !== null && (when?.(item) ?? true) }]
}

function fieldsOf(keys: readonly string[]): FieldName[] {
  const names = Object.keys(plain.fields) as FieldName[]
  return names.filter((field) => plain.fields[field]?.some((source) => keys.includes(source as string)))
}
