import type { Facts } from '../map/facts/facts.ts'

/** Commits facts, whole or not at all, with one outcome for each in their order. */
export type Commit<Outcome> = (facts: readonly Facts[]) => Promise<Outcome[]>

/** How facts are committed, and what an error of `commit` means for them. */
export interface CommitOptions<Outcome> {
  readonly commit: Commit<Outcome>
  /**
   * The fact that an error of `commit` is about. `unknown`: the database refuses a value of one of these facts and does
   * not name its row. null: the error is about no fact, and the same commit may succeed later.
   */
  readonly failing: (error: unknown, facts: readonly Facts[]) => Facts | 'unknown' | null
  /** The outcome of a fact that the database refuses with this error. */
  readonly refused: (error: unknown) => Outcome
}

/** The facts of a request whose outcome is known. */
export interface Decided<Outcome> {
  readonly committed: Map<Facts, Outcome>
  readonly refused: Map<Facts, Outcome>
}

/** Facts to search, and with which error the database has refused them together, if it has been asked. */
export interface Searched {
  readonly facts: readonly Facts[]
  readonly error?: unknown
}

/** Facts that are tried together first: more than these cost more than the transactions that they save. */
const partFacts = 64

/** At most so many transactions are spent on one request; its sender sends again what is not decided by then. */
const mostTransactions = 1_000

interface Search<Outcome> {
  readonly options: CommitOptions<Outcome>
  readonly decided: Decided<Outcome>
  /** Whether the time of the request is used up. */
  readonly isLate: () => boolean
  transactions: number
  found: number
}

/**
 * Commits the facts that the database accepts and finds those that it refuses: parts of 64 facts are tried, those that
 * are refused are halved. That takes at most n/64 + 14k transactions for k refused ones among n. A fact counts as refused
 * only where the database names it, or refuses it alone: its neighbours are committed, however many are refused (law 7).
 *
 * Adds each fact to `decided`. Stops after 1,000 transactions, or when the request is late, with facts that are not
 * decided; but never before one more refused fact is found, so that resends come to an end. Throws an error that
 * `failing` finds to be about no fact.
 */
export async function searchRefused<Outcome>(
  options: CommitOptions<Outcome>,
  { facts, error }: Searched,
  decided: Decided<Outcome>,
  isLate: () => boolean,
): Promise<void> {
  const search = { options, decided, isLate, transactions: 0, found: 0 }
  if (error !== undefined && facts.length <= partFacts) return narrow(search, facts, error)
  for (let at = 0; at < facts.length; at += partFacts) await decide(search, facts.slice(at, at + partFacts))
}

function isSpent<Outcome>({ transactions, found, isLate }: Search<Outcome>): boolean {
  return transactions >= mostTransactions || (found > 0 && isLate())
}

/** Decides these facts. Returns whether one transaction committed all of them. */
async function decide<Outcome>(search: Search<Outcome>, facts: readonly Facts[]): Promise<boolean> {
  if (facts.length === 0) return true
  if (isSpent(search)) return false
  search.transactions++
  try {
    const outcomes = await search.options.commit(facts)
    for (const [i, fact] of facts.entries()) search.decided.committed.set(fact, outcomes[i]!)
    return true
  } catch (error) {
    await narrow(search, facts, error)
    return false
  }
}

/** Decides facts that were refused together. */
async function narrow<Outcome>(search: Search<Outcome>, facts: readonly Facts[], error: unknown): Promise<void> {
  const { options, decided } = search
  const failing = options.failing(error, facts)
  if (failing === null) throw error
  if (failing === 'unknown' && facts.length > 1) return halve(search, facts)
  const refused = failing === 'unknown' ? facts[0]! : failing
  decided.refused.set(refused, options.refused(error))
  search.found++
  const [left, right] = halves(facts.filter((fact) => fact !== refused))
  await decide(search, left)
  await decide(search, right)
}

/** Decides facts of which at least one is refused. */
async function halve<Outcome>(search: Search<Outcome>, facts: readonly Facts[]): Promise<void> {
  const [left, right] = halves(facts)
  const isInRight = await decide(search, left)
  // a transaction that must fail is saved; a single fact is refused by its own error only
  if (isInRight && right.length > 1) await halve(search, right)
  else await decide(search, right)
}

function halves<T>(list: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}
