import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../../src/accept/answers/receipt.ts'
import { Malformed, Misconfigured } from '../../../src/errors.ts'
import { readReceipt } from '../oracle.ts'
import { exportBytes, failureOf, framed, full, gate, grpcClient, grpcServer, rawCall, rawExchange } from '../servers.ts'

const message = Buffer.from('what a request says')
const text = Buffer.alloc(100_000, 'what a request says')

describe('calls', () => {
  it('R2: Export of traces, logs and metrics is served', async () => {
    await using server = await grpcServer({
      authenticate: ({ header }) => ({ tenant: header('user-agent')?.split('/')[0] ?? '', scopes: ['send'] }),
    })
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
    expect(await failureOf(exportBytes(sender.client, message, { method }))).toMatchObject({ code: 12 })
  })

  it.each([
    [
      'HTTP/1.1',
      'POST /v1/traces HTTP/1.1\r\nhost: here\r\n\r\n',
      /other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc/,
    ],
    ['TLS', Buffer.from('160301020001', 'hex'), /must begin with http:\/\//],
  ])('%s gets a 400 in HTTP/1.1, and is reported', async (_, bytes, words) => {
    await using server = await grpcServer()
    expect(await rawExchange(portOf(server.address), bytes)).toMatch(/^HTTP\/1.1 400 /)
    expect(server.refused).toEqual([expect.stringMatching(words)])
  })

  it('a call that is refused for good is reported', async () => {
    await using server = await grpcServer({ receive: () => Promise.reject(new Malformed('no OTLP')) })
    using sender = grpcClient(server.address)
    expect(await failureOf(exportBytes(sender.client, message))).toMatchObject({ code: 3 })
    expect(server.refused).toEqual(['no OTLP'])
  })

  it('256 KiB may be on their way, in a call and on its connection', async () => {
    await using server = await grpcServer()
    const session = connectHttp2(`http://${server.address}`)
    await once(session, 'remoteSettings')
    expect(session.remoteSettings.initialWindowSize).toBe(262_144)
    await expect.poll(() => session.state.remoteWindowSize).toBe(262_144)
    session.destroy()
  })

  it('a preface of HTTP/2 may arrive in pieces', async () => {
    await using server = await grpcServer()
    const slow = connect(portOf(server.address), '127.0.0.1')
    slow.write('PR')
    await expect.poll(() => slow.read()).toBeInstanceOf(Buffer)
    slow.end('I * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect(server.refused).toEqual([])
  })

  it('a silent connection is closed', async () => {
    await using server = await grpcServer({ keepAliveMs: 20 })
    await once(connect(portOf(server.address), '127.0.0.1').resume(), 'close')
  })

  it('a connection of age is closed by GOAWAY, which no call is lost to', async () => {
    const held = gate()
    await using server = await grpcServer({ maxConnectionAgeMs: 100, receive: () => held.opened })
    const goaways: (number | undefined)[] = []
    const session = connectHttp2(`http://${server.address}`)
    session.on('goaway', (code, lastStream) => goaways.push(code, lastStream))
    const call = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
    })
    call.end(framed(message))
    await expect.poll(() => goaways).toEqual([0, 1])
    held.open({ rejected: 0, message: '' })
    const [headers] = await once(call.resume(), 'trailers')
    expect(headers['grpc-status']).toBe('0')
    await once(session, 'close')
  })

  it('a sender whose connection is closed at its age goes on over another', async () => {
    await using server = await grpcServer({ maxConnectionAgeMs: 300 })
    let connections = 0
    const balancer = createServer((socket) => {
      connections++
      pipeline(socket, connect(portOf(server.address), '127.0.0.1'), socket, () => {})
    }).listen(0, '127.0.0.1')
    await once(balancer, 'listening')
    using sender = grpcClient(`127.0.0.1:${(balancer.address() as AddressInfo).port}`)
    let calls = 0
    // the library connects again a second after it has connected, not sooner
    for (; connections < 3; calls++) await exportBytes(sender.client, message)
    expect(server.received).toHaveLength(calls)
    sender.client.close()
    balancer.close()
  })

  it('R47: an empty message is received', async () => {
    await using server = await grpcServer()
    using sender = grpcClient(server.address)
    expect(await exportBytes(sender.client, Buffer.alloc(0))).toHaveLength(0)
    expect(server.received).toMatchObject([{ body: Buffer.alloc(0) }])
  })

  it('R1: a message in gzip is received', async () => {
    await using server = await grpcServer()
    using sender = grpcClient(server.address, { 'grpc.default_compression_algorithm': 2 })
    const long = Buffer.alloc(100_000, 'x')
    await exportBytes(sender.client, long)
    expect(Buffer.from(server.received[0]!.body).equals(long)).toBe(true)
  })

  it('R43: 200 calls at once over one connection of 100 streams are answered', async () => {
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

  it('its address has an IPv6 host in brackets; a port that is in use is Misconfigured', async () => {
    await using server = await grpcServer({ host: '::1' })
    expect(server.address).toMatch(/^\[::1\]:\d+$/)
    using sender = grpcClient(server.address)
    expect(await exportBytes(sender.client, message)).toHaveLength(0)
    const port = Number(server.address.split(':').at(-1))
    await expect(grpcServer({ host: '::1', port })).rejects.toThrow(Misconfigured)
  })

  it('a request that is no gRPC is 415, and a sender that breaks off gets no answer', async () => {
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
  it('R44: calls in flight are answered, later ones refused', async () => {
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
    expect((await failureOf(exportBytes(sender.client, message, { deadline: 500 }))).code).toBeOneOf([4, 14])
    end.open(full)
    expect(await inFlight).toHaveLength(0)
    await stopped
    idle.destroy()
  })

  it('R44: senders get a GOAWAY without an error', async () => {
    await using server = await grpcServer()
    using call = rawCall(server.address)
    // its prefix of five bytes and a part of the message, which is counted
    call.stream.write(framed(message).subarray(0, 8))
    await expect.poll(() => server.budget.held()).toBeGreaterThan(0)
    const goaway = once(call.session, 'goaway')
    const stopped = server.stop()
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    call.stream.end(framed(message).subarray(8))
    expect(await call.status).toBe(0)
    await stopped
  })

  it('a receive that never ends is cut off after the time-out, with a code to retry', async () => {
    const inside = gate<void>()
    const receive = () => {
      inside.open()
      return new Promise<Receipt>(() => {})
    }
    await using server = await grpcServer({ receive, shutdownTimeoutMs: 50 })
    using sender = grpcClient(server.address)
    const hanging = failureOf(exportBytes(sender.client, message))
    await inside.opened
    await server.stop()
    expect((await hanging).code).toBeOneOf([1, 14])
  })

  it('a peer that does not read does not delay the end', async () => {
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
