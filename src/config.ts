import { Misconfigured } from './errors.ts'
import { maskUrl } from './events.ts'
import { type Config, type Setting, settings } from './settings.ts'

export type { Config } from './settings.ts'

/** What was given besides the environment: a setting's name → the flag's text, or true/false for a flag without one. */
export type Flags = Readonly<Partial<Record<string, string | boolean>>>

/**
 * The complete configuration: a flag goes before the environment, the environment before the default; an empty
 * variable counts as absent. Throws Misconfigured for an unknown SPANLEDGER_ variable, an unknown flag, and any value
 * that isn't allowed; the message names the key, what was given (secrets masked) and what is allowed.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, flags: Flags = {}): Config {
  const known = new Set(entries.map(([, setting]) => setting.key))
  const strange = Object.keys(env).find((key) => key.startsWith('SPANLEDGER_') && !known.has(key))
  if (strange) throw new Misconfigured(`${strange} is no setting. Settings are: ${[...known].join(', ')}.`)
  const strangeFlag = Object.keys(flags).find((name) => !Object.hasOwn(settings, name))
  if (strangeFlag)
    throw new Misconfigured(`${strangeFlag} is no setting. Settings are: ${Object.keys(settings).join(', ')}.`)
  // fromEntries forgets which value belongs to which key; the table has promised each its type.
  const config = Object.fromEntries(entries.map(([name, setting]) => [name, settingValue(name, setting, env, flags)]))
  return frozen(checkedTogether(config as unknown as Config))
}

const entries = Object.entries(settings) as [keyof Config, Setting<unknown>][]

function settingValue(
  name: keyof Config,
  setting: Setting<unknown>,
  env: Readonly<Record<string, string | undefined>>,
  flags: Flags,
): unknown {
  const fromEnv = env[setting.key] || (name === 'databaseUrl' ? urlFromPgVariables(env) : undefined)
  const fromFlag = flags[name]
  const text = String(fromFlag ?? fromEnv ?? setting.default)
  const result = setting.schema.safeParse(text)
  if (result.success) return result.data
  const key = fromFlag === undefined ? setting.key : `--${setting.flag}`
  const shown = setting.secret ? maskUrl(text) : text
  const issue = result.error.issues[0]
  const where = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : ''
  throw new Misconfigured(`${key} can't be ${JSON.stringify(shown)}${where}. Allowed: ${setting.allowed}.`)
}

// Two values may each be right and make no sense together.
function checkedTogether(config: Config): Config {
  if (config.beginWithinMs < config.answerTimeoutMs) return config
  const { beginWithinMs: begin, answerTimeoutMs: answer } = settings
  throw new Misconfigured(
    `${begin.key} can't be "${config.beginWithinMs}". Allowed: less than ${answer.key}, which is ${config.answerTimeoutMs}.`,
  )
}

/** libpq's variables as a URL, since everything behind the configuration takes one; undefined where none is set. */
function urlFromPgVariables(env: Readonly<Record<string, string | undefined>>): string | undefined {
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
