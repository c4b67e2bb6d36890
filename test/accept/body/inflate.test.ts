import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { openBudget } from '../../../src/accept/body/budget.ts'
import { snappyFramed, zstdAtOnce, zstdInPieces } from '../compress.ts'
import { readStatus } from '../oracle.ts'
import { httpServer, MiB, post } from '../servers.ts'

const json = { 'content-type': 'application/json' }
const text = Buffer.from('{"resourceSpans":[]}'.repeat(50_000))
const skippable = Buffer.from('\x5a\x2a\x4d\x18\x03\x00\x00\x00any', 'latin1')

const halves = (compress: (part: Buffer) => Buffer) => (body: Buffer) =>
  Buffer.concat([compress(body.subarray(0, 99)), compress(body.subarray(99))])

const encodings: readonly [string, string, (body: Buffer) => Buffer | Promise<Buffer>][] = [
  ['identity', 'as it is', (body) => body],
  ['gzip', 'one member', (body) => zlib.gzipSync(body)],
  ['gzip, identity', 'a list with the identity', (body) => zlib.gzipSync(body)],
  ['identity,identity , GZip', 'a list in another case', (body) => zlib.gzipSync(body)],
  ['identity, identity', 'the identity twice', (body) => body],
  ['', 'an empty header', (body) => body],
  ['GZIP', 'another case', (body) => zlib.gzipSync(body)],
  ['gzip', 'two members', halves((part) => zlib.gzipSync(part))],
  ['deflate', 'zlib', (body) => zlib.deflateSync(body)],
  ['zlib', 'zlib', (body) => zlib.deflateSync(body)],
  ['deflate', 'bare', (body) => zlib.deflateRawSync(body)],
  ['zstd', 'with its length', (body) => zstdAtOnce(body)],
  ['zstd', 'without its length', zstdInPieces],
  ['zstd', 'a long window', (body) => zstdAtOnce(body, 19)],
  ['zstd', 'two frames', halves(zstdAtOnce)],
  [
    'zstd',
    'a skippable frame between',
    (body) => Buffer.concat([zstdAtOnce(Buffer.alloc(0)), skippable, zstdAtOnce(body)]),
  ],
  ['snappy', 'framed', snappyFramed],
  ['snappy', 'one block', (body) => compressSync(body)],
  [
    'snappy',
    'two streams',
    async (body) => Buffer.concat([await snappyFramed(body.subarray(0, 99)), await snappyFramed(body.subarray(99))]),
  ],
  ['x-snappy-framed', 'framed', snappyFramed],
]

describe('encodings that are read', () => {
  it.each(encodings)('R14 R15: %s, %s', async (encoding, _, compress) => {
    await using server = await httpServer()
    const headers = { ...json, 'content-encoding': encoding }
    const answer = await post(server.address, { headers, body: await compress(text) })
    expect(answer.body.toString()).toBe('{}')
    expect(Buffer.from(server.received[0]!.body).equals(text)).toBe(true)
    expect(server.budget.held()).toBe(0)
  })

  it('R14: bodies in pieces of any length are decompressed', async () => {
    await using server = await httpServer()
    const compressed = fc.constantFrom(...encodings)
    const body = fc.uint8Array({ maxLength: 5000, size: 'max' })
    await fc.assert(
      fc.asyncProperty(
        compressed,
        body,
        fc.integer({ min: 1, max: 5000 }),
        async ([encoding, , compress], body, length) => {
          const answer = await fetch(`${server.address}/v1/traces`, {
            method: 'POST',
            headers: { ...json, 'content-encoding': encoding },
            body: ReadableStream.from(pieces(await compress(Buffer.from(body)), length)),
            duplex: 'half',
          })
          expect(answer.status).toBe(200)
          expect(Buffer.from(server.received.at(-1)!.body).equals(body)).toBe(true)
        },
      ),
    )
  })

  it.each(encodings)('R47: an empty body in %s, %s, is received', async (encoding, _, compress) => {
    await using server = await httpServer()
    const headers = { 'content-encoding': encoding }
    const answer = await post(server.address, { headers, body: await compress(Buffer.alloc(0)) })
    expect([answer.status, server.received.map(({ body }) => body.length)]).toEqual([200, [0]])
  })
})

const framed = await snappyFramed(text)

describe('bodies that are refused', () => {
  it.each([
    ['gzip', Buffer.from('no gzip'), 'The body isn’t valid gzip: incorrect header check.'],
    ['gzip', zlib.gzipSync(text).subarray(0, 40), 'unexpected end of file'],
    ['deflate', zlib.deflateSync(text).subarray(0, 20), 'unexpected end of file'],
    ['deflate', Buffer.alloc(20, 0xff), 'invalid'],
    ['zstd', text, 'The body isn’t valid zstd: no magic number.'],
    ['zstd', zstdAtOnce(text).subarray(0, 3), 'no magic number'],
    ['zstd', zstdAtOnce(text).subarray(0, 5), 'unexpected end'],
    ['zstd', zstdAtOnce(text).subarray(0, -1), 'unexpected end'],
    ['zstd', skippable.subarray(0, -1), 'unexpected end'],
    ['zstd', zstdWith({ dictionary: true }), 'it needs a dictionary'],
    ['zstd', zstdWith({ windowDescriptor: 17 << 3 }), 'its window of 134217728 bytes is longer than 33554432'],
    ['zstd', zstdWith({ blockSize: 128 * 1024 + 1 }), 'a block of 131073 bytes'],
    ['snappy', framed.subarray(0, -1), 'The body isn’t valid snappy: failed to fill whole buffer.'],
    ['snappy', flipped(framed, 100), 'bad checksum'],
    ['snappy', Buffer.from('no snappy'), 'corrupt input'],
    ['x-snappy-framed', text, 'corrupt input'],
    ['lz4', text, 'isn’t supported; supported are identity, gzip, zlib, deflate, zstd, snappy, x-snappy-framed.'],
    ['gzip, identity', Buffer.from('no gzip'), 'The body isn’t valid gzip: incorrect header check.'],
    ['gzip, zstd', zstdAtOnce(zlib.gzipSync(text)), 'isn’t supported'],
    ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(text)), 'isn’t supported'],
  ])('R16: an invalid %s (%#) is 400 in the format of the request', async (encoding, body, why) => {
    await using server = await httpServer()
    const message = expect.stringContaining(why.replaceAll('’', "'"))
    const asJson = await post(server.address, { headers: { ...json, 'content-encoding': encoding }, body })
    expect(asJson.status).toBe(400)
    expect(JSON.parse(asJson.body.toString())).toMatchObject({ code: 3, message })
    const protobuf = await post(server.address, { headers: { 'content-encoding': encoding }, body })
    expect(readStatus(protobuf.body)).toMatchObject({ code: 3, message })
    expect([server.received, server.budget.held(), server.unexpected]).toEqual([[], 0, []])
  })

  it('R16: every broken zstd is answered', async () => {
    await using server = await httpServer()
    const whole = zstdInPieces(text)
    const change = fc.tuple(fc.integer({ min: 4, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const body = Buffer.from(whole)
        for (const [at, byte] of changes) body[at] = byte
        const answer = await post(server.address, { headers: { ...json, 'content-encoding': 'zstd' }, body })
        expect(answer.status).toBeOneOf([200, 400, 413])
      }),
    )
    expect([server.budget.held(), server.unexpected]).toEqual([0, []])
  })
})

describe('bodies that decompress to too much', () => {
  const zeros = Buffer.alloc(100 * MiB)
  it.each<[string, string, () => Buffer | Promise<Buffer>]>([
    ['gzip', 'zeros', () => zlib.gzipSync(zeros)],
    ['zstd', 'zeros, their length announced', () => zstdAtOnce(zeros)],
    ['zstd', 'zeros, unannounced', () => zstdInPieces(zeros)],
    ['zstd', 'a repeated byte', () => zstdWith({ blocks: 10_000 })],
    ['snappy', 'framed zeros', () => snappyFramed(zeros)],
    ['snappy', 'a block of zeros', () => compressSync(zeros)],
    ['snappy', 'an announcement', () => Buffer.from('\xff\xff\xff\xff\x0f', 'latin1')],
  ])('R36: %s, %s, fills no memory', async (encoding, _, compress) => {
    await using server = await httpServer({ budget: openBudget(24 * MiB), maxRequestBytes: 8 * MiB })
    const body = await compress()
    const before = process.memoryUsage.rss()
    const answer = await post(server.address, { headers: { ...json, 'content-encoding': encoding }, body })
    expect(answer.status).toBe(413)
    expect((process.memoryUsage.rss() - before) / MiB).toBeLessThan(60)
    expect(server.budget.held()).toBe(0)
  })

  it('R37: the window of zstd is counted in the budget', async () => {
    await using server = await httpServer({ budget: openBudget(MiB) })
    const headers = { ...json, 'content-encoding': 'zstd' }
    const answer = await post(server.address, { headers, body: zstdWith({ windowDescriptor: 13 << 3 }) })
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(server.budget.held()).toBe(0)
  })

  it('a zstd of tiny blocks under a long window, which would take minutes, is 413', async () => {
    await using server = await httpServer({ maxRequestBytes: MiB })
    const headers = { ...json, 'content-encoding': 'zstd' }
    const answer = await post(server.address, {
      headers,
      body: zstdWith({ windowDescriptor: 15 << 3, blockSize: 1, blocks: 9999 }),
    })
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.body.toString()).message).toContain('too many blocks')
  })
})

/** A frame of blocks that each repeat a byte, as no encoder makes it. */
function zstdWith({ dictionary = false, windowDescriptor = 10 << 3, blockSize = 128 * 1024, blocks = 1 }): Buffer {
  const block = (last: number) => [last | 2 | ((blockSize & 31) << 3), (blockSize >> 5) & 255, blockSize >> 13, 0]
  const header = [0x28, 0xb5, 0x2f, 0xfd, dictionary ? 1 : 0, windowDescriptor]
  return Buffer.from([
    ...header,
    ...Array.from({ length: blocks }, (_, index) => block(index === blocks - 1 ? 1 : 0)).flat(),
  ])
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at]! ^= 1
  return changed
}

function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}
