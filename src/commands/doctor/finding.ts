import { messageOf } from '../../errors.ts'
import { escapedText } from '../../terminal-text.ts'

/** What a check found. `advice` says what to do about it, and is absent where all is well. */
export interface Finding {
  readonly check: string
  readonly found: string
  readonly advice?: string | undefined
}

/** A check that the others need has failed. */
export class CheckFailed extends Error {
  readonly finding: Finding

  constructor(check: string, error: unknown, advice: string) {
    const found = messageOf(error)
    super(found)
    this.finding = { check, found, advice }
  }
}

/** Waits for work without which no further check is possible. Throws `CheckFailed` with this advice where it fails. */
export function orFail<T>(check: string, work: Promise<T>, advice: string): Promise<T> {
  return work.catch((error: unknown) => {
    throw new CheckFailed(check, error, advice)
  })
}

/** A finding for a terminal: a line, and the advice on a line below it. */
export function findingText({ check, found, advice }: Finding): string {
  const line = `${advice === undefined ? 'ok  ' : 'FAIL'}  ${check.padEnd(10)}  ${escapedText(found)}\n`
  return advice === undefined ? line : `${line}${' '.repeat(18)}${advice}\n`
}
