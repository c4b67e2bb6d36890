import {
  type Amounts,
  absolute,
  amounts,
  areZero,
  eachMeasure,
  minus,
  noAmounts,
  only,
  plus,
  quantities,
  scaled,
  sumOf,
} from '../amounts.ts'
import type { Cell } from '../compare.ts'
import { type CellEvidence, type Pool, takeFrom } from '../evidence.ts'
import type { Reason, ReasonCode } from './reasons.ts'

/** Reasons for what a bill counts more or less than the ledger, and what they leave. The amounts have no cost. */
export interface QuantityReasons {
  readonly reasons: readonly Reason[]
  readonly rest: Amounts
}

/** Finds out why requests and tokens differ. Each step explains what the earlier ones have left. */
export function explainQuantities(cell: Cell, evidence: CellEvidence): QuantityReasons {
  const stated = new Set(quantities.filter((measure) => cell.stated.has(measure)))
  let rest = only(minus(cell.bill, cell.ledger), stated)
  const reasons: Reason[] = []
  for (const step of [
    edgeOfDay,
    missingById,
    countedFailures,
    doubleCounts,
    missingCalls,
    unaccountedTokens,
    unreportedCache,
  ]) {
    if (areZero(rest)) break
    for (const { amounts: all, ...reason } of step(cell, evidence, rest)) {
      const explained = only(all, stated)
      if (areZero(explained)) continue
      reasons.push({ ...reason, amounts: explained })
      rest = minus(rest, explained)
    }
  }
  return { reasons, rest }
}

/** How far amounts are from nothing; requests weigh as the tokens of a small call do. */
function distance(all: Amounts): bigint {
  return (
    absolute(all.requests) * 1000n +
    absolute(all.input) +
    absolute(all.output) +
    absolute(all.cache_read) +
    absolute(all.cache_write)
  )
}

/** Whether a difference is smaller when a part of it is explained. */
function brings(rest: Amounts, part: Amounts): boolean {
  return !areZero(part) && distance(minus(rest, part)) < distance(rest)
}

/** A provider may count a call on the day on which it began; the ledger counts it on the day on which it ended. */
function edgeOfDay(cell: Cell, _: CellEvidence, rest: Amounts): Reason[] {
  const [before, after] = [only(cell.begunBefore, cell.stated), only(cell.endedAfter, cell.stated)]
  const moves = [minus(after, before), after, minus(noAmounts, before)].map((all) => ({ ...all, cost: 0n }))
  const [best] = moves
    .filter((move) => brings(rest, move))
    .toSorted((a, b) => Number(distance(minus(rest, a)) - distance(minus(rest, b))))
  if (best === undefined) return []
  const calls = cell.begunBefore.requests + cell.endedAfter.requests
  const proof = `${callsText(calls)} began on one day and ended on the next`
  return [{ code: 'edge_of_day', amounts: best, proof }]
}

/** Where the bill states each request, its ids say which ones the ledger lacks. */
function missingById(cell: Cell, { missing }: CellEvidence, rest: Amounts): Reason[] {
  const part = { ...missing, cost: 0n }
  if (!brings(rest, only(part, cell.stated))) return []
  return [
    {
      code: 'not_traced',
      amounts: part,
      proof: `no call of the ledger has ${missing.requests === 1n ? 'the id of this request' : `the ids of these ${missing.requests} requests`}`,
    },
  ]
}

function countedFailures({ ledgerLines, stated }: Cell, _: CellEvidence, rest: Amounts): Reason[] {
  const failed = sumOf(ledgerLines.filter(({ isFailed }) => isFailed).map((line) => line.amounts))
  const part = minus(noAmounts, { ...failed, cost: 0n })
  if (!brings(rest, only(part, stated))) return []
  const proof = `${callsText(failed.requests)} of the ledger failed and state tokens`
  return [{ code: 'failed_not_billed', amounts: part, proof }]
}

function doubleCounts({ stated, ledger }: Cell, { repeated, cutOff }: CellEvidence, rest: Amounts): Reason[] {
  const reasons: Reason[] = []
  let left = rest
  const twice = minus(noAmounts, { ...repeated, cost: 0n })
  if (brings(left, only(twice, stated))) {
    const proof = `${callsText(repeated.requests)} of the ledger have the response id, or the counters and time, of another one`
    reasons.push({ code: 'double_count_suspected', amounts: twice, proof })
    left = minus(left, only(twice, stated))
  }
  if (left.requests >= 0n) return reasons
  const calls = takeFrom(cutOff, -left.requests)
  if (calls === 0n) return reasons
  const part = shareOf(left, calls, -left.requests)
  const proof = `${callsText(calls)} have no response id, and the spans above them never came (of ${ledger.requests} calls)`
  return [...reasons, { code: 'cut_off', amounts: part, proof }]
}

/** Splits what is missing among the calls that the ledger knows to lack; no span reported the others. */
function missingCalls(cell: Cell, evidence: CellEvidence, rest: Amounts): Reason[] {
  if (!cell.stated.has('requests')) return missingTokens(cell, evidence, rest)
  if (rest.requests <= 0n) return []
  const all = rest.requests
  const parts: { code: ReasonCode; calls: bigint; proof: string }[] = []
  const take = (code: ReasonCode, pools: readonly Pool[], proof: (calls: bigint) => string) => {
    const calls = takeFrom(pools, all - parts.reduce((sum, part) => sum + part.calls, 0n))
    if (calls > 0n) parts.push({ code, calls, proof: proof(calls) })
  }
  take('stream_without_usage', evidence.uncounted, uncountedProof)
  take('failed_but_billed', evidence.failed, (calls) => `${callsText(calls)} failed and state no tokens`)
  take('refused_spans', evidence.refused, (n) => `${n} spans were refused on that day: \`spanledger refused list\``)
  const others = all - parts.reduce((sum, part) => sum + part.calls, 0n)
  if (others > 0n)
    parts.push({
      code: 'not_traced',
      calls: others,
      proof: `${callsText(others)} of the bill: no span and no gap in the ledger is theirs`,
    })
  return splitByCalls(parts, rest)
}

function uncountedProof(calls: bigint): string {
  return `${callsText(calls)} were answered without a usage (uncounted_calls of their runs)`
}

function splitByCalls(
  parts: readonly { readonly code: ReasonCode; readonly calls: bigint; readonly proof: string }[],
  rest: Amounts,
): Reason[] {
  const missing = eachMeasure((measure) => (rest[measure] > 0n ? rest[measure] : 0n))
  let left = missing
  return parts.map(({ code, calls, proof }, i) => {
    const isLast = i === parts.length - 1
    const share = isLast ? left : shareOf(missing, calls, missing.requests)
    left = minus(left, share)
    const isShared = parts.length > 1 && missing.input + missing.output > 0n
    return { code, amounts: share, proof: isShared ? `${proof}; their tokens are a share by calls` : proof }
  })
}

function shareOf(all: Amounts, calls: bigint, of: bigint): Amounts {
  return eachMeasure((measure) =>
    measure === 'requests' ? (all.requests < 0n ? -calls : calls) : scaled(all[measure], calls, of),
  )
}

/** Where a bill states no requests, only tokens say that calls are missing. */
function missingTokens({ stated, ledgerLines }: Cell, evidence: CellEvidence, rest: Amounts): Reason[] {
  const measures = quantities.filter((measure) => stated.has(measure))
  if (measures.some((measure) => rest[measure] < 0n)) return []
  // a call has input; a difference in what was cached alone is none of calls
  if (rest.input === 0n && rest.output === 0n) return []
  const uncounted = takeFrom(evidence.uncounted, 1_000_000_000n)
  if (uncounted > 0n) return [{ code: 'stream_without_usage', amounts: rest, proof: uncountedProof(uncounted) }]
  if (evidence.unaccounted.some(({ left }) => left > 0n)) return []
  const failed = takeFrom(evidence.failed, 1_000_000_000n)
  if (failed > 0n)
    return [{ code: 'failed_but_billed', amounts: rest, proof: `${callsText(failed)} failed and state no tokens` }]
  if (rest.input === 0n || (rest.output === 0n && stated.has('output') && ledgerLines.length > 0)) return []
  const refused = takeFrom(evidence.refused, 1_000_000_000n)
  if (refused > 0n)
    return [
      {
        code: 'refused_spans',
        amounts: rest,
        proof: `${refused} spans were refused on that day: \`spanledger refused list\``,
      },
    ]
  const proof =
    ledgerLines.length === 0
      ? 'the ledger has no call of the model on that day'
      : 'the bill states no requests; nothing in the ledger is known to lack these tokens'
  return [{ code: 'not_traced', amounts: rest, proof }]
}

/** Tokens that a framework's own sum has, and no call. */
function unaccountedTokens(_: Cell, { unaccounted }: CellEvidence, rest: Amounts): Reason[] {
  const input = takeFrom(unaccounted, rest.input)
  const output = takeFrom(unaccounted, rest.output)
  if (input + output === 0n) return []
  const proof = `sums of agents claim ${input + output} tokens more than their calls (unaccounted_tokens of the runs)`
  return [{ code: 'unaccounted_tokens', amounts: plus(amounts({ input }), amounts({ output })), proof }]
}

/** The same calls with the same input, of which the bill says that more was cached: their client states it not at all. */
function unreportedCache({ bill, ledger, stated }: Cell, _: CellEvidence, rest: Amounts): Reason[] {
  if (rest.input !== 0n || rest.requests !== 0n || ledger.input === 0n || !stated.has('input')) return []
  const part = amounts({
    cache_read: rest.cache_read > 0n ? rest.cache_read : 0n,
    cache_write: rest.cache_write > 0n ? rest.cache_write : 0n,
  })
  if (areZero(part)) return []
  const proof = `of the same ${ledger.input} input tokens the spans say that ${ledger.cache_read} were read from the cache and ${ledger.cache_write} written to it, the bill ${bill.cache_read} and ${bill.cache_write}`
  return [{ code: 'cache_unreported', amounts: part, proof }]
}

export function callsText(calls: bigint): string {
  return calls === 1n ? '1 call' : `${calls} calls`
}
