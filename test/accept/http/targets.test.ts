import { describe, expect, it } from 'vitest'
import { readStatus } from '../oracle.ts'
import { httpServer, post, rawExchange } from '../servers.ts'

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
  ])('R3 R5 R6 R7: %s receives %s as %s', async (path, signal, type, format) => {
    await using server = await httpServer()
    const answer = await post(server.address, { path, headers: { 'content-type': type }, body: message })
    expect(answer.status).toBe(200)
    expect(server.received).toMatchObject([{ signal, format, tenant: '' }])
    expect(Buffer.from(server.received[0]!.body)).toEqual(message)
  })

  it.each(['/V1/TRACES', '/', '//', '/v1/profiles', '/v1', '/v1/traces/x', '/x/v1/traces', '/v1/trace%73'])(
    'R5: %s is 404 and no redirect',
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

  it('R5: the answer to a POST to / names the missing path', async () => {
    await using server = await httpServer()
    const answer = await post(server.address, { path: '/' })
    expect(readStatus(answer.body).message).toContain('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT needs /v1/traces')
  })

  it('a browser that opens / gets what this server is, and nothing is reported', async () => {
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
})
