/** How many spans or records of a request had each outcome; `received` is the sum of the other five (law 6). */
export interface Tally {
  readonly received: number
  readonly committed: number
  readonly unrelated: number
  readonly duplicate: number
  readonly refused: number
  /** Given back to the sender by a retryable answer. */
  readonly givenBack: number
}

/** Whose items a request had, how they came, and why some of them were not committed. */
export interface AnswerDetails {
  readonly transport: 'http' | 'grpc' | 'sdk'
  /** '' is the default tenant. */
  readonly tenant: string
  /** By reason, the items that were refused. */
  readonly refused: ReadonlyMap<string, number>
  /** Why the items were given back; '' where none were. */
  readonly givenBack: string
}

/** Whether each item has one outcome (law 6). */
export function balances(tally: Tally): boolean {
  return tally.received === tally.committed + tally.unrelated + tally.duplicate + tally.refused + tally.givenBack
}

/** The outcomes of a tally, by their names in metrics. */
export function outcomesOf(tally: Tally): (readonly [string, number])[] {
  const { committed, unrelated, duplicate, refused, givenBack } = tally
  return [
    ['committed', committed],
    ['unrelated', unrelated],
    ['duplicate', duplicate],
    ['refused', refused],
    ['given_back', givenBack],
  ]
}
