import { once } from 'node:events'
import { constants } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import type * as grpc from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/accept/answers/receipt.ts'
import { openBudget } from '../../src/accept/body/budget.ts'
import { Malformed, Misconfigured, TooLarge, Unavailable } from '../../src/errors.ts'
import { snappyFramed, zstdInPieces } from './compress.ts'
import { readReceipt, readRetryInfo, readStatus } from './oracle.ts'
import {
  exportBytes,
  exportCompressed,
  framed,
  full,
  gate,
  grpcClient,
  grpcServer,
  MiB,
  rawCall,
  rawExchange,
} from './servers.ts'

const message = Buffer.from('what a request says')

describe('calls', () => {
  it('R2: Export of traces, logs and metrics', async () => {
    await using server = await grpcServer({ tenantOf: (header) => header('user-agent')?.split('/')[0] ?? '' })
    using sender = grpcClient(server.address)
    for (const signal of ['traces', 'logs', 'metrics'] as const)
      expect(await exportBytes(sender.client, message, { signal }), 'R45: not a byte').toHaveLength(0)
    expect(server.received).toMatchObject([
      { signal: 'traces', format: 'protobuf', body: message, tenant: 'grpc-node-js' },
      { signal: 'logs', format: 'protobuf', body: message, tenant: 'grpc-node-js' },
    ])
    expect(server.discarded).toEqual(['metrics'])
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('R10: other services are UNIMPLEMENTED', async () => {
    await using server = await grpcServer()
    using sender = grpcClient(server.address)
    const method = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'
    expect(await failure(exportBytes(sender.client, message, { method }))).toMatchObject({ code: 12 })
  })

  it.each([
    [
      'HTTP/1.1',
      'POST /v1/traces HTTP/1.1\r\nhost: here\r\n\r\n',
      /other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc/,
    ],
    ['TLS', Buffer.from('160301020001', 'hex'), /must begin with http:\/\//],
  ])('%s gets a 400 in words, and the operator is told', async (_, bytes, words) => {
    await using server = await grpcServer()
    expect(await rawExchange(portOf(server.address), bytes)).toMatch(/^HTTP\/1.1 400 /)
    expect(server.refused).toEqual([expect.stringMatching(words)])
  })

  it('the operator is told of what is refused for good', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('no OTLP')) })
    using sender = grpcClient(server.address)
    expect(await failure(exportBytes(sender.client, message))).toMatchObject({ code: 3 })
    expect(server.refused).toEqual(['no OTLP'])
  })

  it('a preface that comes in pieces is one all the same', async () => {
    await using server = await grpcServer()
    const slow = connect(portOf(server.address), '127.0.0.1')
    slow.write('PR')
    await expect.poll(() => slow.read()).toBeInstanceOf(Buffer)
    slow.end('I * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect(server.refused).toEqual([])
  })

  it('a peer that says nothing is let go', async () => {
    await using server = await grpcServer({ keepAliveMs: 20 })
    await once(connect(portOf(server.address), '127.0.0.1').resume(), 'close')
  })

  it('R47: an empty message is handed on', async () => {
    await using server = await grpcServer()
    using sender = grpcClient(server.address)
    expect(await exportBytes(sender.client, Buffer.alloc(0))).toHaveLength(0)
    expect(server.received).toMatchObject([{ body: Buffer.alloc(0) }])
  })

  it('R1: gzip', async () => {
    await using server = await grpcServer()
    using sender = grpcClient(server.address, { 'grpc.default_compression_algorithm': 2 })
    const long = Buffer.alloc(100_000, 'x')
    await exportBytes(sender.client, long)
    expect(Buffer.from(server.received[0]!.body).equals(long)).toBe(true)
  })

  it('R43: 200 calls at once over one connection of 100 streams', async () => {
    let running = 0
    const all = gate<void>()
    await using server = await grpcServer({
      receive: async ({ body }) => {
        if (++running === 100) all.open()
        await all.opened
        await pause(body[0]! % 20)
        return { rejected: body[0]!, message: '' }
      },
    })
    using sender = grpcClient(server.address)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => exportBytes(sender.client, Uint8Array.of(index + 1))),
    )
    expect(answers.map((bytes) => readReceipt('traces', bytes))).toEqual(
      answers.map((_, index) => ({ partialSuccess: { rejectedSpans: String(index + 1) } })),
    )
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('listens on IPv6; a port that is taken is the operator’s mistake', async () => {
    await using server = await grpcServer({ host: '::1' })
    expect(server.address).toMatch(/^\[::1\]:\d+$/)
    using sender = grpcClient(server.address)
    expect(await exportBytes(sender.client, message)).toHaveLength(0)
    const port = Number(server.address.split(':').at(-1))
    await expect(grpcServer({ host: '::1', port })).rejects.toThrow(Misconfigured)
  })
})

describe('answers', () => {
  it('R48: partial success, byte for byte', async () => {
    await using server = await grpcServer({ receive: async () => ({ rejected: 2, message: 'two' }) })
    using sender = grpcClient(server.address)
    const expected = Buffer.from([0x0a, 7, 0x08, 2, 0x12, 3, 0x74, 0x77, 0x6f])
    expect(await exportBytes(sender.client, message)).toEqual(expected)
    const logs = await exportBytes(sender.client, message, { signal: 'logs' })
    expect(readReceipt('logs', logs)).toEqual({ partialSuccess: { rejectedLogRecords: '2', errorMessage: 'two' } })
  })

  it('R52 R53: garbage is INVALID_ARGUMENT with a BadRequest, and nothing to retry by', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('no OTLP: é')) })
    using sender = grpcClient(server.address)
    const error = await failure(exportBytes(sender.client, Buffer.from('garbage')))
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

  it('R39 R41: UNAVAILABLE says when to come again, in both trailers', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Unavailable('away')) })
    using sender = grpcClient(server.address)
    const error = await failure(exportBytes(sender.client, message))
    expect(error).toMatchObject({ code: 14, details: 'away' })
    expect(detailsOf(error)).toEqual({
      code: 14,
      message: 'away',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: { seconds: '1' } }],
    })
    const forPython = error.metadata.get('google.rpc.retryinfo-bin')[0] as Buffer
    expect(readRetryInfo(forPython)).toEqual({ retryDelay: { seconds: '1' } })
  })

  it('R35: too large is RESOURCE_EXHAUSTED without a RetryInfo', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new TooLarge('too many spans')) })
    using sender = grpcClient(server.address)
    const error = await failure(exportBytes(sender.client, message))
    expect(error.code).toBe(8)
    expect(detailsOf(error)).toEqual({ code: 8, message: 'too many spans' })
    expect(error.metadata.get('google.rpc.retryinfo-bin')).toEqual([])
  })

  it.each([
    ['a bug', async () => Promise.reject(new TypeError('secret of the house')), 1],
    ['no error at all', async () => Promise.reject(undefined), 1],
    ['our configuration', async () => Promise.reject(new Misconfigured('secret of the house')), 0],
    ['a bug before the first await', throwing, 1],
  ])('R54: %s is UNAVAILABLE, never INTERNAL', async (_, receive, unexpected) => {
    await using server = await grpcServer({ receive })
    using sender = grpcClient(server.address)
    const error = await failure(exportBytes(sender.client, message))
    expect(error.code).toBe(14)
    expect(error.details).not.toContain('secret')
    expect(server.unexpected).toHaveLength(unexpected)
  })

  it('a message as long as they come still fits the trailers of a careful client', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('語'.repeat(100_000))) })
    using sender = grpcClient(server.address)
    const error = await failure(exportBytes(sender.client, message))
    expect(error.code).toBe(3)
    const bytes = error.metadata.get('grpc-status-details-bin')[0] as Buffer
    expect((bytes.length * 4) / 3 + encodeURIComponent(error.details).length).toBeLessThan(8192)
  })

  it('R42: a receive that outlives the answer is UNAVAILABLE', async () => {
    const late = gate()
    await using server = await grpcServer({ receive: () => late.opened, answerTimeoutMs: 50 })
    using sender = grpcClient(server.address)
    expect((await failure(exportBytes(sender.client, message))).code).toBe(14)
    late.fail(new TypeError('late'))
    await expect.poll(() => server.unexpected).toMatchObject([{ message: 'late' }])
    expect(server.budget.held()).toBe(0)
  })

  // The later of the two deadlines is beyond the time of the test: an answer can only come of the earlier one.
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

describe('limits', () => {
  it.each([
    [0, undefined],
    [1, 8],
  ])('R34 R35: the limit and %s bytes more, plain and inflated: %s', async (more, code) => {
    await using server = await grpcServer({ maxRequestBytes: 5 * MiB })
    for (const algorithm of [0, 2] as const) {
      using sender = grpcClient(server.address, { 'grpc.default_compression_algorithm': algorithm })
      const answer = await exportBytes(sender.client, Buffer.alloc(5 * MiB + more)).catch(asServiceError)
      expect(answer instanceof Error ? answer.code : undefined).toBe(code)
      if (answer instanceof Error) expect(answer.metadata.get('google.rpc.retryinfo-bin')).toEqual([])
    }
    expect(server.received).toHaveLength(code === undefined ? 2 : 0)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('R36: a bomb of zeros is stopped at the limit', async () => {
    await using server = await grpcServer()
    const bomb = zlib.gzipSync(Buffer.alloc(500 * MiB), { level: 9 })
    const before = process.memoryUsage.rss()
    expect(await exportCompressed(server.address, bomb, 'gzip')).toBe(8)
    expect((process.memoryUsage.rss() - before) / MiB).toBeLessThan(200)
  })

  it('R37: over the budget a call is asked to come again', async () => {
    const end = gate()
    await using server = await grpcServer({ budget: openBudget(2 * MiB), receive: () => end.opened })
    using sender = grpcClient(server.address)
    const first = exportBytes(sender.client, Buffer.alloc(MiB + 1))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(MiB)
    const second = await failure(exportBytes(sender.client, Buffer.alloc(MiB)))
    expect(second.code).toBe(14)
    expect(detailsOf(second)).toMatchObject({ details: [{ retryDelay: { seconds: '1' } }] })
    end.open(full)
    expect(await first).toHaveLength(0)
    expect(await exportBytes(sender.client, Buffer.alloc(MiB))).toHaveLength(0)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('a message that never comes is given up, and its room with it', async () => {
    const budget = openBudget(MiB)
    let taken = 0
    const lease = () => {
      const { take, release } = budget.lease()
      const counted = (bytes: number) => {
        take(bytes)
        taken += bytes
      }
      return { take: counted, release }
    }
    await using server = await grpcServer({ requestTimeoutMs: 50, budget: { ...budget, lease } })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(1000)).subarray(0, 100))
    expect(await call.status).toBe(14)
    expect(taken).toBeGreaterThan(0)
    await expect.poll(() => server.budget.held()).toBe(0)
  })
})

describe('messages', () => {
  const text = Buffer.alloc(100_000, 'what a request says')
  it.each([
    ['identity', (body: Buffer) => body],
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['zstd', zstdInPieces],
    ['snappy', snappyFramed],
  ])('R17: in %s', async (encoding, compress) => {
    await using server = await grpcServer()
    expect(await exportCompressed(server.address, await compress(text), encoding)).toBe(0)
    expect(Buffer.from(server.received[0]!.body).equals(text)).toBe(true)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('R17: an encoding that we can’t read is UNIMPLEMENTED, and the others are named', async () => {
    await using server = await grpcServer()
    using call = rawCall(server.address, { 'grpc-encoding': 'lz4' })
    call.stream.end(framed(message, 1))
    expect(await call.status).toBe(12)
    const { 'grpc-message': said, 'grpc-accept-encoding': accepted } = await call.headers
    expect(said).toBe(
      'The compression "lz4" isn\'t supported; supported are identity, gzip, zlib, deflate, zstd, snappy, x-snappy-framed.',
    )
    expect(accepted).toBe('identity,gzip,zlib,deflate,zstd,snappy,x-snappy-framed')
  })

  it.each([
    ['no message', Buffer.alloc(0), 'has no message'],
    ['half a prefix', framed(message).subarray(0, 3), 'has no message'],
    ['half a message', framed(message).subarray(0, -1), 'ends too early'],
    ['two messages', Buffer.concat([framed(message), framed(message)]), 'more than one message'],
    ['no gzip', framed(message, 1), 'valid gzip'],
  ])('R67: %s is INVALID_ARGUMENT', async (_, body, why) => {
    await using server = await grpcServer()
    using call = rawCall(server.address, { 'grpc-encoding': 'gzip' })
    call.stream.end(body)
    expect(await call.status).toBe(3)
    expect((await call.headers)['grpc-message']).toContain(why)
    expect([server.received, server.budget.held(), server.unexpected]).toEqual([[], 0, []])
  })

  it('R35: a length over the limit is refused before it comes', async () => {
    await using server = await grpcServer({ maxRequestBytes: MiB })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(MiB + 1)).subarray(0, 5))
    expect(await call.status).toBe(8)
  })

  it('a refusal in the middle of a message is a whole answer, no reset, and the rest is thrown away', async () => {
    await using server = await grpcServer({ budget: openBudget(1000), lingerMs: 200 })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(2 * MiB)).subarray(0, MiB))
    expect(await call.status).toBe(14)
    await once(call.stream, 'close')
    expect(call.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  })

  it('what isn’t gRPC is 415, a sender that breaks off nothing', async () => {
    await using server = await grpcServer()
    using call = rawCall(server.address, { 'content-type': 'application/json' })
    expect((await call.headers)[':status']).toBe(415)
    using broken = rawCall(server.address)
    broken.stream.write(framed(text).subarray(0, 500))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(0)
    broken.stream.close(constants.NGHTTP2_CANCEL)
    await expect.poll(() => server.budget.held()).toBe(0)
    expect(server.unexpected).toEqual([])
  })
})

describe('stopping', () => {
  it('R44: GOAWAY: what is in flight is answered, what comes after isn’t taken', async () => {
    const inside = gate<void>()
    const end = gate()
    await using server = await grpcServer({
      receive: () => {
        inside.open()
        return end.opened
      },
    })
    using sender = grpcClient(server.address)
    const idle = connect(portOf(server.address), '127.0.0.1')
    await once(idle.resume(), 'connect')
    const inFlight = exportBytes(sender.client, message)
    await inside.opened
    const stopped = server.stop()
    expect((await failure(exportBytes(sender.client, message, { deadline: 500 }))).code).toBeOneOf([4, 14])
    end.open(full)
    expect(await inFlight).toHaveLength(0)
    await stopped
    idle.destroy()
  })

  it('R44: the GOAWAY says that nothing is wrong', async () => {
    await using server = await grpcServer()
    using call = rawCall(server.address)
    call.stream.write(framed(message).subarray(0, 3))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(0)
    const goaway = once(call.session, 'goaway')
    const stopped = server.stop()
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    call.stream.end(framed(message).subarray(3))
    expect(await call.status).toBe(0)
    await stopped
  })

  it('a receive that never ends is cut off after the time for it, as something to retry', async () => {
    const inside = gate<void>()
    const receive = () => {
      inside.open()
      return new Promise<Receipt>(() => {})
    }
    await using server = await grpcServer({ receive, shutdownTimeoutMs: 50 })
    using sender = grpcClient(server.address)
    const hanging = failure(exportBytes(sender.client, message))
    await inside.opened
    await server.stop()
    expect((await hanging).code).toBeOneOf([1, 14])
  })

  it('a peer that doesn’t read doesn’t hold up the end', async () => {
    await using server = await grpcServer({ shutdownTimeoutMs: 50 })
    const deaf = connect(portOf(server.address), '127.0.0.1')
    deaf.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await once(deaf, 'connect')
    await pause(20)
    await server.stop()
    deaf.destroy()
  })
})

function portOf(address: string): number {
  return Number(address.split(':')[1])
}

function throwing(): Promise<never> {
  throw new TypeError('secret of the house')
}

function asServiceError(error: unknown): grpc.ServiceError {
  return error as grpc.ServiceError
}

function failure(answer: Promise<unknown>): Promise<grpc.ServiceError> {
  return answer.then(() => Promise.reject(new Error('the call succeeded')), asServiceError)
}

function detailsOf(error: grpc.ServiceError): Record<string, unknown> {
  return readStatus(error.metadata.get('grpc-status-details-bin')[0] as Buffer)
}
