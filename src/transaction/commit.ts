import { MissingTraces } from './ledger/call-ids/call-ids.ts'
import { OutdatedTraces } from './resettle/outdated.ts'
import { nextPart } from './resettle/part-of-run.ts'
import { MissingRows, type PrunedBefore, readPruned } from './tables/missing-rows.ts'
import { type Committed, commitAttempt } from './transaction.ts'
import type { Attempt, Work, WriterCache, WriterOptions } from './writer-options.ts'

/** So many transactions after one that had to begin again look for the traces that share its ids before they lock. */
const transactionsWithSearch = 1000
/** The most times that a transaction begins again. */
const fewRestarts = 8

/**
 * Commits facts in a transaction that locks their traces and those that have rows of the same calls. Which these are is
 * known when all is locked that was known before, so the transaction may begin again, with more traces. It also begins
 * again where rows are gone that it has to change, or were made by other rules, and then writes all rows of their workflows.
 */
export async function commit(options: WriterOptions, cache: WriterCache, work: Work): Promise<Committed> {
  const { mostRestarts = fewRestarts } = options
  let attempt: Attempt = { ...work, others: work.others ?? [], rewritten: new Set(), inParts: new Set() }
  for (let restarts = 0; ; restarts++) {
    try {
      return await commitAttempt(options, cache, attempt)
    } catch (error) {
      if (restarts === mostRestarts) throw error
      attempt = await nextAttempt(options, cache, attempt, error)
    }
  }
}

async function nextAttempt(
  options: WriterOptions,
  cache: WriterCache,
  attempt: Attempt,
  error: unknown,
): Promise<Attempt> {
  if (error instanceof MissingTraces) {
    cache.searches = transactionsWithSearch
    return { ...attempt, others: [...attempt.others, ...error.traces] }
  }
  if (!(error instanceof OutdatedTraces || error instanceof MissingRows)) throw error
  const known = cache.prunedBefore
  // rows that retention has removed stay away, and are not missed at the next attempt
  cache.prunedBefore = await options.database.transaction(readPruned)
  if (error instanceof OutdatedTraces) return { ...attempt, ...(await nextPart(options, attempt, error.workflows)) }
  if (!isSame(known, cache.prunedBefore)) return attempt
  const rewritten = new Set([...attempt.rewritten, ...attempt.inParts, ...error.workflows])
  return { ...attempt, rewritten, inParts: new Set(), isWhole: true }
}

function isSame(a: PrunedBefore, b: PrunedBefore): boolean {
  return a.size === b.size && [...a].every(([table, before]) => b.get(table) === before)
}
