import { describe, expect, it } from 'vitest'
import { Unavailable } from '../../../src/errors.ts'
import { type Answer, httpServer, post } from '../servers.ts'

const origin = 'https://app.example.com'
const json = { 'content-type': 'application/json' }

function preflight(base: string, from: string, path = '/v1/traces'): Promise<Answer> {
  const headers = {
    origin: from,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,content-encoding,x-api-key,traceparent',
  }
  return post(base, { method: 'OPTIONS', path, headers })
}

function corsHeaders({ headers }: Answer): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'vary')
}

describe('a page of a named origin', () => {
  it.each(['/v1/traces', '/v1/logs', '/v1/metrics'])(
    'may send to %s, with all headers that it asks for',
    async (path) => {
      await using server = await httpServer({ corsOrigins: ['https://other.example.com', origin] })
      const answer = await preflight(server.address, origin, path)
      expect(answer).toMatchObject({ status: 204, body: Buffer.alloc(0) })
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type,content-encoding,x-api-key,traceparent',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '7200',
        vary: 'origin',
      })
      expect(server.received).toEqual([])
    },
  )

  it('may read every answer', async () => {
    const answers = [
      { receive: async () => ({ rejected: 0, message: '' }), status: 200 },
      { receive: () => Promise.reject(new Unavailable('away')), status: 503 },
    ]
    for (const { receive, status } of answers) {
      await using server = await httpServer({ corsOrigins: [origin], receive })
      const answer = await post(server.address, { headers: { ...json, origin }, body: '{}' })
      expect(answer.status).toBe(status)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'retry-after',
        vary: 'origin',
      })
    }
  })

  it('may read that its path or method is wrong', async () => {
    await using server = await httpServer({ corsOrigins: [origin] })
    expect(await preflight(server.address, origin, '/v1/trace')).toMatchObject({
      status: 404,
      headers: { 'access-control-allow-origin': origin },
    })
    expect(await post(server.address, { method: 'OPTIONS', headers: { origin } })).toMatchObject({ status: 405 })
  })
})

describe('a page of any other origin', () => {
  it.each(['https://app.example.com.evil.org', 'http://app.example.com', 'null'])(
    'of %s may not send',
    async (other) => {
      await using server = await httpServer({ corsOrigins: [origin] })
      const answers = [
        await preflight(server.address, other),
        await post(server.address, { headers: { ...json, origin: other }, body: '{}' }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([204, 200])
      for (const answer of answers) expect(corsHeaders(answer)).toEqual(['vary'])
    },
  )

  it('may send where * is set, but without credentials', async () => {
    await using server = await httpServer({ corsOrigins: ['*', origin] })
    const other = await preflight(server.address, 'https://other.example.com')
    expect(other).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } })
    expect(other.headers).not.toHaveProperty('access-control-allow-credentials')
    const named = await preflight(server.address, origin)
    expect(named.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
    })
  })
})

describe('an answer has no header of CORS', () => {
  it('for a sender that is no browser, but vary', async () => {
    await using server = await httpServer({ corsOrigins: ['*'] })
    expect(corsHeaders(await post(server.address, { headers: json, body: '{}' }))).toEqual(['vary'])
  })

  it('where no origins are set', async () => {
    await using server = await httpServer()
    const answers = [
      await preflight(server.address, origin),
      await post(server.address, { headers: { ...json, origin }, body: '{}' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([405, 200])
    for (const answer of answers) expect(corsHeaders(answer)).toEqual([])
  })
})
