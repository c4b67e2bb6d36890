import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../../src/accept/answers/receipt.ts'
import { Misconfigured } from '../../../src/errors.ts'
import { readReceipt } from '../oracle.ts'
import { full, gate, httpServer, MiB, post, rawExchange } from '../servers.ts'

const json = { 'content-type': 'application/json' }
const message = Buffer.from('what a request says')

describe('requests', () => {
  it('R10: metrics are accepted, thrown away and reported', async () => {
    await using server = await httpServer()
    const answers = [
      await post(server.address, { path: '/v1/metrics', body: message }),
      await post(server.address, { path: '/v1/metrics', headers: json, body: '{}' }),
    ]
    expect(answers.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, ''],
      [200, '{}'],
    ])
    expect(server.discarded).toEqual(['metrics', 'metrics'])
    expect(server.received).toEqual([])
  })

  it('/healthz answers for the process, /readyz for the database', async () => {
    let ready = { ready: true, reason: '' }
    await using server = await httpServer({ ready: async () => ready })
    const probe = async (path: string) => {
      const { status, body } = await post(server.address, { path, method: 'GET' })
      return [status, body.toString()]
    }
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([
      [200, 'ok'],
      [200, 'ok'],
    ])
    ready = { ready: false, reason: 'the database is away' }
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([
      [200, 'ok'],
      [503, 'the database is away'],
    ])
  })

  it('R29: the tenant is chosen by the headers', async () => {
    await using server = await httpServer({
      authenticate: ({ header }) => ({ tenant: header('x-team') ?? 'nobody', scopes: ['send'] }),
    })
    await post(server.address, { headers: { 'X-Team': 'acme' } })
    await post(server.address)
    expect(server.received.map(({ tenant }) => tenant)).toEqual(['acme', 'nobody'])
  })

  it('R6 R20: both formats alternate on one connection, which stays open for 75 s', async () => {
    await using server = await httpServer()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (const type of ['application/json', 'application/x-protobuf', 'application/json']) {
      const sent = httpRequest(`${server.address}/v1/traces`, {
        agent,
        method: 'POST',
        headers: { 'content-type': type },
      })
      sent.end('{}')
      const [response] = await once(sent, 'response')
      ports.add(response.socket.localPort)
      expect([response.statusCode, response.headers['keep-alive']]).toEqual([200, 'timeout=75'])
      await once(response.resume(), 'close')
    }
    agent.destroy()
    expect(ports.size).toBe(1)
  })

  it('R12: a chunked body without a length is received', async () => {
    await using server = await httpServer()
    const head =
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const answer = await rawExchange(server.port, head, '1\r\n{\r\n', '1\r\n}\r\n', '0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(Buffer.from(server.received[0]!.body).toString()).toBe('{}')
  })

  it('R13: a sender that expects a 100 gets it before it sends', async () => {
    await using server = await httpServer()
    const sent = httpRequest(`${server.address}/v1/traces`, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-type': 'application/json', 'content-length': 2 * MiB },
    })
    sent.flushHeaders()
    await once(sent, 'continue')
    expect(server.received).toEqual([])
    sent.end(Buffer.alloc(2 * MiB, ' '))
    const [response] = await once(sent, 'response')
    expect(response.statusCode).toBe(200)
    expect(server.received[0]!.body.length).toBe(2 * MiB)
    response.resume()
  })

  it.each([
    ['413', 'content-type: application/json\r\ncontent-length: 70000000'],
    ['415', 'content-type: text/plain\r\ncontent-length: 20'],
    ['400', 'content-type: application/json\r\ncontent-length: 20\r\ncontent-encoding: br'],
  ])('R13: a %s is sent before the body where its headers suffice', async (status, headers) => {
    await using server = await httpServer({ lingerMs: 100 })
    const answer = await rawExchange(
      server.port,
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n${headers}\r\n\r\n`,
    )
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/connection: close\r\n/i)
  })

  it('R43: 200 requests at once are answered, in any order', async () => {
    let running = 0
    const all = gate<void>()
    await using server = await httpServer({
      receive: async ({ body }) => {
        if (++running === 200) all.open()
        await all.opened
        await pause(body[0]! % 50)
        return { rejected: body[0]!, message: '' }
      },
    })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => post(server.address, { body: Uint8Array.of(index + 1) })),
    )
    const rejected = answers.map(
      ({ body }) => readReceipt('traces', body) as { partialSuccess: { rejectedSpans: string } },
    )
    expect(rejected.map(({ partialSuccess }) => Number(partialSuccess.rejectedSpans))).toEqual(
      answers.map((_, index) => index + 1),
    )
    expect(server.budget.held()).toBe(0)
  })

  it('its address has an IPv6 host in brackets', async () => {
    await using server = await httpServer({ host: '::1' })
    expect(server.address).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await post(server.address)).status).toBe(200)
  })

  it('a port that is in use is Misconfigured', async () => {
    await using server = await httpServer()
    await expect(httpServer({ port: server.port })).rejects.toThrow(Misconfigured)
  })
})

describe('connections that break off', () => {
  it('a sender that breaks off leaves no bytes in the budget', async () => {
    await using server = await httpServer()
    const body = randomBytes(5000)
    for (const [encoding, sent] of Object.entries({
      identity: body,
      gzip: zlib.gzipSync(body),
      deflate: zlib.deflateSync(body),
    })) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${sent.length}\r\n\r\n`,
      )
      socket.write(sent.subarray(0, 3000))
      await expect.poll(() => server.budget.held(), { message: encoding }).toBeGreaterThan(0)
      socket.destroy()
      await expect.poll(() => server.budget.held(), { message: encoding }).toBe(0)
    }
    expect([server.received, server.unexpected]).toEqual([[], []])
  })

  it('a request that never ends has its connection closed without an answer', async () => {
    await using server = await httpServer({ requestTimeoutMs: 100 })
    const answer = await rawExchange(
      server.port,
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    )
    expect(answer).toBe('')
    await expect.poll(() => server.budget.held()).toBe(0)
  })
})

describe('stopping', () => {
  it('R44: requests in flight are answered, later ones refused, idle connections closed', async () => {
    const inside = gate<void>()
    const end = gate()
    await using server = await httpServer({
      receive: () => {
        inside.open()
        return end.opened
      },
    })
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    const kept = connect(server.port, '127.0.0.1')
    const head = 'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
    kept.write(`${head}content-length: 5\r\n\r\n{`)
    await expect.poll(() => server.budget.held()).toBeGreaterThan(0)
    const inFlight = post(server.address)
    await inside.opened
    const stopped = server.stop()
    await once(idle.resume(), 'close')
    await expect(post(server.address)).rejects.toThrow('ECONNREFUSED')
    end.open(full)
    expect(await inFlight).toMatchObject({ status: 200, headers: { connection: 'close' } })
    kept.end('}   ')
    const [answer] = await once(kept.setEncoding('utf8'), 'data')
    expect(answer, 'its body had begun before').toMatch(/^HTTP\/1.1 200 /)
    await stopped
  })

  it('R44: a request on a kept connection is given back', async () => {
    const inside = gate<void>()
    const end = gate()
    await using server = await httpServer({
      receive: () => {
        inside.open()
        return end.opened
      },
    })
    const socket = connect(server.port, '127.0.0.1')
    const request =
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
    socket.write(request)
    await inside.opened
    const stopped = server.stop()
    socket.write(request.replace('{}', '[]'))
    await pause(20)
    end.open(full)
    let all = ''
    for await (const chunk of socket.setEncoding('utf8')) all += chunk
    expect(all).toMatch(/^HTTP\/1.1 200 /)
    // the first answer already says close, so that the second may be missing, but never a success
    expect(all.match(/HTTP\/1.1 200/g)).toHaveLength(1)
    await stopped
  })

  it('a receive that never ends is cut off after the time-out', async () => {
    const inside = gate<void>()
    const receive = () => {
      inside.open()
      return new Promise<Receipt>(() => {})
    }
    await using server = await httpServer({ receive, shutdownTimeoutMs: 50 })
    const hanging = post(server.address).catch((error: Error) => error)
    await inside.opened
    await server.stop()
    expect(await hanging).toBeInstanceOf(Error)
  })
})
