import { closest } from 'fastest-levenshtein'
import { Misconfigured } from '../errors.ts'
import { maskUrl } from '../mask-url.ts'
import { type ConfigFile, configFile } from './file.ts'
import { type Config, fileKey, type Setting, settings } from './settings.ts'

export type { Config } from './settings.ts'

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The flags of a command line, by the name of the setting: a text, or true or false for a flag that takes no value. An
 * app that opens a receiver gives numbers, lists and maps, too.
 */
export type Flags = Readonly<Partial<Record<string, string | number | boolean | object>>>

/** The sources of settings besides the defaults, from the weakest to the strongest. */
export interface Sources {
  readonly file: ConfigFile | null
  readonly env: Environment
  readonly flags: Flags
}

/** The configuration, with the origin of each value: `default`, `spanledger.yaml:3`, `DATABASE_URL`, `--lanes`. */
export interface Configured {
  readonly config: Config
  readonly origins: Readonly<Record<keyof Config, string>>
}

/** A value before it is checked. */
interface Found {
  readonly value: unknown
  readonly origin: string
  /** The name of the value in a message. */
  readonly label: string
}

/**
 * The complete configuration. A flag goes before the environment, the environment before the file, the file before the
 * default; an empty variable counts as absent. Throws Misconfigured for a name that is no setting and for a value that
 * isn't allowed: its message has the origin, the value (secrets masked) and what is allowed.
 */
export function configure(sources: Sources): Configured {
  refuseUnknownNames(sources)
  const found = new Map(entries.map(([name, setting]) => [name, find(name, setting, sources)]))
  const label = (name: keyof Config) => found.get(name)!.label
  // fromEntries loses the type of each key; the table of settings guarantees it.
  const config = Object.fromEntries(entries.map(([name, setting]) => [name, checked(setting, found.get(name)!)]))
  const origins = Object.fromEntries([...found].map(([name, { origin }]) => [name, origin]))
  return {
    config: frozen(checkedTogether(config as unknown as Config, label)),
    origins: origins as Record<keyof Config, string>,
  }
}

/** A value to be printed: a password in a URL is masked, and a secret of another form is left out. */
export function shownValue<T>({ secret, shown }: Setting<T>, value: T): unknown {
  if (shown) return shown(value)
  return secret && value !== null ? masked(secret, value) : value
}

const entries = Object.entries(settings) as [keyof Config, Setting<unknown>][]
const variables = [configFile.key, ...entries.map(([, { key }]) => key)]
const fileKeys = entries.map(([name]) => fileKey(name))

function refuseUnknownNames({ file, env, flags }: Sources): void {
  const variable = Object.keys(env).find((key) => key.startsWith('SPANLEDGER_') && !variables.includes(key))
  if (variable) throw noSetting(variable, variables)
  const [key, entry] = [...(file?.entries ?? [])].find(([one]) => !fileKeys.includes(one)) ?? []
  if (key !== undefined) throw noSetting(key, fileKeys, `${file?.path}:${entry?.line}: `)
  const flag = Object.keys(flags).find((name) => !Object.hasOwn(settings, name))
  if (flag) throw noSetting(flag, Object.keys(settings))
}

function noSetting(name: string, known: readonly string[], where = ''): Misconfigured {
  const hint = `Did you mean ${closest(name, known)}?`
  return new Misconfigured(`${where}${name} is no setting. ${hint} Settings are: ${known.join(', ')}.`)
}

function find(name: keyof Config, setting: Setting<unknown>, { file, env, flags }: Sources): Found {
  const foundAt = (origin: string, value: unknown) => ({ value, origin, label: origin })
  const flag = flags[name]
  if (flag !== undefined) return foundAt(`--${setting.flag}`, flag)
  const variable = [setting.key, setting.standard ?? ''].find((key) => env[key])
  if (variable) return foundAt(variable, env[variable])
  const entry = file?.entries.get(fileKey(name))
  if (entry) {
    const origin = `${file?.path}:${entry.line}`
    return { value: entry.value, origin, label: `${origin}: ${fileKey(name)}` }
  }
  const url = name === 'databaseUrl' ? urlFromPgVariables(env) : undefined
  if (url !== undefined) return foundAt(pgVariables.filter((key) => env[key]).join(', '), url)
  return { value: setting.default, origin: 'default', label: setting.key }
}

function checked(setting: Setting<unknown>, { value, label }: Found): unknown {
  const result = setting.schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : ''
  const shown = JSON.stringify(setting.secret ? masked(setting.secret, value) : value)
  throw new Misconfigured(`${label} can't be ${shown}${where}. Allowed: ${setting.allowed}.`)
}

function masked(secret: true | 'whole', value: unknown): string {
  return maskUrl(typeof value === 'string' && secret !== 'whole' ? value : '')
}

/** Checks values that are each allowed, but not together. */
function checkedTogether(config: Config, label: (name: keyof Config) => string): Config {
  if (config.beginWithinMs >= config.answerTimeoutMs)
    throw new Misconfigured(
      `${label('beginWithinMs')} can't be "${config.beginWithinMs}". Allowed: less than ${label('answerTimeoutMs')}, which is ${config.answerTimeoutMs}.`,
    )
  for (const [name, needed] of needs)
    if (isSet(config[name]) && !isSet(config[needed]))
      throw new Misconfigured(`${label(name)} is set without ${label(needed)}, and means nothing without it.`)
  return config
}

/** Settings that mean nothing without another one. */
const needs: readonly (readonly [keyof Config, keyof Config])[] = [
  ['tlsCertFile', 'tlsKeyFile'],
  ['tlsKeyFile', 'tlsCertFile'],
  ['tlsClientCaFile', 'tlsCertFile'],
  ['tlsClientTenants', 'tlsClientCaFile'],
  ['budgetWebhookUrl', 'budgetWebhookSecret'],
  ['budgetWebhookUrl', 'budgets'],
  ['budgetWebhookSecret', 'budgetWebhookUrl'],
]

function isSet(value: unknown): boolean {
  return value !== null && (typeof value !== 'object' || Object.keys(value).length > 0)
}

/** libpq's variables of TLS, by the parameter of a URL that says the same. */
const pgTlsVariables = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
} as const

const pgVariables = [...['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE'], ...Object.values(pgTlsVariables)]

/** The URL that libpq's variables describe, because the rest of the program takes a URL; undefined where none is set. */
function urlFromPgVariables(env: Environment): string | undefined {
  if (!env.PGHOST && !env.PGPORT && !env.PGUSER && !env.PGDATABASE) return undefined
  const host = env.PGHOST || 'localhost'
  // A host that is a folder names a socket; in a URL it takes the host's position, percent-encoded.
  const authority = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const password = env.PGPASSWORD ? `:${encodeURIComponent(env.PGPASSWORD)}` : ''
  const user = env.PGUSER ? `${encodeURIComponent(env.PGUSER)}${password}@` : ''
  const parameters = Object.entries(pgTlsVariables).flatMap(([name, key]) =>
    env[key] ? [`${name}=${encodeURIComponent(env[key])}`] : [],
  )
  const tls = parameters.length > 0 ? `?${parameters.join('&')}` : ''
  return `postgres://${user}${authority}${env.PGPORT ? `:${env.PGPORT}` : ''}/${encodeURIComponent(env.PGDATABASE ?? '')}${tls}`
}

/** Freezes a value with all that it contains. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}
