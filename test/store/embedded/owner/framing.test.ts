import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFrames, writeFrame } from '../../../../src/store/embedded/owner/framing.ts'

/** What `writeFrame` writes for these values, and a stream that brings it in pieces of these sizes. */
function inPieces(values: readonly unknown[], sizes: readonly number[]): Socket {
  const written: Buffer[] = []
  for (const value of values) writeFrame({ write: (data: Buffer) => written.push(data) } as unknown as Socket, value)
  const bytes = Buffer.concat(written)
  const stream = new PassThrough()
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    stream.write(bytes.subarray(at, at + size))
    at += size
  }
  stream.end()
  return stream as unknown as Socket
}

const values = fc.array(fc.oneof(fc.string(), fc.record({ sql: fc.string(), values: fc.array(fc.string()) })))

test('values are read as they were written, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (list, sizes) => {
      const read: unknown[] = []
      for await (const value of readFrames(inPieces(list, sizes))) read.push(value)
      expect(read).toEqual(list)
    }),
  )
})

test('bytes and undefined travel as what they are', async () => {
  const value = { blob: new Uint8Array([0, 255]), values: undefined }
  expect((await readFrames(inPieces([value], [3])).next()).value).toEqual(value)
})
