import * as z from 'zod'
import { hostAndPort, type ListenAddress } from '../accept/listening.ts'
import { type AbsentParent, booleanOf, type Content, contentCharacters, isContent, numberOrText } from '../defaults.ts'
import type { LogLevel } from '../events/events.ts'
import { type CustomAttributes, customAttributeFields } from '../map/table/custom-attributes.ts'
import { maskUrl } from '../mask-url.ts'
import type { PriceOverride } from '../settle/prices/prices.ts'
import { factPartitions } from '../store/partitions/partitioned-tables.ts'
import type { Retention } from '../store/partitions/retention.ts'
import { tenantNameFault } from '../store/tenants/tenant-name.ts'

/**
 * The kind of value that a setting takes. The schema reads it as text, the form of variables and flags, and as the number,
 * list or map that a file can have.
 */
export interface ValueKind<T> {
  /** The allowed values, with their unit, as the end of a sentence. */
  readonly allowed: string
  readonly schema: z.ZodType<T>
  /** The value in the form of a file, where that is another one. */
  shown?(value: T): unknown
}

/** How long rows are kept. */
export interface RetentionPolicy {
  readonly all: Retention
  /** What differs for a tenant. */
  readonly tenants: Readonly<Record<string, Retention>>
}

/** How long the rows of a tenant are kept; '' is the default tenant. */
export function retentionOf({ all, tenants }: RetentionPolicy, tenant: string): Retention {
  return { ...all, ...tenants[tenant] }
}

/** Where a server listens: `host:port`, an IPv6 address in brackets. */
export function listenAddress(): ValueKind<ListenAddress> {
  const pattern = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]+)):(?<port>\d{1,5})$/
  return {
    allowed: 'host:port',
    schema: z
      .string()
      .regex(pattern)
      .transform((text) => {
        const { six, host, port } = pattern.exec(text)?.groups ?? {}
        return { host: six ?? host ?? '', port: Number(port) }
      })
      .refine(({ port }) => port <= 65_535),
    shown: hostAndPort,
  }
}

/** Whether the page is served, and where. */
export function pageAddress(): ValueKind<'on' | 'off' | ListenAddress> {
  const words: Readonly<Record<string, 'on' | 'off'>> = { on: 'on', off: 'off', true: 'on', false: 'off' }
  const address = listenAddress().schema
  return {
    allowed: 'on, off, or host:port',
    schema: z
      .unknown()
      .transform((value) => words[String(value)] ?? value)
      .pipe(z.union([z.enum(['on', 'off']), address])),
    shown: (value) => (typeof value === 'string' ? value : hostAndPort(value)),
  }
}

/** A whole number from `least` to `most`. */
export function wholeNumber(unit: string, least: number, most: number): ValueKind<number> {
  return {
    allowed: `a whole number of ${unit}, ${least} to ${most}`,
    schema: textOr(numberOrText, z.int().min(least).max(most)),
  }
}

/** True or false. */
export function boolean(): ValueKind<boolean> {
  return { allowed: 'true or false', schema: textOr(booleanOf, z.boolean()) }
}

/** A list of texts; `what` names them in messages. */
export function list(what: string): ValueKind<readonly string[]> {
  return { allowed: `${what}, separated by commas or as a list`, schema: textOr(commaSeparated, texts) }
}

/** The origins whose pages may send, in the form of the header Origin. */
export function origins(): ValueKind<readonly string[]> {
  const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text && !text.includes('*')
  return {
    allowed: 'origins such as https://app.example.com, or *, separated by commas or as a list',
    schema: textOr(commaSeparated, z.array(z.union([z.literal('*'), z.string().refine(isOrigin)]))),
  }
}

/** Which services' spans end their task though their parent is absent. */
export function absentParent(): ValueKind<AbsentParent> {
  const words = z.enum(['wait', 'ends'])
  return {
    allowed: 'wait, ends, or service names, separated by commas or as a list',
    schema: textOr(
      (text) => (words.safeParse(text).success ? text : commaSeparated(text)),
      z.union([words, texts.min(1)]),
    ),
  }
}

/** How much is stored of each text. */
export function content(): ValueKind<Content> {
  const { least, most } = contentCharacters
  return {
    allowed: `all, none, or a whole number of characters, ${least} to ${most}`,
    schema: textOr(numberOrText, z.custom<Content>(isContent)),
  }
}

/** Prices by model. */
export function prices(): ValueKind<Readonly<Record<string, PriceOverride>>> {
  const dollars = z.number().min(0).max(1_000_000)
  const sometimes = dollars.exactOptional()
  const price = z.strictObject({ input: dollars, output: sometimes, cached: sometimes, cache_write: sometimes })
  return {
    allowed:
      'a map or JSON: {"model": {"input": 1.25, "output": 10, "cached": 0.125, "cache_write": 1.25}}, in US dollars per million tokens',
    schema: textOr(parsedJson, z.record(z.string().min(1), price)),
  }
}

/** By field, the attributes that hold it: a list, or one list to read before the known attributes and one after them. */
export function attributes(): ValueKind<CustomAttributes> {
  const names = Object.keys(customAttributeFields)
  const before = texts.transform((first) => ({ first, last: [] }))
  const around = z.strictObject({ first: texts.default([]), last: texts.default([]) })
  return {
    allowed: `a map or JSON: {"prompt_tokens": ["app.tokens.in"], "user_id": {"first": ["app.user"], "last": ["enduser.name"]}}, of the fields ${names.join(', ')}`,
    schema: textOr(
      parsedJson,
      z.record(
        z.string().refine((name) => names.includes(name)),
        z.union([before, around]),
      ),
    ),
  }
}

/** The path of a file; '' for none. */
export function file(): ValueKind<string | null> {
  return { allowed: 'a file', schema: z.string().transform((text) => text || null) }
}

/** The servers of tenants: a URL for each, or a map with `database_url`. */
export function tenantServers(): ValueKind<Readonly<Record<string, string>>> {
  const url = z.string().regex(/^postgres(ql)?:\/\//)
  const server = z.union([url, z.strictObject({ database_url: url }).transform(({ database_url }) => database_url)])
  return {
    allowed: 'a map or JSON: {"acme": {"database_url": "postgres://user:password@host:port/database"}}',
    schema: textOr(
      parsedJson,
      z.record(
        z.string().refine((name) => tenantNameFault(name) === undefined),
        server,
      ),
    ),
    shown: (servers) =>
      Object.fromEntries(Object.entries(servers).map(([name, url]) => [name, { database_url: maskUrl(url) }])),
  }
}

/** How many days the rows of each table are kept: of all tenants, and what differs for single ones. */
export function retention(): ValueKind<RetentionPolicy> {
  const names = factPartitions.map(({ name }) => name)
  const days = textOr((text) => numberOrText(text.replace(/d$/, '')), z.int().min(1).max(36_500)).exactOptional()
  const tables = Object.fromEntries([...names, 'ledger'].map((name) => [name, days]))
  const isTenant = (name: string) => tenantNameFault(name) === undefined
  return {
    allowed: `a map or JSON: {"event_logs": "90d", "token_usage": "400d", "tenants": {"acme": {"event_logs": "30d"}}}, of the tables ${names.join(', ')}, in days from 1 to 36500; and \`ledger\`, where each of these tables has a number, at least the largest of them`,
    schema: textOr(
      parsedJson,
      z
        .strictObject({ ...tables, tenants: z.record(z.string().refine(isTenant), z.strictObject(tables)).default({}) })
        .transform(({ tenants, ...all }): RetentionPolicy => ({ all: all as Retention, tenants }))
        .refine((policy) =>
          ['', ...Object.keys(policy.tenants)].every((one) => outlivesRows(retentionOf(policy, one))),
        ),
    ),
    shown: ({ all, tenants }) => ({ ...all, ...(Object.keys(tenants).length > 0 && { tenants }) }),
  }
}

/** Whether what is remembered of traces is kept at least as long as all of their rows. Rows without a number are kept for ever. */
function outlivesRows({ ledger, ...tables }: Retention): boolean {
  if (ledger === undefined) return true
  return factPartitions.every(({ name }) => (tables[name] ?? Number.POSITIVE_INFINITY) <= ledger)
}

/** A log level in any case; the words of OTEL_LOG_LEVEL are read, too. */
export function logLevel(): ValueKind<LogLevel> {
  const words: Readonly<Record<string, LogLevel>> = { none: 'silent', verbose: 'trace', all: 'trace' }
  const known = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  return {
    allowed: 'trace, debug, info, warn, error, fatal or silent',
    schema: textOr((text) => words[text.toLowerCase()] ?? text.toLowerCase(), known),
  }
}

const texts = z.array(z.string().min(1))

/** A schema that reads a text by `fromText`, and any other value as it is. */
export function textOr<T>(fromText: (text: string) => unknown, schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .unknown()
    .transform((value) => (typeof value === 'string' ? fromText(value) : value))
    .pipe(schema)
}

/** The parts of a text between commas. */
export function commaSeparated(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

/** The value of a JSON text; undefined, which no schema allows, for any other text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
