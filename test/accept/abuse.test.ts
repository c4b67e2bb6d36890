import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { full, grpcServer, httpServer, MiB, post } from './servers.ts'

/** A frame of HTTP/2 (RFC 9113, 4.1). */
function frame(type: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const nothing = Buffer.alloc(0)
const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, nothing)])

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket.on('data', () => {})
}

describe.concurrent('a connection that sends nothing but frames without content is closed', () => {
  test.each([
    ['PRIORITY', (n: number) => frame(2, 2 * n + 1, Buffer.from([0, 0, 0, 0, 16]))],
    ['WINDOW_UPDATE', () => frame(8, 0, Buffer.from([0, 0, 0, 1]))],
    ['PING', () => frame(6, 0, Buffer.alloc(8))],
    ['SETTINGS', () => frame(4, 0, nothing)],
    ['RST_STREAM', (n: number) => frame(3, 2 * n + 1, Buffer.from([0, 0, 0, 8]))],
    ['unknown', () => frame(0x77, 0, Buffer.alloc(5))],
  ])('%s', async (_, make) => {
    await using server = await grpcServer()
    const socket = await connected(Number(server.address.split(':').at(-1)))
    socket.write(preface)
    let sent = 0
    while (!socket.destroyed && sent < 100 * MiB) {
      const frames = Buffer.concat(Array.from({ length: 2000 }, (_, n) => make(sent + n)))
      sent += frames.length
      if (!socket.write(frames))
        await Promise.race(['drain', 'close'].map((name) => once(socket, name).catch(() => {})))
      await pause(1)
    }
    expect(socket.destroyed).toBe(true)
  })
})

test('a sender that takes no answer is cut off', async () => {
  await using server = await grpcServer({ lingerMs: 20 })
  const session = connectHttp2(`http://${server.address}`, { settings: { initialWindowSize: 0 } }).on('error', () => {})
  await once(session, 'remoteSettings')
  const stream = session.request({
    ':method': 'POST',
    ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    'content-type': 'application/grpc',
  })
  stream.on('error', () => {}).end(Buffer.alloc(5))
  await once(stream, 'close')
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
  session.destroy()
})

test('of requests that are sent without waiting for an answer, a few are in work at a time, and all are answered', async () => {
  let now = 0
  let most = 0
  await using server = await httpServer({
    receive: async () => {
      most = Math.max(most, ++now)
      await pause(1)
      now--
      return full
    },
  })
  const socket = await connected(server.port)
  let received = ''
  socket.on('data', (data: Buffer) => (received += data.toString('latin1')))
  const answers = () => received.split('HTTP/1.1 200').length - 1
  const one = Buffer.from(
    'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n',
  )
  const all = 5_000
  for (let sent = 0; sent < all; sent += 100) socket.write(Buffer.concat(Array.from({ length: 100 }, () => one)))
  await expect.poll(answers, { interval: 200, timeout: 100_000 }).toBe(all)
  // those of one chunk of 64 KiB are parsed at once
  expect(most).toBeLessThan(2_000)
  socket.destroy()
})

describe('a body of zstd that is nothing', () => {
  const empty = Buffer.from('28b52ffd200001 0000'.replace(' ', ''), 'hex')
  const block = Buffer.from('000000', 'hex')
  test.each([
    ['frames', Buffer.concat(Array.from({ length: 100_000 }, () => empty))],
    ['blocks', Buffer.concat([Buffer.from('28b52ffd0000', 'hex'), ...Array.from({ length: 200_000 }, () => block)])],
  ])('in empty %s is too large, soon', async (_, body) => {
    await using server = await httpServer()
    const { status, body: answer } = await post(server.address, { headers: { 'content-encoding': 'zstd' }, body })
    expect(status, answer.toString('latin1')).toBe(413)
  })
})

// found by npm run fuzz
test.each(['gzip', 'deflate', 'zlib', 'zstd', 'snappy'])('an empty body in %s is answered', async (encoding) => {
  await using server = await httpServer()
  const { status } = await post(server.address, { headers: { 'content-encoding': encoding } })
  expect([200, 400]).toContain(status)
})
