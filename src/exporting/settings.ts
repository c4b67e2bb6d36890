import { type DiagLogger, diag, type MeterProvider } from '@opentelemetry/api'
import type { MapSettings, WriteSettings } from '../assemble.ts'
import { Misconfigured } from '../errors.ts'
import { type CustomAttributes, customAttributeFields } from '../map/table/custom-attributes.ts'
import type { GivenPglite } from '../store/embedded/external-pglite.ts'
import type { AttributeKeys, ExporterOptions, ExternalPool, ModelPrice } from './options.ts'

/** Complete and checked. */
export interface ExporterSettings extends MapSettings, WriteSettings {
  readonly connectionString: string | undefined
  readonly pool: ExternalPool | undefined
  readonly database: GivenPglite | undefined
  readonly poolSize: number
  readonly migrate: boolean
  readonly timeoutMs: number
  readonly shutdownTimeoutMs: number
  readonly maxPendingItems: number
  readonly prices: Readonly<Record<string, ModelPrice>>
  readonly meterProvider: MeterProvider | undefined
}

/** What the receiver has by default, too: the same spans give the same rows. */
const mappedAsByDefault = { payloadBytes: 16_384, textCharacters: 65_536, workflowKeys: [] } as const
const keptRefused = { refusedDays: 30, refusedSpans: 100_000 } as const
/** Of an app's memory only a little: traces that are larger are read again. */
const cacheSpans = 20_000

/**
 * The settings of options, of the environment for those that aren't given, and of defaults. An option that can't be
 * meant throws `Misconfigured`; a variable that can't is told to `log` and left out.
 */
export function settingsOf(
  options: ExporterOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
  log: Pick<DiagLogger, 'warn'> = diag,
): ExporterSettings {
  const places = (['connectionString', 'pool', 'database'] as const).filter((name) => options[name] !== undefined)
  if (places.length > 1) throw new Misconfigured(`give one of ${places.join(' and ')}: each says where the rows go.`)
  const variable = variables(env, log)
  return {
    ...mappedAsByDefault,
    ...keptRefused,
    cacheSpans,
    connectionString: options.connectionString ?? variable('CONNECTION_STRING', 'a URL postgres://…', url),
    pool: options.pool,
    database: options.database,
    poolSize: whole('poolSize', options.poolSize, 1, 64) ?? variable('POOL_SIZE', ...wholeText(1, 64)) ?? 2,
    migrate: options.migrate ?? variable('MIGRATE', 'true or false', yesOrNo) ?? false,
    timeoutMs:
      whole('timeoutMillis', options.timeoutMillis, 100, 600_000) ??
      variable('TIMEOUT', ...wholeText(100, 600_000)) ??
      10_000,
    shutdownTimeoutMs: whole('shutdownTimeoutMillis', options.shutdownTimeoutMillis, 0, 600_000) ?? 10_000,
    maxPendingItems: whole('maxPendingItems', options.maxPendingItems, 1, 10_000_000) ?? 16_384,
    content: contentOption(options.content) ?? variable('CONTENT', contentAllowed, contentText) ?? 'all',
    attributes: ownAttributes(options.attributes ?? {}),
    absentParent: options.absentParent ?? 'wait',
    prices: options.prices ?? {},
    meterProvider: options.meterProvider,
  }
}

type Parse<T> = (text: string) => T | undefined

/** Source: OpenTelemetry's rules for variables: an empty one is none, one that can't be read is told and left out. */
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
const yesOrNo: Parse<boolean> = (text) => ({ true: true, false: false })[text.toLowerCase()]

function wholeText(least: number, most: number): [string, Parse<number>] {
  return [wholeAllowed(least, most), (text) => (isWhole(Number(text), least, most) ? Number(text) : undefined)]
}

function wholeAllowed(least: number, most: number): string {
  return `a whole number, ${least} to ${most}`
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function whole(name: string, value: number | undefined, least: number, most: number): number | undefined {
  if (value === undefined || isWhole(value, least, most)) return value
  throw new Misconfigured(`${name} must be ${wholeAllowed(least, most)}, not ${String(value)}.`)
}

const contentAllowed = "'all', 'none', or a whole number of characters, 64 to 16777216"
const isContent = (value: unknown) =>
  value === 'all' || value === 'none' || (typeof value === 'number' && isWhole(value, 64, 1 << 24))
const contentText: Parse<'all' | 'none' | number> = (text) => {
  const value = /^\d+$/.test(text) ? Number(text) : text
  return isContent(value) ? (value as 'all' | 'none' | number) : undefined
}

function contentOption(value: ExporterOptions['content']): ExporterOptions['content'] {
  if (value === undefined || isContent(value)) return value
  throw new Misconfigured(`content must be ${contentAllowed}, not ${String(value)}.`)
}

function ownAttributes(given: NonNullable<ExporterOptions['attributes']>): CustomAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([field, keys]) => {
      if (!Object.hasOwn(customAttributeFields, field))
        throw new Misconfigured(
          `attributes: there is no ${field}; there are ${Object.keys(customAttributeFields).join(', ')}.`,
        )
      const { first = [], last = [] }: AttributeKeys = 'length' in keys ? { first: keys } : keys
      return [field, { first, last }]
    }),
  )
}
