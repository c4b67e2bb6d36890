import {
  type Metadata,
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js'
import { Unavailable } from '../errors.ts'
import type { ByteBudget, Lease } from './budget.ts'
import { statusOf } from './grpc-status.ts'

/** What is asked before the message of a call is read. `check` throws what the call is refused with. */
export interface Admission {
  readonly budget: ByteBudget
  readonly requestTimeoutMs: number
  readonly check: (metadata: Metadata) => void
}

/**
 * Refuses a call before its message is read, as long as nothing but its headers and one window of data is here. The
 * library collects a message out of our sight, so that while it comes in only its window is counted; the handler
 * counts the whole. Behind a full budget no further call is read at all.
 */
export function admission(admission: Admission): ServerInterceptor {
  return (_method, call) => {
    const reading = startReading(admission, (error) => call.sendStatus(statusOf(error)))
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        if (reading.admits(metadata)) next(metadata)
      })
      .withOnReceiveMessage((message, next) => {
        reading.end()
        next(message)
      })
      .withOnCancel(reading.end)
      .build()
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build())
  }
}

// HTTP/2's window for a stream: so much a sender may send before anything reads.
const windowBytes = 65_535

function startReading({ budget, requestTimeoutMs, check }: Admission, refuse: (error: unknown) => void) {
  const lease: Lease = budget.lease()
  let overdue: NodeJS.Timeout | undefined
  return {
    admits(metadata: Metadata): boolean {
      try {
        check(metadata)
        lease.take(windowBytes)
      } catch (error) {
        refuse(error)
        return false
      }
      const late = new Unavailable(`The message did not come within ${requestTimeoutMs} ms; send it again.`)
      overdue = setTimeout(() => refuse(late), requestTimeoutMs)
      return true
    },
    end(): void {
      clearTimeout(overdue)
      lease.release()
    },
  }
}
