import { withNamedParts } from './counter-names.ts'
import type { Dialect, Fields, KindByConditions, KindByValue, KindRule, MessageSources, UsageTable } from './dialect.ts'
import { type FieldName, fieldNames, plainUseOf } from './fields.ts'
import type { Source } from './source.ts'
import type { UsageKey } from './usage-names.ts'

/** An interface whose optional fields are all there, if undefined: V8 finds fields fastest in objects of one hidden class. */
type Complete<T> = { readonly [K in keyof T]-?: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** A dialect table as spans and records are read with it: every field has its sources, plain attributes included. */
export interface CompiledDialect extends Omit<Complete<Dialect>, 'fields' | 'kinds' | 'usage'> {
  readonly kinds: readonly CompiledKindRule[]
  readonly fields: CompiledFields
  readonly usage: Complete<UsageTable>
  /** `messages` without the sources that the item's attributes rule out; undefined: none is left. Events have their own. */
  readonly presentMessages: MessageSources | undefined
  /** The attributes that the fields name. */
  readonly namedKeys: ReadonlySet<string>
  /** The attributes that look like usage and that the fields don't name; empty until the table is pruned. */
  readonly unreadKeys: UnreadKeys
}

/** Attributes of an item that look like usage: `unknown` are named by no dialect, `foreign` by other dialects only. */
export interface UnreadKeys {
  readonly unknown: readonly UsageKey[]
  readonly foreign: readonly UsageKey[]
}

const noKeys: UnreadKeys = { unknown: [], foreign: [] }

/** The sources of every field; a field without sources has an empty list. */
export type CompiledFields = { readonly [Field in FieldName]: readonly Source[] }

/** A kind rule with the fields of both forms; those of the other form are undefined. */
export type CompiledKindRule = {
  readonly [K in keyof KindByConditions | keyof KindByValue]-?: (KindByConditions & KindByValue)[K] | undefined
}

/** Compiles a dialect table; `plain` is the dialect of the plain attributes. */
export function compileDialect(dialect: Dialect, plain: Dialect): CompiledDialect {
  const { usage } = dialect
  const fields = compileFields(dialect === plain ? plain.fields : withPlain(dialect.fields, plain.fields))
  return {
    name: dialect.name,
    about: dialect.about,
    detect: dialect.detect,
    kinds: dialect.kinds.map(compileKindRule),
    fields,
    usage: {
      roles: usage.roles,
      role: usage.role,
      trust: usage.trust,
      trustByScope: usage.trustByScope,
      cache: usage.cache,
      reasoning: usage.reasoning,
      billed: usage.billed,
      elsewhere: usage.elsewhere,
      zeroCost: usage.zeroCost,
    },
    messages: dialect.messages,
    presentMessages: dialect.messages,
    namedKeys: new Set(keysOf(fields)),
    unreadKeys: noKeys,
    stepMessages: dialect.stepMessages,
    events: dialect.events,
    eventName: dialect.eventName,
    hasFailed: dialect.hasFailed,
    failureReason: dialect.failureReason,
    endsWell: dialect.endsWell,
    unsetMeans: dialect.unsetMeans,
    isCancelled: dialect.isCancelled,
    run: dialect.run,
  }
}

/** The keys of an item that look like usage. */
export interface UsageKeys {
  readonly found: readonly UsageKey[]
  /** Whether a field of any dialect names the key. */
  readonly isKnown: (key: string) => boolean
}

const noUsageKeys: UsageKeys = { found: [], isKnown: () => false }

/**
 * Drops the rules and sources that need an attribute which isn't among the keys: the table reads the same, but faster. Adds
 * the counters that only their names explain.
 */
export function pruneDialect(
  compiled: CompiledDialect,
  keys: ReadonlySet<string>,
  { found, isKnown }: UsageKeys = noUsageKeys,
): CompiledDialect {
  const unread = found.filter(({ key }) => !compiled.namedKeys.has(key))
  return {
    ...compiled,
    kinds: compiled.kinds.filter((rule) => isPossible(rule, keys)),
    fields: withNamedParts(pruneFields(compiled.fields, keys), unread),
    presentMessages: compiled.presentMessages && pruneMessages(compiled.presentMessages, keys),
    unreadKeys:
      unread.length === 0
        ? noKeys
        : { unknown: unread.filter(({ key }) => !isKnown(key)), foreign: unread.filter(({ key }) => isKnown(key)) },
    stepMessages: compiled.stepMessages && pruneSteps(compiled.stepMessages, keys),
  }
}

/** Returns the keys that the sources of these fields name; a source that is a function only names none. */
export function keysOf(fields: CompiledFields): string[] {
  return Object.values(fields)
    .flat()
    .flatMap((source) => (typeof source === 'string' ? [source] : typeof source === 'function' ? [] : [source.key]))
}

function withPlain(fields: Fields, plain: Fields): Fields {
  const appended = fieldNames.filter((name) => plainUseOf(name) === 'appended')
  const both = appended.map((name) => [name, [...(fields[name] ?? []), ...(plain[name] ?? [])]])
  return { ...fields, ...Object.fromEntries(both) }
}

function compileKindRule(rule: KindRule): CompiledKindRule {
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

/** Drops the sources that need an attribute which isn't among the keys. */
export function pruneFields(fields: CompiledFields, keys: ReadonlySet<string>): CompiledFields {
  return mapFields((name) => pruneSources(fields[name], keys))
}

/** Gives every field its sources, an empty list where the table names none. */
export function compileFields(fields: Fields): CompiledFields {
  return mapFields((name) => fields[name] ?? noSources)
}

function mapFields(sourcesOf: (name: FieldName) => readonly Source[]): CompiledFields {
  const sources: Partial<Record<FieldName, readonly Source[]>> = {}
  for (const name of fieldNames) sources[name] = sourcesOf(name)
  return sources as CompiledFields
}

const noSources: readonly Source[] = []
/** Fields without any source. */
export const noFields: CompiledFields = compileFields({})

/** Returns the list itself where nothing is dropped: pruned tables are cached for long and share their lists. */
function pruneSources(sources: readonly Source[], keys: ReadonlySet<string>): readonly Source[] {
  const present = sources.filter((source) => isPresent(source, keys))
  if (present.length === sources.length) return sources
  return present.length === 0 ? noSources : present
}

function pruneMessages(messages: MessageSources, keys: ReadonlySet<string>): MessageSources | undefined {
  const prefixIfUsed = (prefix: string | undefined) =>
    prefix !== undefined && [...keys].some((key) => key.startsWith(`${prefix}.`)) ? prefix : undefined
  const input = pruneSources(messages.input, keys)
  const output = pruneSources(messages.output, keys)
  const flatInput = prefixIfUsed(messages.flatInput)
  const flatOutput = prefixIfUsed(messages.flatOutput)
  const isLeft = input.length + output.length > 0 || flatInput !== undefined || flatOutput !== undefined
  const forcedFunction = messages.forcedFunction && pruneSources(messages.forcedFunction, keys)
  return isLeft ? { input, output, flatInput, flatOutput, forcedFunction } : undefined
}

function pruneSteps(sources: readonly Source[], keys: ReadonlySet<string>): readonly Source[] | undefined {
  const present = pruneSources(sources, keys)
  return present.length === 0 ? undefined : present
}

function isPossible({ key, has }: CompiledKindRule, keys: ReadonlySet<string>): boolean {
  return (key === undefined || keys.has(key)) && (has === undefined || has.some((one) => keys.has(one)))
}

function isPresent(source: Source, keys: ReadonlySet<string>): boolean {
  if (typeof source === 'function') return true
  return keys.has(typeof source === 'string' ? source : source.key)
}
