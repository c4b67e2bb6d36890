import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

const failed = { code: 2, message: '' }

function ended(other: Partial<Span>, attributes: Record<string, AnyValue> = {}): [string, string | null] {
  const { outcome, error } = mapSpan(spanWith({ 'step.type': 'task', ...attributes }, other), options)
  return [outcome, error]
}

const raised = (type: string, message?: string): Partial<Span> => ({
  events: [
    spanEvent('exception', {
      'exception.type': type,
      ...(message === undefined ? {} : { 'exception.message': message }),
    }),
  ],
})

test('a span with status UNSET or OK has succeeded', () => {
  expect(ended({})).toEqual(['ok', null])
  expect(ended({ status: { code: 1, message: '' } })).toEqual(['ok', null])
})

test('the error is the message of the exception, else of the status, else the type', () => {
  expect(ended({ status: { code: 2, message: 'status' }, ...raised('E', 'message') })).toEqual(['error', 'message'])
  expect(ended({ status: { code: 2, message: 'status' } }, { 'error.type': 'E' })).toEqual(['error', 'status'])
  expect(ended({ status: failed }, { 'error.type': 'E' })).toEqual(['error', 'E'])
  expect(ended({ status: failed })).toEqual(['error', null])
})

test.each([
  [`ValueError('bad')Traceback (most recent call last):\n\n  File "a.py", line 1`, "ValueError('bad')"],
  ['Error: bad\n\n    at f (/app/a.js:1:2)\n    at g (/app/b.js:3:4)', 'Error: bad'],
  ['Traceback (most recent call last):', 'Traceback (most recent call last):'],
  ['bad\n\nreally bad', 'bad\n\nreally bad'],
])('the stack behind a message is cut: %s', (message, reason) => {
  expect(ended(raised('E', message))).toEqual(['error', reason])
})

test('an exception event is a failure, although the status is OK', () => {
  expect(ended({ status: { code: 1, message: '' }, ...raised('ValueError', 'bad') })).toEqual(['error', 'bad'])
})

test('an exception is no failure where the span states its success', () => {
  expect(ended(raised('ValueError', 'bad'), { success: true })).toEqual(['ok', null])
  expect(ended(raised('ValueError', 'bad'), { status: 'completed' })).toEqual(['ok', null])
})

test.each(['asyncio.exceptions.CancelledError', 'AbortError', 'CanceledFailure'])('%s is a cancellation', (type) => {
  expect(ended({ status: failed, ...raised(type) })[0]).toBe('cancelled')
  expect(ended({ status: failed }, { 'error.type': type })[0]).toBe('cancelled')
})

test('a status word or message may be a cancellation', () => {
  expect(ended({}, { status: 'cancelled' })).toEqual(['cancelled', null])
  expect(ended({ status: { code: 2, message: 'context canceled' } })[0]).toBe('cancelled')
  expect(ended({ status: { code: 2, message: 'the order was cancelled by the shop' } })[0]).toBe('error')
})

test('an interrupt that steers a graph is no failure', () => {
  expect(ended({ status: failed, ...raised('langgraph.errors.GraphInterrupt', 'ask a human') })).toEqual(['ok', null])
  expect(ended({ status: { code: 2, message: "GraphInterrupt((Interrupt(value='ask'),))" } })).toEqual(['ok', null])
})

test.each([
  [{ success: false }, ['error', null]],
  [{ success: 'False', error_message: 'no' }, ['error', 'no']],
  [{ status: 'failed', error: 'no' }, ['error', 'no']],
  [{ error: true }, ['error', 'error']],
  [{ error: false }, ['ok', null]],
  [{ error: '' }, ['ok', null]],
  [{ status: 'success' }, ['ok', null]],
])('the outcome of %j is %j', (attributes, outcome) => {
  expect(ended({}, attributes)).toEqual(outcome)
})
