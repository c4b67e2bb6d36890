import { describe, expect, it } from 'vitest'
import { Malformed, Misconfigured, Unavailable } from '../../../src/errors.ts'
import { readReceipt, readStatus } from '../oracle.ts'
import { gate, httpServer, post, rawExchange } from '../servers.ts'

const json = { 'content-type': 'application/json' }
const message = Buffer.from('what a request says')

describe('answers', () => {
  it('R11 R45: a full success is no byte of protobuf or {}, in the exact media type of the request', async () => {
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

  it('R48: the bytes of a partial success', async () => {
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

  it('R49: a warning is a message without a count', async () => {
    await using server = await httpServer({ receive: async () => ({ rejected: 0, message: 'but' }) })
    expect((await post(server.address, { headers: json, body: '{}' })).body.toString()).toBe(
      '{"partialSuccess":{"errorMessage":"but"}}',
    )
    expect((await post(server.address)).body).toEqual(Buffer.from([0x0a, 5, 0x12, 3, 0x62, 0x75, 0x74]))
  })

  it('R52: a body that is no OTLP is 400 with a BadRequest, in either format', async () => {
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
    ['a bug', async () => Promise.reject(new TypeError('secret of the server')), 1],
    ['a value that is no error', async () => Promise.reject('secret of the server'), 1],
    ['a wrong configuration', async () => Promise.reject(new Misconfigured('secret of the server')), 0],
    ['a bug before the first await', throwing, 1],
  ])('R54: %s is 503, never 500, and reported where it is unexpected', async (_, receive, unexpected) => {
    await using server = await httpServer({ receive })
    const answer = await post(server.address, { headers: json, body: '{}' })
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(answer.body.toString()).not.toContain('secret')
    expect(server.unexpected).toHaveLength(unexpected)
  })

  it('R42: a receive that outlives its deadline is 503, and its late error is reported', async () => {
    const late = gate()
    await using server = await httpServer({ receive: () => late.opened, answerTimeoutMs: 50 })
    const answer = await post(server.address, { body: message })
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(server.budget.held(), 'the bytes are held as long as receive may read them').toBeGreaterThan(0)
    late.fail(new TypeError('late'))
    await expect.poll(() => server.budget.held()).toBe(0)
    expect(server.unexpected).toMatchObject([{ message: 'late' }])
  })

  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', /no HTTP\/1.1 request/],
    ['gRPC', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/],
    ['TLS', Buffer.from('160301020001', 'hex'), /must begin with http:\/\//],
  ])('%s gets a 400 with a Status, and is reported', async (_, bytes, words) => {
    await using server = await httpServer()
    const answer = await rawExchange(server.port, bytes)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toEqual({ code: 3, message: expect.stringMatching(words) })
    expect(server.refused).toEqual([expect.stringMatching(words)])
  })

  it('a request that is refused for good is reported, one that will be retried is not', async () => {
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

function throwing(): Promise<never> {
  throw new TypeError('secret of the server')
}
