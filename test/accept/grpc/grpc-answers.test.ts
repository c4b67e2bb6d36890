import { describe, expect, it } from 'vitest'
import { Malformed, Misconfigured, TooLarge, Unavailable } from '../../../src/errors.ts'
import { readReceipt, readRetryInfo } from '../oracle.ts'
import { detailsOf, exportBytes, failureOf, framed, gate, grpcClient, grpcServer, rawCall } from '../servers.ts'

const message = Buffer.from('what a request says')

describe('answers', () => {
  it('R48: the bytes of a partial success', async () => {
    await using server = await grpcServer({ receive: async () => ({ rejected: 2, message: 'two' }) })
    using sender = grpcClient(server.address)
    const expected = Buffer.from([0x0a, 7, 0x08, 2, 0x12, 3, 0x74, 0x77, 0x6f])
    expect(await exportBytes(sender.client, message)).toEqual(expected)
    const logs = await exportBytes(sender.client, message, { signal: 'logs' })
    expect(readReceipt('logs', logs)).toEqual({ partialSuccess: { rejectedLogRecords: '2', errorMessage: 'two' } })
  })

  it('R52 R53: a message that is no OTLP is INVALID_ARGUMENT with a BadRequest and without a RetryInfo', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('no OTLP: é')) })
    using sender = grpcClient(server.address)
    const error = await failureOf(exportBytes(sender.client, Buffer.from('garbage')))
    expect(error).toMatchObject({ code: 3, details: 'no OTLP: é' })
    expect(detailsOf(error)).toEqual({
      code: 3,
      message: 'no OTLP: é',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'body', description: 'no OTLP: é' }],
        },
      ],
    })
    expect(error.metadata.get('google.rpc.retryinfo-bin')).toEqual([])
  })

  it('R39 R41: UNAVAILABLE has its RetryInfo in both trailers', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Unavailable('away')) })
    using sender = grpcClient(server.address)
    const error = await failureOf(exportBytes(sender.client, message))
    expect(error).toMatchObject({ code: 14, details: 'away' })
    expect(detailsOf(error)).toEqual({
      code: 14,
      message: 'away',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: { seconds: '1' } }],
    })
    const forPython = error.metadata.get('google.rpc.retryinfo-bin')[0] as Buffer
    expect(readRetryInfo(forPython)).toEqual({ retryDelay: { seconds: '1' } })
  })

  it('R35: TooLarge is RESOURCE_EXHAUSTED without a RetryInfo', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new TooLarge('too many spans')) })
    using sender = grpcClient(server.address)
    const error = await failureOf(exportBytes(sender.client, message))
    expect(error.code).toBe(8)
    expect(detailsOf(error)).toEqual({ code: 8, message: 'too many spans' })
    expect(error.metadata.get('google.rpc.retryinfo-bin')).toEqual([])
  })

  it.each([
    ['a bug', async () => Promise.reject(new TypeError('secret of the server')), 1],
    ['a value that is no error', async () => Promise.reject(undefined), 1],
    ['a wrong configuration', async () => Promise.reject(new Misconfigured('secret of the server')), 0],
    ['a bug before the first await', throwing, 1],
  ])('R54: %s is UNAVAILABLE, never INTERNAL', async (_, receive, unexpected) => {
    await using server = await grpcServer({ receive })
    using sender = grpcClient(server.address)
    const error = await failureOf(exportBytes(sender.client, message))
    expect(error.code).toBe(14)
    expect(error.details).not.toContain('secret')
    expect(server.unexpected).toHaveLength(unexpected)
  })

  it('a long error message is cut to fit into 8 KiB of trailers', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('語'.repeat(100_000))) })
    using sender = grpcClient(server.address)
    const error = await failureOf(exportBytes(sender.client, message))
    expect(error.code).toBe(3)
    const bytes = error.metadata.get('grpc-status-details-bin')[0] as Buffer
    expect((bytes.length * 4) / 3 + encodeURIComponent(error.details).length).toBeLessThan(8192)
  })

  it('R42: a receive that outlives its deadline is UNAVAILABLE, and its late error is reported', async () => {
    const late = gate()
    await using server = await grpcServer({ receive: () => late.opened, answerTimeoutMs: 50 })
    using sender = grpcClient(server.address)
    expect((await failureOf(exportBytes(sender.client, message))).code).toBe(14)
    late.fail(new TypeError('late'))
    await expect.poll(() => server.unexpected).toMatchObject([{ message: 'late' }])
    expect(server.budget.held()).toBe(0)
  })

  // The later of the two deadlines is longer than the time-out of the test, so an answer must come from the earlier one.
  it.each([
    ['the sender’s', { 'grpc-timeout': '100m' }, 3_600_000],
    ['ours, before the sender’s', { 'grpc-timeout': '1H' }, 100],
    ['ours, where the sender has none', {}, 100],
  ])('R42: the deadline is %s', async (_, headers, answerTimeoutMs) => {
    await using server = await grpcServer({
      answerTimeoutMs,
      receive: () => new Promise(() => {}),
      shutdownTimeoutMs: 1,
    })
    using call = rawCall(server.address, headers)
    call.stream.end(framed(message))
    expect(await call.status).toBe(14)
  })
})

function throwing(): Promise<never> {
  throw new TypeError('secret of the server')
}
