import { type DiagLogger, diag, type MeterProvider } from '@opentelemetry/api'
import type { MapSettings, WriteSettings } from '../../assemble.ts'
import {
  booleanOf,
  type Content,
  contentCharacters,
  isContent,
  isWholeNumber,
  numberOrText,
  type Range,
  storedByDefault,
} from '../../defaults.ts'
import { Misconfigured } from '../../errors.ts'
import { type PatternName, patternNames } from '../../map/redact/patterns.ts'
import type { RedactionRules } from '../../map/redact/redactor.ts'
import { type CustomAttributes, customAttributeFields } from '../../map/table/custom-attributes.ts'
import type { ExternalPglite } from '../../store/embedded/external-pglite.ts'
import { checkedTenantName } from '../../store/tenants/tenant-name.ts'
import type { AttributeKeys, ExporterOptions, ExternalPool, ModelPrice, RedactionOption } from './options.ts'

/** The settings of an exporter, complete and checked. */
export interface ExporterSettings extends MapSettings, WriteSettings {
  readonly connectionString: string | undefined
  readonly pool: ExternalPool | undefined
  readonly database: ExternalPglite | undefined
  /** '' is the default tenant. */
  readonly tenant: string
  readonly poolSize: number
  readonly migrate: boolean
  readonly timeoutMs: number
  readonly shutdownTimeoutMs: number
  readonly maxPendingItems: number
  readonly prices: Readonly<Record<string, ModelPrice>>
  readonly meterProvider: MeterProvider | undefined
}

/** The options that are whole numbers; `variable` is the end of OTEL_EXPORTER_POSTGRES_… where there is one. */
const wholeNumbers = {
  poolSize: { variable: 'POOL_SIZE', least: 1, most: 64, default: 2 },
  timeoutMillis: { variable: 'TIMEOUT', least: 100, most: 600_000, default: 10_000 },
  shutdownTimeoutMillis: { variable: null, least: 0, most: 600_000, default: 10_000 },
  maxPendingItems: { variable: null, least: 1, most: 10_000_000, default: 16_384 },
} as const

/** Of an app's memory only a little is used: traces that are larger are read again. */
const cacheSpans = 20_000

/**
 * The settings of options, of the environment for those that aren't given, and of defaults. An option that can't be
 * meant throws `Misconfigured` (E31); a variable that can't be read is reported to `log` and left out (E30).
 */
export function settingsOf(
  options: ExporterOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
  log: Pick<DiagLogger, 'warn'> = diag,
): ExporterSettings {
  const databases = (['connectionString', 'pool', 'database'] as const).filter((name) => options[name] !== undefined)
  if (databases.length > 1)
    throw new Misconfigured(`give one of ${databases.join(' and ')}: each says where the rows go.`)
  const variable = variables(env, log)
  const wholeNumber = (name: keyof typeof wholeNumbers): number => {
    const rule = wholeNumbers[name]
    const value = options[name]
    if (value !== undefined && !isWholeNumber(value, rule))
      throw new Misconfigured(`${name} must be ${allowed(rule)}, not ${String(value)}.`)
    return value ?? (rule.variable && variable(rule.variable, allowed(rule), wholeNumberIn(rule))) ?? rule.default
  }
  return {
    ...storedByDefault,
    cacheSpans,
    connectionString: options.connectionString ?? variable('CONNECTION_STRING', 'a URL postgres://…', url),
    pool: options.pool,
    database: options.database,
    // a name that can't be meant must not make the rows those of the default tenant
    tenant: tenantNamed(options.tenant ?? variable('TENANT', 'the name of a tenant', (text) => text)),
    poolSize: wholeNumber('poolSize'),
    migrate: options.migrate ?? variable('MIGRATE', 'true or false', (text) => booleanOf(text.toLowerCase())) ?? false,
    timeoutMs: wholeNumber('timeoutMillis'),
    shutdownTimeoutMs: wholeNumber('shutdownTimeoutMillis'),
    maxPendingItems: wholeNumber('maxPendingItems'),
    content:
      contentOption(options.content) ?? variable('CONTENT', contentAllowed, contentIn) ?? storedByDefault.content,
    redaction: redactionRules(options.redaction),
    attributes: customAttributes(options.attributes ?? storedByDefault.attributes),
    absentParent: options.absentParent ?? storedByDefault.absentParent,
    prices: options.prices ?? storedByDefault.prices,
    meterProvider: options.meterProvider,
  }
}

/** Reads a text; undefined where it can't be meant. */
type Parse<T> = (text: string) => T | undefined

/** Source: OpenTelemetry's rules for variables: an empty one counts as absent, an unreadable one is reported and left out. */
function variables(env: Readonly<Record<string, string | undefined>>, log: Pick<DiagLogger, 'warn'>) {
  return <T>(name: string, allowed: string, parse: Parse<T>): T | undefined => {
    const key = `OTEL_EXPORTER_POSTGRES_${name}`
    const text = env[key]?.trim() ?? ''
    if (text === '') return undefined
    const value = parse(text)
    if (value === undefined) log.warn(`${key} is left out: it must be ${allowed}.`)
    return value
  }
}

const url: Parse<string> = (text) => (/^postgres(ql)?:\/\//.test(text) ? text : undefined)

function tenantNamed(name = ''): string {
  return name === '' ? '' : checkedTenantName(name)
}

function wholeNumberIn(range: Range): Parse<number> {
  return (text) => (isWholeNumber(Number(text), range) ? Number(text) : undefined)
}

function allowed({ least, most }: Range): string {
  return `a whole number, ${least} to ${most}`
}

const contentAllowed = `'all', 'none', or a whole number of characters, ${contentCharacters.least} to ${contentCharacters.most}`

const contentIn: Parse<Content> = (text) => {
  const value = numberOrText(text)
  return isContent(value) ? value : undefined
}

function contentOption(value: ExporterOptions['content']): Content | undefined {
  if (value === undefined || isContent(value)) return value
  throw new Misconfigured(`content must be ${contentAllowed}, not ${String(value)}.`)
}

function redactionRules(option: ExporterOptions['redaction']): RedactionRules | null {
  if (option === undefined || option === false) return null
  const { patterns = patternNames, custom = {}, blockedKeys = [] }: RedactionOption = option === true ? {} : option
  const unknown = patterns.find((name) => !patternNames.includes(name as PatternName))
  if (unknown !== undefined)
    throw new Misconfigured(`redaction: there is no pattern ${unknown}; there are ${patternNames.join(', ')}.`)
  return {
    patterns: patterns as readonly PatternName[],
    custom: Object.entries(custom).map(([name, { source, flags }]) => {
      const expression = new RegExp(source, flags.includes('g') ? flags : `${flags}g`)
      return {
        name,
        replace: (text, standIn) => text.replace(expression, (match) => (match === '' ? '' : standIn(match))),
      }
    }),
    blockedKeys,
  }
}

function customAttributes(attributes: NonNullable<ExporterOptions['attributes']>): CustomAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([field, keys]) => {
      if (!Object.hasOwn(customAttributeFields, field))
        throw new Misconfigured(
          `attributes: there is no ${field}; there are ${Object.keys(customAttributeFields).join(', ')}.`,
        )
      const { first = [], last = [] }: AttributeKeys = 'length' in keys ? { first: keys } : keys
      return [field, { first, last }]
    }),
  )
}
