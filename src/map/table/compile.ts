import {
  type Dialect,
  type FieldName,
  type Fields,
  fieldNames,
  type KindByConditions,
  type KindByValue,
  type KindRule,
  type Messages,
  type UsageTable,
} from './dialect.ts'
import type { Source } from './reading.ts'

/** All that an interface may have, each in its place: JavaScript finds things soonest in objects of one shape. */
type Whole<T> = { readonly [K in keyof T]-?: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** A dialect's table as it is read: with a place for everything, and the places of the plain attributes behind its own. */
export interface Narrow extends Omit<Whole<Dialect>, 'fields' | 'kinds' | 'usage'> {
  readonly kinds: readonly NarrowRule[]
  readonly fields: NarrowFields
  readonly usage: Whole<UsageTable>
  /** Where messages may stand among the attributes (an event's stand elsewhere); undefined for nowhere. */
  readonly listed: Messages | undefined
}

/** Every field has its places, be it none. */
export type NarrowFields = { readonly [Field in FieldName]: readonly Source[] }

/** Either kind of rule; what the other one has is undefined. */
export type NarrowRule = {
  readonly [K in keyof KindByConditions | keyof KindByValue]-?: (KindByConditions & KindByValue)[K] | undefined
}

/** What people name on anybody's spans. Texts are not among these: they are everyday words, and count on some spans only. */
const everywhere = ['agent', 'workflowName', 'tool', 'callId', 'conversation'] as const satisfies readonly FieldName[]

/** The whole table, before it is narrowed. */
export function wholeDialect(dialect: Dialect, plain: Dialect): Narrow {
  const { usage } = dialect
  return {
    name: dialect.name,
    about: dialect.about,
    detect: dialect.detect,
    kinds: dialect.kinds.map(narrowRule),
    fields: wholeFields(dialect === plain ? plain.fields : withPlain(dialect.fields, plain.fields)),
    usage: {
      roles: usage.roles,
      role: usage.role,
      trust: usage.trust,
      trustByScope: usage.trustByScope,
      cache: usage.cache,
      reasoning: usage.reasoning,
      elsewhere: usage.elsewhere,
      zeroCost: usage.zeroCost,
    },
    messages: dialect.messages,
    listed: dialect.messages,
    events: dialect.events,
    eventName: dialect.eventName,
    failed: dialect.failed,
    why: dialect.why,
    endsWell: dialect.endsWell,
    unset: dialect.unset,
    cancelled: dialect.cancelled,
    run: dialect.run,
  }
}

/** The table without the rules and places that need an attribute which isn't there. It reads the same, sooner. */
export function narrowDialect(whole: Narrow, keys: ReadonlySet<string>): Narrow {
  return {
    ...whole,
    kinds: whole.kinds.filter((rule) => mayHold(rule, keys)),
    fields: narrowFields(whole.fields, keys),
    listed: whole.listed && narrowMessages(whole.listed, keys),
  }
}

function withPlain(fields: Fields, plain: Fields): Fields {
  const both = everywhere.map((field) => [field, [...(fields[field] ?? []), ...(plain[field] ?? [])]])
  return { ...fields, ...Object.fromEntries(both) }
}

function narrowRule(rule: KindRule): NarrowRule {
  const [byValue, byConditions] = 'key' in rule ? [rule, undefined] : [undefined, rule]
  return {
    key: byValue?.key,
    values: byValue?.values,
    kind: byConditions?.kind,
    has: byConditions?.has,
    name: byConditions?.name,
    when: byConditions?.when,
  }
}

export function narrowFields(fields: NarrowFields, keys: ReadonlySet<string>): NarrowFields {
  return eachField((field) => standing(fields[field], keys))
}

export function wholeFields(fields: Fields): NarrowFields {
  return eachField((field) => fields[field] ?? nowhere)
}

function eachField(placesOf: (field: FieldName) => readonly Source[]): NarrowFields {
  const places: Partial<Record<FieldName, readonly Source[]>> = {}
  for (const field of fieldNames) places[field] = placesOf(field)
  return places as NarrowFields
}

const nowhere: readonly Source[] = []
export const noFields: NarrowFields = wholeFields({})

/** What stays whole is shared by all shapes: they are remembered for long. */
function standing(places: readonly Source[], keys: ReadonlySet<string>): readonly Source[] {
  const found = places.filter((place) => mayStand(place, keys))
  if (found.length === places.length) return places
  return found.length === 0 ? nowhere : found
}

function narrowMessages(messages: Messages, keys: ReadonlySet<string>): Messages | undefined {
  const below = (prefix: string | undefined) =>
    prefix !== undefined && [...keys].some((key) => key.startsWith(`${prefix}.`)) ? prefix : undefined
  const input = standing(messages.input, keys)
  const output = standing(messages.output, keys)
  const flatInput = below(messages.flatInput)
  const flatOutput = below(messages.flatOutput)
  const isThere = input.length + output.length > 0 || flatInput !== undefined || flatOutput !== undefined
  return isThere ? { input, output, flatInput, flatOutput } : undefined
}

function mayHold({ key, has }: NarrowRule, keys: ReadonlySet<string>): boolean {
  return (key === undefined || keys.has(key)) && (has === undefined || has.some((one) => keys.has(one)))
}

function mayStand(source: Source, keys: ReadonlySet<string>): boolean {
  if (typeof source === 'function') return true
  return keys.has(typeof source === 'string' ? source : source.key)
}
