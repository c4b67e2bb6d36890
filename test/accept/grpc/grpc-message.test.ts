import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { constants } from 'node:http2'
import * as zlib from 'node:zlib'
import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { openBudget } from '../../../src/accept/body/budget.ts'
import { snappyFramed, zstdInPieces } from '../compress.ts'
import {
  detailsOf,
  exportBytes,
  exportCompressed,
  failureOf,
  framed,
  full,
  gate,
  grpcClient,
  grpcServer,
  MiB,
  rawCall,
} from '../servers.ts'

const message = Buffer.from('what a request says')
const text = Buffer.alloc(100_000, 'what a request says')

describe('messages', () => {
  it.each([
    ['identity', (body: Buffer) => body],
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['zstd', zstdInPieces],
    ['snappy', snappyFramed],
  ])('R17: a message in %s is decompressed', async (encoding, compress) => {
    await using server = await grpcServer()
    expect(await exportCompressed(server.address, await compress(text), encoding)).toBe(0)
    expect(Buffer.from(server.received[0]!.body).equals(text)).toBe(true)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('R17: an unknown encoding is UNIMPLEMENTED, and the known ones are named', async () => {
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

  it('R35: a message that announces too many bytes is refused before it arrives', async () => {
    await using server = await grpcServer({ maxRequestBytes: MiB })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(MiB + 1)).subarray(0, 5))
    expect(await call.status).toBe(8)
  })

  it('R36: a refusal in the middle of a message is an answer, not a reset, and the rest is thrown away', async () => {
    await using server = await grpcServer({ budget: openBudget(1000), lingerMs: 200 })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(2 * MiB)).subarray(0, MiB))
    expect(await call.status).toBe(14)
    await once(call.stream, 'close')
    expect(call.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  })
})

describe('the limits of a message', () => {
  it.each([
    ['plain', 0],
    ['compressed', 2],
  ] as const)('R34: a message as long as the limit is accepted, %s', async (_, algorithm) => {
    await using server = await grpcServer({ maxRequestBytes: 5 * MiB })
    using sender = grpcClient(server.address, { 'grpc.default_compression_algorithm': algorithm })
    expect(await exportBytes(sender.client, Buffer.alloc(5 * MiB))).toHaveLength(0)
    expect(server.received[0]!.body).toHaveLength(5 * MiB)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it.each([
    ['plain', 0],
    ['compressed', 2],
  ] as const)('R35: a message one byte over the limit is RESOURCE_EXHAUSTED for good, %s', async (_, algorithm) => {
    await using server = await grpcServer({ maxRequestBytes: 5 * MiB })
    using sender = grpcClient(server.address, { 'grpc.default_compression_algorithm': algorithm })
    const error = await failureOf(exportBytes(sender.client, Buffer.alloc(5 * MiB + 1)))
    expect([error.code, error.metadata.get('google.rpc.retryinfo-bin')]).toEqual([8, []])
    expect(server.received).toEqual([])
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  // the budget of the default settings; what compresses badly is nearly as long before as it is afterwards
  it.each([
    ['gzip', (body: Buffer) => zlib.gzipSync(body, { level: 0 })],
    ['snappy', (body: Buffer) => compressSync(body)],
  ])('R34: a message of 60 MiB that %s does not make shorter has room in the budget', async (encoding, compress) => {
    const body = Buffer.alloc(60 * MiB, randomBytes(MiB))
    const compressed = compress(body)
    expect(compressed.length).toBeGreaterThan(60 * MiB)
    await using server = await grpcServer({ budget: openBudget(72 * MiB) })
    expect(await exportCompressed(server.address, compressed, encoding)).toBe(0)
    expect(Buffer.from(server.received[0]!.body).equals(body)).toBe(true)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it.each([
    ['is cut off', (message: Buffer) => message.subarray(0, -1), 'ends too early'],
    ['is followed by another', (message: Buffer) => Buffer.concat([message, framed(text, 1)]), 'more than one message'],
    ['ends before its length', (message: Buffer) => resized(message, -1), 'unexpected end of file'],
  ])('R67: a compressed message that %s holds nothing afterwards', async (_, change, why) => {
    await using server = await grpcServer()
    using call = rawCall(server.address, { 'grpc-encoding': 'gzip' })
    call.stream.end(change(framed(zlib.gzipSync(randomBytes(MiB)), 1)))
    expect(await call.status).toBe(3)
    expect((await call.headers)['grpc-message']).toContain(why)
    expect([server.received, server.unexpected]).toEqual([[], []])
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('a compressed message that breaks off holds nothing afterwards', async () => {
    await using server = await grpcServer()
    const call = rawCall(server.address, { 'grpc-encoding': 'gzip' })
    call.stream.write(framed(zlib.gzipSync(Buffer.alloc(8 * MiB, randomBytes(MiB))), 1).subarray(0, 4 * MiB))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(MiB)
    call.session.destroy()
    await expect.poll(() => server.budget.held()).toBe(0)
    expect(server.received).toEqual([])
  })

  it('R36: decompression stops at the limit', async () => {
    await using server = await grpcServer()
    const bomb = zlib.gzipSync(Buffer.alloc(500 * MiB), { level: 9 })
    const before = process.memoryUsage.rss()
    expect(await exportCompressed(server.address, bomb, 'gzip')).toBe(8)
    expect((process.memoryUsage.rss() - before) / MiB).toBeLessThan(200)
  })

  it('R37: a call over the budget is UNAVAILABLE', async () => {
    const end = gate()
    await using server = await grpcServer({ budget: openBudget(2 * MiB), receive: () => end.opened })
    using sender = grpcClient(server.address)
    const first = exportBytes(sender.client, Buffer.alloc(MiB + 1))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(MiB)
    const second = await failureOf(exportBytes(sender.client, Buffer.alloc(MiB)))
    expect(second.code).toBe(14)
    expect(detailsOf(second)).toMatchObject({ details: [{ retryDelay: { seconds: '1' } }] })
    end.open(full)
    expect(await first).toHaveLength(0)
    expect(await exportBytes(sender.client, Buffer.alloc(MiB))).toHaveLength(0)
    await expect.poll(() => server.budget.held()).toBe(0)
  })

  it('a message that never ends is given up, and its bytes with it', async () => {
    const budget = openBudget(MiB)
    let taken = 0
    const lease = () => {
      const { take, give, release } = budget.lease()
      const counted = (bytes: number) => {
        take(bytes)
        taken += bytes
      }
      return { take: counted, give, release }
    }
    await using server = await grpcServer({ requestTimeoutMs: 50, budget: { ...budget, lease } })
    using call = rawCall(server.address)
    call.stream.write(framed(Buffer.alloc(1000)).subarray(0, 100))
    expect(await call.status).toBe(14)
    expect(taken).toBeGreaterThan(0)
    await expect.poll(() => server.budget.held()).toBe(0)
  })
})

/** A message that is so many bytes longer or shorter, and says so. */
function resized(message: Buffer, bytes: number): Buffer {
  return framed(message.subarray(5, message.length + bytes), 1)
}
