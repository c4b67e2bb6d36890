import { Metadata, type StatusObject } from '@grpc/grpc-js'
import { failureOf } from './answers.ts'
import { retryInfoBytes, statusBytes } from './messages.ts'

/**
 * A failure as gRPC ends a call with it. Details travel as a google.rpc.Status in `grpc-status-details-bin`; Python's
 * exporter looks for its RetryInfo in a trailer of its own (R41).
 */
export function statusOf(error: unknown): StatusObject {
  const failure = failureOf(error)
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', statusBytes('protobuf', failure))
  if (failure.retryAfterSeconds > 0) metadata.set('google.rpc.retryinfo-bin', retryInfoBytes(failure.retryAfterSeconds))
  return { code: failure.grpc, details: failure.message, metadata }
}
