import { type FailureAnswer, shortened } from './answers.ts'
import { messageField, numberField, textField } from './protobuf-writer.ts'
import type { Format, Receipt, Signal } from './receipt.ts'

/**
 * The bytes of an Export…ServiceResponse. Full success leaves partial_success unset, not empty (R45): zero bytes, or
 * `{}`. All signals have the same field numbers. In JSON the count is a string, because it is an int64, under a name of
 * its signal.
 * Source: opentelemetry/proto/collector/trace/v1/trace_service.proto and its sisters.
 */
export function receiptBytes(signal: Signal | 'metrics', format: Format, { rejected, message }: Receipt): Buffer {
  const full = rejected === 0 && message === ''
  const errorMessage = shortened(message, maxReceiptCharacters)
  if (format === 'protobuf')
    return full ? Buffer.alloc(0) : messageField(1, numberField(1, rejected), textField(2, errorMessage))
  const count = rejected === 0 ? {} : { [rejectedNames[signal]]: String(rejected) }
  return json(full ? {} : { partialSuccess: { ...count, ...(errorMessage === '' ? {} : { errorMessage }) } })
}

// The Collector reads 64 KiB of an answer, and treats one that it can't parse as a permanent failure (R38).
const maxReceiptCharacters = 4000
const rejectedNames: Record<Signal | 'metrics', string> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
}

/** The bytes of a google.rpc.Status (R51), with a BadRequest (R52) or a RetryInfo where one belongs to the failure. */
export function statusBytes(format: Format, failure: FailureAnswer): Buffer {
  return format === 'json' ? json(statusObject(failure)) : statusMessage(failure)
}

/** The bytes of a google.rpc.RetryInfo. */
export function retryInfoBytes(seconds: number): Buffer {
  return messageField(1, numberField(1, seconds)) // retry_delay, a Duration
}

const badRequestType = 'type.googleapis.com/google.rpc.BadRequest'
const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo'
// The message says what is wrong. Decoding doesn't know the field, so the violation names the whole body.
const violatedField = 'body'

function statusMessage({ grpc, message, badRequest, retryAfterSeconds }: FailureAnswer): Buffer {
  const violation = messageField(1, textField(1, violatedField), textField(2, message))
  return Buffer.concat([
    numberField(1, grpc),
    textField(2, message),
    ...(badRequest ? [any(badRequestType, violation)] : []),
    ...(retryAfterSeconds > 0 ? [any(retryInfoType, retryInfoBytes(retryAfterSeconds))] : []),
  ])
}

function any(type: string, value: Buffer): Buffer {
  return messageField(3, textField(1, type), messageField(2, value))
}

function statusObject({ grpc, message, badRequest, retryAfterSeconds }: FailureAnswer): object {
  const details = [
    ...(badRequest
      ? [{ '@type': badRequestType, fieldViolations: [{ field: violatedField, description: message }] }]
      : []),
    ...(retryAfterSeconds > 0 ? [{ '@type': retryInfoType, retryDelay: `${retryAfterSeconds}s` }] : []),
  ]
  return { code: grpc, message, ...(details.length > 0 ? { details } : {}) }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}
