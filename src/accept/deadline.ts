import { Unavailable } from '../errors.ts'
import { isExpected } from './answers/answers.ts'
import type { ExportRequest, Receipt, Receive } from './answers/receipt.ts'

/** How long the answer to a request may take. */
export interface Deadline {
  /** When the answer is due, as `performance.now()` counts. */
  readonly deadlineMs: number
  /** Called once when nothing holds the request's bytes any more: this may be long after the answer. */
  readonly release: () => void
}

/** Who gets a request, and who is told of bugs. */
export interface Receiving {
  readonly receive: Receive
  /** Called with an error that no room throws on purpose: a bug. The sender is asked to try again. */
  readonly onUnexpected: (error: unknown) => void
}

/** The part of its time that an answer may take: the thread may be at work when its timer is due. */
const ofTime = 0.975

/**
 * Passes a request on and waits for its receipt until the deadline, then throws Unavailable. A request that is late goes
 * on unobserved: it may be committed after all, and its resend finds duplicates (R42).
 */
export function receiveWithin(
  request: ExportRequest,
  { receive, onUnexpected }: Receiving,
  { deadlineMs, release }: Deadline,
): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    const late = () => new Unavailable('The request was not stored in time; send it again.')
    const timer = setTimeout(() => reject(late()), ofTime * (deadlineMs - performance.now()))
    const received = callReceive(receive, request).finally(() => {
      clearTimeout(timer)
      release()
    })
    received.then(resolve, (error: unknown) => {
      if (!isExpected(error)) onUnexpected(error)
      reject(
        isExpected(error)
          ? error
          : new Unavailable('The request could not be stored; send it again.', { cause: error }),
      )
    })
  })
}

/** An async function, so that an error before the first await becomes a rejection as well. */
async function callReceive(receive: Receive, request: ExportRequest): Promise<Receipt> {
  return receive(request)
}
