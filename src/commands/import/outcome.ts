import type { Config } from '../../config/settings.ts'
import { createEvents, createLogger, type Events } from '../../events/events.ts'
import type { ImportProgress } from './progress.ts'

/** What became of the messages of all files, and of their spans and records. */
export interface ImportOutcome extends ImportProgress {
  committed: number
  duplicate: number
  unrelated: number
  refused: number
  metrics: number
  unreadable: number
  /** Calls of foreign files that state their tokens without their kinds. */
  withoutTokenKinds: number
}

/** Nothing was read so far. */
export const nothingImported: Omit<ImportOutcome, 'totalBytes'> = {
  ...{ messages: 0, items: 0, bytes: 0 },
  ...{ committed: 0, duplicate: 0, unrelated: 0, refused: 0 },
  ...{ metrics: 0, unreadable: 0, withoutTokenKinds: 0 },
}

/** Events that count what became of the spans and records of each message. */
export function countingEvents({ logLevel }: Config, outcome: ImportOutcome, write: (line: string) => void): Events {
  const events = createEvents(createLogger(logLevel === 'info' ? 'warn' : logLevel, { write }))
  return {
    ...events,
    requestAnswered(signal, tally, details) {
      events.requestAnswered(signal, tally, details)
      outcome.items += tally.received - tally.givenBack
      outcome.committed += tally.committed
      outcome.duplicate += tally.duplicate
      outcome.unrelated += tally.unrelated
      outcome.refused += tally.refused
    },
  }
}

/** Says what became of all files. */
export function outcomeText(outcome: ImportOutcome): string {
  const { messages, items, duplicate, unrelated, refused, metrics, unreadable, withoutTokenKinds } = outcome
  const lines = [
    `${items} spans and records of ${messages} messages are in the ledger`,
    ...(duplicate === 0 ? [] : [`${duplicate} of them were there already, and are there once`]),
    ...(unrelated === 0 ? [] : [`${unrelated} of them belong to no run, so far`]),
    ...(refused === 0 ? [] : [`${refused} were refused: spanledger refused list`]),
    ...(metrics === 0 ? [] : [`${metrics} messages of metrics make no rows`]),
    ...(unreadable === 0 ? [] : [`${unreadable} messages could not be read`]),
    ...(withoutTokenKinds === 0
      ? []
      : [
          `${withoutTokenKinds} calls do not say what of their tokens was cached: their input is priced as if none was`,
        ]),
  ]
  return `${lines.join('\n')}\n`
}
