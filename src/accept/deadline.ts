import { Unavailable } from '../errors.ts'
import { isNamed } from './answers/answers.ts'
import type { ExportRequest, Receipt, Receive } from './answers/receipt.ts'

/** What `receiveWithin` needs besides the request. */
export interface Deadline {
  readonly receive: Receive
  /** When the answer is due, as `performance.now()` counts. */
  readonly deadlineMs: number
  /** Called once when nothing holds the request's bytes any more: this may be long after the answer. */
  readonly release: () => void
  /** Called with an error that no room throws on purpose: a bug. The sender is asked to try again. */
  readonly onUnexpected: (error: unknown) => void
}

/**
 * Hands a request on and waits for its receipt until the deadline, then throws Unavailable. A request that is late goes
 * on unobserved: it may be committed after all, and its resend finds duplicates (R42).
 */
export function receiveWithin(
  request: ExportRequest,
  { receive, deadlineMs, release, onUnexpected }: Deadline,
): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    const late = new Unavailable('The request was not stored in time; send it again.')
    const timer = setTimeout(() => reject(late), deadlineMs - performance.now())
    const settled = received(receive, request).finally(() => {
      clearTimeout(timer)
      release()
    })
    settled.then(resolve, (error: unknown) => {
      if (!isNamed(error)) onUnexpected(error)
      reject(
        isNamed(error) ? error : new Unavailable('The request could not be stored; send it again.', { cause: error }),
      )
    })
  })
}

// async, so that what is thrown before the first await is a rejection too
async function received(receive: Receive, request: ExportRequest): Promise<Receipt> {
  return receive(request)
}
