import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/accept/answers/receipt.ts'
import { openBudget } from '../../src/accept/body/budget.ts'
import { Malformed, Misconfigured, Unavailable } from '../../src/errors.ts'
import { readReceipt, readStatus } from './oracle.ts'
import { type Answer, full, gate, httpServer, MiB, post, rawExchange } from './servers.ts'

const json = { 'content-type': 'application/json' }
const message = Buffer.from('what a request says')

describe('paths, methods and media types', () => {
  it.each([
    ['/v1/traces', 'traces', 'application/x-protobuf', 'protobuf'],
    ['/v1/logs', 'logs', 'application/json', 'json'],
    ['/v1/traces?x=1', 'traces', 'application/json; charset=utf-8', 'json'],
    ['/v1/traces', 'traces', 'APPLICATION/JSON', 'json'],
    ['/v1/traces', 'traces', 'application/json;charset=iso-8859-1', 'json'],
    ['/v1/traces/', 'traces', 'application/x-protobuf', 'protobuf'],
    ['//v1/traces', 'traces', 'application/x-protobuf', 'protobuf'],
    ['//v1//logs/?x=1', 'logs', 'application/x-protobuf', 'protobuf'],
  ])('R3 R6 R7: %s takes %s as %s', async (path, signal, type, format) => {
    await using server = await httpServer()
    const answer = await post(server.address, { path, headers: { 'content-type': type }, body: message })
    expect(answer.status).toBe(200)
    expect(server.received).toMatchObject([{ signal, format, tenant: '' }])
    expect(Buffer.from(server.received[0]!.body)).toEqual(message)
  })

  it.each(['/V1/TRACES', '/', '//', '/v1/profiles', '/v1', '/v1/traces/x', '/x/v1/traces', '/v1/trace%73'])(
    'R5: %s is 404, no redirect',
    async (path) => {
      await using server = await httpServer()
      const answer = await post(server.address, { path, headers: json, body: '{}' })
      expect(answer.status).toBe(404)
      expect(answer.headers.location).toBeUndefined()
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        code: 12,
        message: expect.stringContaining('/v1/traces'),
      })
      expect(server.received).toEqual([])
    },
  )

  it('a POST to / is told which path is missing', async () => {
    await using server = await httpServer()
    const answer = await post(server.address, { path: '/' })
    expect(readStatus(answer.body).message).toContain('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT needs /v1/traces')
  })

  it('a browser that opens / is told what this server is, and the operator hears nothing', async () => {
    await using server = await httpServer()
    const accept = 'text/html,application/xhtml+xml'
    const page = await fetch(`${server.address}/`, { headers: { accept } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(await page.text()).toContain('POST /v1/traces')
    const head = await fetch(`${server.address}/`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const others = ['/favicon.ico', '/v1/traces'].map((path) => fetch(`${server.address}${path}`))
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([404, 405])
    expect(server.refused).toEqual([])
  })

  it.each([undefined, 'invalid', 'text/plain', 'application/protobuf', ''])(
    'R8: content type %s is 415',
    async (type) => {
      await using server = await httpServer()
      const head = type === undefined ? '' : `content-type: ${type}\r\n`
      const answer = await rawExchange(
        server.port,
        `POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${head}content-length: 2\r\n\r\n{}`,
      )
      expect(answer).toMatch(/^HTTP\/1.1 415 /)
      expect(answer).toContain('content-type: application/json\r\n')
      expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({
        code: 12,
        message: expect.stringContaining('application/x-protobuf and application/json'),
      })
    },
  )

  it.each(['GET', 'PUT', 'PATCH', 'HEAD', 'DELETE', 'OPTIONS'])('R9: %s is 405 with Allow', async (method) => {
    await using server = await httpServer()
    const answer = await post(server.address, { method, headers: { 'content-type': 'text/plain' } })
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } })
  })

  it('R10: metrics are accepted, thrown away and told of', async () => {
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

  it('probes: /healthz is the process, /readyz what it can do', async () => {
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

  it('listens on IPv6, and says so in its address', async () => {
    await using server = await httpServer({ host: '::1' })
    expect(server.address).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await post(server.address)).status).toBe(200)
  })

  it('a port that is taken is the operator’s mistake', async () => {
    await using server = await httpServer()
    await expect(httpServer({ port: server.port })).rejects.toThrow(Misconfigured)
  })
})

describe('answers', () => {
  it('R11 R45: full success is no byte of protobuf or {}, in the media type of the request exactly', async () => {
    await using server = await httpServer()
    const protobuf = await post(server.address, { body: message })
    const asJson = await post(server.address, {
      headers: { 'content-type': 'Application/JSON; charset=utf-8' },
      body: '{}',
    })
    expect([protobuf.body.length, protobuf.headers['content-type']]).toEqual([0, 'application/x-protobuf'])
    expect([asJson.body.toString(), asJson.headers['content-type']]).toEqual(['{}', 'application/json'])
    expect(protobuf.headers['content-encoding']).toBeUndefined()
  })

  it('R48: partial success, byte for byte', async () => {
    await using server = await httpServer({ receive: async () => ({ rejected: 2, message: 'two' }) })
    const protobuf = await post(server.address)
    expect(protobuf.status).toBe(200)
    expect(protobuf.body).toEqual(Buffer.from([0x0a, 7, 0x08, 2, 0x12, 3, 0x74, 0x77, 0x6f]))
    expect(readReceipt('traces', protobuf.body)).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: 'two' },
    })
    const traces = await post(server.address, { headers: json, body: '{}' })
    expect(traces.body.toString()).toBe('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"two"}}')
    const logs = await post(server.address, { path: '/v1/logs', headers: json, body: '{}' })
    expect(logs.body.toString()).toBe('{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"two"}}')
  })

  it('R49: a warning has no count', async () => {
    await using server = await httpServer({ receive: async () => ({ rejected: 0, message: 'but' }) })
    expect((await post(server.address, { headers: json, body: '{}' })).body.toString()).toBe(
      '{"partialSuccess":{"errorMessage":"but"}}',
    )
    expect((await post(server.address)).body).toEqual(Buffer.from([0x0a, 5, 0x12, 3, 0x62, 0x75, 0x74]))
  })

  it('R52: what is no OTLP is 400 with a BadRequest, in either format', async () => {
    await using server = await httpServer({ receive: () => Promise.reject(new Malformed('no OTLP')) })
    const expected = { code: 3, message: 'no OTLP' }
    const badRequest = {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'body', description: 'no OTLP' }],
    }
    const protobuf = await post(server.address)
    const asJson = await post(server.address, { headers: json, body: '1234' })
    expect([protobuf.status, protobuf.headers['content-type']]).toEqual([400, 'application/x-protobuf'])
    expect([asJson.status, asJson.headers['content-type']]).toEqual([400, 'application/json'])
    expect(readStatus(protobuf.body)).toEqual({ ...expected, details: [badRequest] })
    expect(JSON.parse(asJson.body.toString())).toEqual({ ...expected, details: [badRequest] })
    expect(protobuf.headers['retry-after']).toBeUndefined()
  })

  it('R39 R40: unavailable is 503 with Retry-After and RetryInfo in whole seconds', async () => {
    await using server = await httpServer({
      receive: () => Promise.reject(new Unavailable('away', { retryAfterSeconds: 1.5 })),
    })
    const protobuf = await post(server.address)
    expect(protobuf).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(readStatus(protobuf.body)).toMatchObject({
      code: 14,
      message: 'away',
      details: [{ retryDelay: { seconds: '2' } }],
    })
    const asJson = JSON.parse((await post(server.address, { headers: json, body: '{}' })).body.toString())
    expect(asJson.details).toEqual([{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }])
  })

  it.each([
    ['a bug', async () => Promise.reject(new TypeError('secret of the house')), 1],
    ['no error at all', async () => Promise.reject('secret of the house'), 1],
    ['our configuration', async () => Promise.reject(new Misconfigured('secret of the house')), 0],
    ['a bug before the first await', throwing, 1],
  ])(
    'R54: %s is 503, never 500, and the operator hears of it where it is unexpected',
    async (_, receive, unexpected) => {
      await using server = await httpServer({ receive })
      const answer = await post(server.address, { headers: json, body: '{}' })
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
      expect(answer.body.toString()).not.toContain('secret')
      expect(server.unexpected).toHaveLength(unexpected)
    },
  )

  it('R42: a receive that outlives the answer is 503; its own end, even a bad one, harms nobody', async () => {
    const late = gate()
    await using server = await httpServer({ receive: () => late.opened, answerTimeoutMs: 50 })
    const answer = await post(server.address, { body: message })
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(server.budget.held(), 'the bytes are held as long as somebody may read them').toBeGreaterThan(0)
    late.fail(new TypeError('late'))
    await expect.poll(() => server.budget.held()).toBe(0)
    expect(server.unexpected).toMatchObject([{ message: 'late' }])
  })

  it('the tenant is told by the headers', async () => {
    await using server = await httpServer({ tenantOf: (header) => header('x-team') ?? 'nobody' })
    await post(server.address, { headers: { 'X-Team': 'acme' } })
    await post(server.address)
    expect(server.received.map(({ tenant }) => tenant)).toEqual(['acme', 'nobody'])
  })

  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', /no HTTP\/1.1 request/],
    ['gRPC', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/],
    ['TLS', Buffer.from('160301020001', 'hex'), /must begin with http:\/\//],
  ])('%s gets a 400 with a Status, and the operator is told', async (_, bytes, words) => {
    await using server = await httpServer()
    const answer = await rawExchange(server.port, bytes)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toEqual({ code: 3, message: expect.stringMatching(words) })
    expect(server.refused).toEqual([expect.stringMatching(words)])
  })

  it('the operator is told of what is refused for good, and not of what will come again', async () => {
    const errors = [new Malformed('no OTLP'), new Unavailable('away')]
    await using server = await httpServer({
      receive: async () => {
        throw errors.pop()
      },
    })
    for (const path of ['/v1/traces', '/v1/traces', '/v1/trace']) await post(server.address, { path })
    expect(server.refused).toEqual(['no OTLP', expect.stringContaining('Nothing is received at /v1/trace:')])
  })
})

describe('connections', () => {
  it('R6 R20: both formats take turns on one connection, which stays for 75 s', async () => {
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

  it('R12: a chunked body without a length', async () => {
    await using server = await httpServer()
    const head =
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const answer = await rawExchange(server.port, head, '1\r\n{\r\n', '1\r\n}\r\n', '0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(Buffer.from(server.received[0]!.body).toString()).toBe('{}')
  })

  it('R13: a sender that expects a 100 gets it, then sends', async () => {
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
  ])('R13: %s comes before the body where it can', async (status, headers) => {
    await using server = await httpServer({ lingerMs: 100 })
    const answer = await rawExchange(
      server.port,
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n${headers}\r\n\r\n`,
    )
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/connection: close\r\n/i)
  })

  it('R43: 200 requests at once are all answered, in any order', async () => {
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

  it('a sender that breaks off leaves nothing behind', async () => {
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

  it('a request that never ends is closed without an answer', async () => {
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
  it('R44: what is in flight is answered, what comes after isn’t taken, what is idle is closed', async () => {
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

  it('a receive that never ends is cut off after the time for it', async () => {
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

describe('limits', () => {
  it.each([
    [0, 200],
    [1, 413],
  ])('R34 R35: the limit and %s bytes more, plain, inflated and chunked, are %s', async (more, status) => {
    await using server = await httpServer({ maxRequestBytes: MiB })
    const body = Buffer.alloc(MiB + more, ' ')
    const gzip = { ...json, 'content-encoding': 'gzip' }
    const chunked = { ...json, 'transfer-encoding': 'chunked' }
    for (const [headers, sent] of [
      [json, body],
      [gzip, zlib.gzipSync(body)],
      [chunked, body],
    ] as const) {
      const answer = await post(server.address, { headers, body: sent })
      expect(answer.status).toBe(status)
      expect(answer.headers['retry-after']).toBeUndefined()
      if (status === 413)
        expect(JSON.parse(answer.body.toString())).toEqual({ code: 8, message: expect.stringContaining('1048576') })
      if (status === 413) expect(answer.headers.connection).toBe('close')
    }
    expect(server.budget.held()).toBe(0)
  })

  it('R34: compressed bytes that inflate to nothing are counted too', async () => {
    await using server = await httpServer({ maxRequestBytes: 4096 })
    const nothing = Buffer.concat(Array.from({ length: 300 }, () => zlib.gzipSync('')))
    const headers = { ...json, 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }
    expect((await post(server.address, { headers, body: nothing })).status).toBe(413)
  })

  it('R36: a sender that writes 20 times too much before it reads gets its 413', async () => {
    await using server = await httpServer({ maxRequestBytes: MiB })
    for (const headers of [json, { ...json, 'transfer-encoding': 'chunked' }]) {
      const answer = await post(server.address, { headers, body: Buffer.alloc(20 * MiB, ' ') })
      expect(answer.status).toBe(413)
    }
  })

  it('R36: 1 GiB of zeros in 1 MiB of gzip keeps memory flat', async () => {
    await using server = await httpServer()
    const headers = { ...json, 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }
    const bomb = await gzipBomb(1024 * MiB)
    expect(bomb.length).toBeLessThan(2 * MiB)
    const before = process.memoryUsage.rss()
    let most = before
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 2)
    const answer = await post(server.address, { headers, body: bomb })
    clearInterval(watch)
    expect(answer.status).toBe(413)
    expect((most - before) / MiB).toBeLessThan(200)
    expect(server.budget.held()).toBe(0)
  })

  it('R37: what doesn’t fit into the budget is asked to come again, and there is room again after it', async () => {
    const end = gate()
    await using server = await httpServer({ budget: openBudget(20 * MiB), receive: () => end.opened })
    const posts = Array.from({ length: 50 }, () =>
      post(server.address, { headers: json, body: Buffer.alloc(2 * MiB, ' ') }),
    )
    await expect.poll(() => server.budget.held()).toBeGreaterThan(2 * MiB)
    const peak = watchPeak(() => server.budget.held())
    await expect
      .poll(async () => (await settledNow(posts)).filter(({ status }) => status === 503).length)
      .toBeGreaterThan(20)
    end.open(full)
    const answers = await Promise.all(posts)
    expect(peak()).toBeLessThanOrEqual(20 * MiB)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
    for (const { status, headers } of answers) if (status === 503) expect(headers['retry-after']).toBe('1')
    expect(server.budget.held()).toBe(0)
    expect((await post(server.address)).status).toBe(200)
  })

  it('a body of single bytes costs no more than itself', async () => {
    await using server = await httpServer({ budget: openBudget(64 * 1024) })
    const head =
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const answer = await rawExchange(server.port, head, '1\r\n \r\n'.repeat(30_000), '0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(server.received[0]!.body.length).toBe(30_000)
  })
})

/** The gzip of so many zeros, made without holding them. */
async function gzipBomb(bytes: number): Promise<Buffer> {
  const gzip = zlib.createGzip({ level: 9 })
  const chunks: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk))
  const zeros = Buffer.alloc(MiB)
  for (let written = 0; written < bytes; written += MiB) if (!gzip.write(zeros)) await once(gzip, 'drain')
  gzip.end()
  await once(gzip, 'end')
  return Buffer.concat(chunks)
}

/** The greatest value seen since. */
function watchPeak(value: () => number): () => number {
  let peak = value()
  const watch = setInterval(() => (peak = Math.max(peak, value())), 1)
  return () => {
    clearInterval(watch)
    return peak
  }
}

async function settledNow(promises: readonly Promise<Answer>[]): Promise<Answer[]> {
  const values = await Promise.all(promises.map((promise) => Promise.race([promise, pause(1, null)])))
  return values.filter((value) => value !== null)
}

function throwing(): Promise<never> {
  throw new TypeError('secret of the house')
}
