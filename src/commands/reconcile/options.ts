import { Misconfigured } from '../../errors.ts'
import { fitTenant } from '../../map/facts/column-limits.ts'
import type { Group } from '../../reconcile/compare.ts'
import { readDecimal } from '../../reconcile/decimal.ts'
import { formats } from '../../reconcile/formats/formats.ts'
import type { LedgerLine } from '../../reconcile/ledger/ledger.ts'
import type { Tolerance } from '../../reconcile/reasons/tolerance.ts'
import type { ReconcileOptions } from '../../reconcile/reconcile.ts'
import type { CommandInput } from '../command-line/command.ts'

/** What the differences of a report are listed by; without it, by day and model. */
export type Listing = 'day' | 'model' | 'project' | 'key'

/** The options of `spanledger reconcile`. */
export interface ReconcileCommand extends Pick<ReconcileOptions, 'providers' | 'groups' | 'groupOf' | 'nameOf'> {
  readonly format: string | null
  readonly rates: ReadonlyMap<string, string>
  readonly tolerance: Tolerance
  readonly by: Listing | null
  readonly byTenant: boolean
  readonly byUser: boolean
}

/** Reads the options of the command line. Throws `Misconfigured` for a wrong one. */
export function readOptions({ options }: Pick<CommandInput, 'options'>): ReconcileCommand {
  const one = (name: string) => options.get(name)?.[0] ?? null
  const format = one('format')
  if (format !== null && !formats.some(({ name }) => name === format))
    throw new Misconfigured(`--format must be one of ${formats.map(({ name }) => name).join(', ')}.`)
  const by = one('by')
  if (by !== null && !isListing(by)) throw new Misconfigured(`--by must be one of ${listings.join(', ')}.`)
  const { fields, names } = readMap(one('map'))
  const groups = (['project', 'key', 'user'] as const).filter((group) => fields.has(group) || by === group)
  const byTenant = [...fields.values()].includes('tenant')
  return {
    format,
    rates: ratesIn(one('rate')),
    tolerance: toleranceIn(one('tolerance')),
    by,
    byTenant,
    byUser: groups.some((group) => (fields.get(group) ?? group) === 'user'),
    providers: one('provider')?.split(',') ?? null,
    groups,
    groupOf: (line, group) => fieldOf(line, fields.get(group) ?? group),
    // a tenant that a span names by a text is a UUID in the rows
    nameOf: (name) => (name === null ? null : (names.get(name) ?? name)),
  }
}

const listings: readonly Listing[] = ['day', 'model', 'project', 'key']

function isListing(text: string): text is Listing {
  return (listings as readonly string[]).includes(text)
}

type LedgerField = 'tenant' | 'user' | 'project' | 'key'

const groupNames: Readonly<Record<string, Group>> = {
  workspace: 'project',
  project: 'project',
  key: 'key',
  user: 'user',
}

const ledgerFields: readonly string[] = ['tenant', 'user', 'project', 'key']

function readMap(text: string | null): { fields: Map<Group, LedgerField>; names: Map<string, string> } {
  const fields = new Map<Group, LedgerField>()
  const names = new Map<string, string>()
  for (const [from, to] of pairsIn('map', text)) {
    const group = groupNames[from]
    if (group !== undefined && ledgerFields.includes(to)) fields.set(group, to as LedgerField)
    else names.set(from, to)
  }
  return { fields, names }
}

function fieldOf(line: LedgerLine, field: LedgerField): string | null {
  return field === 'tenant' ? (line.tenant === '' ? 'default' : line.tenant) : line[field]
}

function ratesIn(text: string | null): Map<string, string> {
  return new Map(
    pairsIn('rate', text).map(([currency, rate]) => {
      if (!/^\d+(\.\d+)?$/.test(rate)) throw new Misconfigured(`--rate must be as EUR=1.0834, and is ${text}.`)
      return [currency.toUpperCase(), rate]
    }),
  )
}

function pairsIn(option: string, text: string | null): [string, string][] {
  if (text === null) return []
  return text.split(',').map((pair) => {
    const equals = pair.indexOf('=')
    if (equals < 1 || equals === pair.length - 1)
      throw new Misconfigured(`--${option} must be pairs such as a=b,c=d, and ${JSON.stringify(pair)} is none.`)
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
  })
}

function toleranceIn(text: string | null): Tolerance {
  if (text === null) return { tokens: 0n, dollars: 5_000n }
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text) ?? []
  if (percent === undefined) throw new Misconfigured(`--tolerance must be as 0.5%, and is ${text}.`)
  const millionths = readDecimal(percent, 4)
  return { tokens: millionths, dollars: millionths }
}

/** Names a tenant of the bill as the rows do, where only its UUID is in them. */
export function withTenantIds(command: ReconcileCommand, lines: readonly LedgerLine[]): ReconcileCommand {
  if (!command.byTenant) return command
  const known = new Set(lines.map(({ tenant }) => tenant))
  const nameOf = (name: string | null) => {
    const plain = command.nameOf(name)
    return plain !== null && !known.has(plain) && known.has(fitTenant(plain)) ? fitTenant(plain) : plain
  }
  return { ...command, nameOf }
}
