import { closest } from 'fastest-levenshtein'
import { Misconfigured } from '../errors.ts'
import { maskUrl } from '../mask-url.ts'
import { type ConfigFile, configFile } from './file.ts'
import { type Config, fileKey, type Setting, settings } from './settings.ts'

export type { Config } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The flags that were given: a setting's name → its text, or true/false for a flag without one. */
export type Flags = Readonly<Partial<Record<string, string | boolean>>>

/** Where settings come from besides their defaults, from the weakest to the strongest. */
export interface Sources {
  readonly file: ConfigFile | null
  readonly env: Environment
  readonly flags: Flags
}

/** The configuration, and for each setting where its value was found: `default`, `spanledger.yaml:3`, `DATABASE_URL`, `--lanes`. */
export interface Configured {
  readonly config: Config
  readonly origins: Readonly<Record<keyof Config, string>>
}

/** A value before it is checked: where it was found, and how a message calls it. */
interface Found {
  readonly value: unknown
  readonly from: string
  readonly called: string
}

/**
 * The complete configuration: a flag goes before the environment, that before the file, that before the default; an
 * empty variable counts as absent. Throws Misconfigured for a name that is no setting and any value that isn't allowed;
 * the message says where it stands, what was given (secrets masked) and what is allowed.
 */
export function configure(sources: Sources): Configured {
  refuseStrangers(sources)
  const found = new Map(entries.map(([name, setting]) => [name, find(name, setting, sources)]))
  const called = (name: keyof Config) => found.get(name)!.called
  // fromEntries forgets which value belongs to which key; the table has promised each its type.
  const config = Object.fromEntries(entries.map(([name, setting]) => [name, checked(setting, found.get(name)!)]))
  const origins = Object.fromEntries([...found].map(([name, { from }]) => [name, from]))
  return {
    config: frozen(checkedTogether(config as unknown as Config, called)),
    origins: origins as Record<keyof Config, string>,
  }
}

/** A value as it may be printed: a password in a URL is masked, and a secret of another form isn't shown. */
export function shownValue<T>({ secret, shown }: Setting<T>, value: T): unknown {
  if (secret && value !== null) return masked(value)
  return shown ? shown(value) : value
}

const entries = Object.entries(settings) as [keyof Config, Setting<unknown>][]
const variables = [configFile.key, ...entries.map(([, { key }]) => key)]
const fileKeys = entries.map(([name]) => fileKey(name))

function refuseStrangers({ file, env, flags }: Sources): void {
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
  const foundAt = (from: string, value: unknown) => ({ value, from, called: from })
  const flag = flags[name]
  if (flag !== undefined) return foundAt(`--${setting.flag}`, flag)
  const variable = [setting.key, setting.standard ?? ''].find((key) => env[key])
  if (variable) return foundAt(variable, env[variable])
  const entry = file?.entries.get(fileKey(name))
  if (entry) {
    const from = `${file?.path}:${entry.line}`
    return { value: entry.value, from, called: `${from}: ${fileKey(name)}` }
  }
  const url = name === 'databaseUrl' ? urlFromPgVariables(env) : undefined
  if (url !== undefined) return foundAt(pgVariables.filter((key) => env[key]).join(', '), url)
  return { value: setting.default, from: 'default', called: setting.key }
}

function checked(setting: Setting<unknown>, { value, called }: Found): unknown {
  const result = setting.schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : ''
  const shown = JSON.stringify(setting.secret ? masked(value) : value)
  throw new Misconfigured(`${called} can't be ${shown}${where}. Allowed: ${setting.allowed}.`)
}

function masked(value: unknown): string {
  return maskUrl(typeof value === 'string' ? value : '')
}

// Two values may each be right and make no sense together.
function checkedTogether(config: Config, called: (name: keyof Config) => string): Config {
  if (config.beginWithinMs < config.answerTimeoutMs) return config
  throw new Misconfigured(
    `${called('beginWithinMs')} can't be "${config.beginWithinMs}". Allowed: less than ${called('answerTimeoutMs')}, which is ${config.answerTimeoutMs}.`,
  )
}

const pgVariables = ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGSSLMODE'] as const

/** libpq's variables as a URL, since everything behind the configuration takes one; undefined where none is set. */
function urlFromPgVariables(env: Environment): string | undefined {
  if (!env.PGHOST && !env.PGPORT && !env.PGUSER && !env.PGDATABASE) return undefined
  const host = env.PGHOST || 'localhost'
  // A folder is a socket's; in a URL it stands percent-encoded where the host does.
  const authority = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const password = env.PGPASSWORD ? `:${encodeURIComponent(env.PGPASSWORD)}` : ''
  const user = env.PGUSER ? `${encodeURIComponent(env.PGUSER)}${password}@` : ''
  const tls = env.PGSSLMODE ? `?sslmode=${encodeURIComponent(env.PGSSLMODE)}` : ''
  return `postgres://${user}${authority}${env.PGPORT ? `:${env.PGPORT}` : ''}/${encodeURIComponent(env.PGDATABASE ?? '')}${tls}`
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}
