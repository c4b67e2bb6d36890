import { setTimeout as pause } from 'node:timers/promises'
import { Unavailable } from '../../src/errors.ts'

/**
 * Why a request is asked for again where the machine stood still for seconds: PostgreSQL has ended a session that was
 * idle in a transaction for 10 s (25P03), which a write into the connection notices first (EPIPE), or the embedded
 * database had no turn within 2 s. Deadlocks and lock timeouts are not among them.
 */
const stall = /25P03|EPIPE|ECONNRESET|Connection terminated|no turn within/
const mostAttempts = 20

/** Does a sender's work again while it is asked for because the machine stood still. */
export async function againAfterStalls<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Unavailable && stall.test(error.message)) || attempt === mostAttempts) throw error
      await pause(100)
    }
  }
}
