import type { Database, Session } from '../../store/database.ts'
import { type SqlStatements, statementsIn } from '../../store/statements.ts'
import type { Amounts } from '../amounts.ts'
import type { TimeRange } from '../bill.ts'
import type { IdentifiedCall, KnownGap, LedgerEvidence, LedgerLine, ProvenCalls } from './ledger.ts'

const names = [
  'add_reconciliation',
  'call_groups',
  'calls_by_id',
  'failed_calls',
  'list_reconciliations',
  'reconciliation_results',
  'refusals',
  'refused_by_day',
  'repeated_calls',
  'run_gaps',
] as const

/** Returns the text of a statement of this room. */
export const reconcileStatement: SqlStatements<(typeof names)[number]> = statementsIn('reconcile/sql', names)

/** What of the ledger is read. */
export interface LedgerScope extends TimeRange {
  /** `hour` where the bill begins or ends within a day. */
  readonly grain: 'hour' | 'day'
  readonly byTenant: boolean
  readonly byUser: boolean
  /** Whether single calls are read. */
  readonly withIds: boolean
}

/** A comparison reads all rows of a month, which takes longer than a receiver's statements may. */
const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 600_000 }

/** Reads the calls of a time alone: enough where a bill and the ledger are equal. */
export async function onlyLines(database: Database, scope: LedgerScope): Promise<LedgerEvidence> {
  const lines = await database.transaction((session) => readLines(session, database.tenant, scope), limits)
  return { ...noEvidence, lines }
}

const noEvidence: LedgerEvidence = { lines: [], repeated: [], blocked: [], gaps: [], refused: [], calls: [] }

/** Joins what the ledgers of several tenants know. */
export function joinEvidence(all: readonly LedgerEvidence[]): LedgerEvidence {
  return {
    lines: all.flatMap(({ lines }) => lines),
    repeated: all.flatMap(({ repeated }) => repeated),
    blocked: all.flatMap(({ blocked }) => blocked),
    gaps: all.flatMap(({ gaps }) => gaps),
    refused: all.flatMap(({ refused }) => refused),
    calls: all.flatMap(({ calls }) => calls),
  }
}

async function readLines(session: Session, tenant: string, scope: LedgerScope): Promise<LedgerLine[]> {
  const { from, to, grain, byTenant, byUser } = scope
  const values = [from, to, grain, byTenant, byUser]
  const groups = await session.query<CallGroup>(reconcileStatement('call_groups'), values)
  return groups.map((group) => lineOf(group, tenant))
}

/** Reads what the ledger of a tenant knows of a time. Nothing is changed. */
export function readEvidence(database: Database, scope: LedgerScope): Promise<LedgerEvidence> {
  const { from, to, grain } = scope
  const time = [from, to]
  return database.transaction(async (session) => {
    return {
      lines: await readLines(session, database.tenant, scope),
      repeated: await readProven(session, 'repeated_calls', [...time, grain]),
      blocked: await readProven(session, 'refusals', [...time, grain]),
      gaps: await readGaps(session, time),
      refused: await readRefused(session, time),
      calls: scope.withIds ? await readCalls(session, time) : [],
    }
  }, limits)
}

type Texts<Key extends string> = { readonly [K in Key]: string }

type CallGroup = Omit<
  LedgerLine,
  'at' | 'began' | 'amounts' | 'longWrites' | 'unstatedWrites' | 'costs' | 'webSearches'
> &
  Texts<keyof Amounts | 'at' | 'began' | 'longWrites' | 'unstatedWrites' | 'webSearches'> &
  Texts<'costOfSearches' | 'costOfReads' | 'costOfWrites' | 'costOfLongWrites' | 'costOfOutput'>

function lineOf(group: CallGroup, tenant: string): LedgerLine {
  const { costOfSearches, costOfReads, costOfWrites, costOfLongWrites, costOfOutput, ...rest } = group
  const searches = BigInt(costOfSearches)
  const all = amountsOf(group)
  const cost = all.cost - searches
  const [read, write, long, output] = [costOfReads, costOfWrites, costOfLongWrites, costOfOutput].map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  return {
    ...rest,
    at: Number(group.at),
    began: Number(group.began),
    tenant: group.tenant ?? tenant,
    amounts: { ...all, cost },
    longWrites: BigInt(group.longWrites),
    unstatedWrites: BigInt(group.unstatedWrites),
    costs:
      group.priceSource === 'stated' || group.priceSource === ''
        ? null
        : {
            input: cost - read - write - long - output,
            cache_read: read,
            cache_write: write,
            cache_write_1h: long,
            output,
          },
    webSearches: { requests: BigInt(group.webSearches), cost: searches },
  }
}

function amountsOf(texts: Texts<keyof Amounts>): Amounts {
  return {
    requests: BigInt(texts.requests),
    input: BigInt(texts.input),
    cache_read: BigInt(texts.cache_read),
    cache_write: BigInt(texts.cache_write),
    output: BigInt(texts.output),
    cost: BigInt(texts.cost),
  }
}

async function readProven(
  session: Session,
  statement: 'repeated_calls' | 'refusals',
  values: readonly unknown[],
): Promise<ProvenCalls[]> {
  type Proven = Texts<keyof Amounts | 'at' | 'provider' | 'model'>
  const rows = await session.query<Proven>(reconcileStatement(statement), [...values])
  return rows.map(({ at, provider, model, ...rest }) => ({ at: Number(at), provider, model, amounts: amountsOf(rest) }))
}

async function readGaps(session: Session, time: readonly number[]): Promise<KnownGap[]> {
  type Gap = Texts<'at' | 'model' | 'calls' | 'tokens'> & Pick<KnownGap, 'what'>
  const runs = await session.query<Gap>(reconcileStatement('run_gaps'), [...time])
  const failed = await session.query<Texts<'at' | 'model' | 'calls'>>(reconcileStatement('failed_calls'), [...time])
  const all: Gap[] = [...runs, ...failed.map((one) => ({ ...one, what: 'failed' as const, tokens: '0' }))]
  return all.map(({ at, what, model, calls, tokens }) => ({
    at: Number(at),
    what,
    model,
    calls: BigInt(calls),
    tokens: BigInt(tokens),
  }))
}

async function readRefused(session: Session, time: readonly number[]): Promise<LedgerEvidence['refused']> {
  const rows = await session.query<Texts<'at' | 'spans'>>(reconcileStatement('refused_by_day'), [...time])
  return rows.map(({ at, spans }) => ({ at: Number(at), spans: BigInt(spans) }))
}

async function readCalls(session: Session, time: readonly number[]): Promise<IdentifiedCall[]> {
  type Call = Texts<'id' | 'provider' | 'model' | 'at' | 'cost'> & {
    readonly [K in Exclude<keyof Amounts, 'requests' | 'cost'>]: number
  }
  const rows = await session.query<Call>(reconcileStatement('calls_by_id'), [...time])
  return rows.map(({ id, provider, model, at, input, cache_read, cache_write, output, cost }) => ({
    id,
    provider,
    model,
    at: Number(at),
    amounts: {
      requests: 1n,
      input: BigInt(input),
      cache_read: BigInt(cache_read),
      cache_write: BigInt(cache_write),
      output: BigInt(output),
      cost: BigInt(cost),
    },
  }))
}
