import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openBudget } from '../../../src/accept/body/budget.ts'
import { type Answer, full, gate, httpServer, MiB, post, rawExchange } from '../servers.ts'

const json = { 'content-type': 'application/json' }

describe('the limits of a body', () => {
  const limit = MiB
  const ways = [
    ['plain', json, (body: Buffer) => body],
    ['compressed', { ...json, 'content-encoding': 'gzip' }, (body: Buffer) => zlib.gzipSync(body)],
    ['chunked', { ...json, 'transfer-encoding': 'chunked' }, (body: Buffer) => body],
  ] as const

  it.each(ways)('R34: a body as long as the limit is accepted, %s', async (_, headers, encode) => {
    await using server = await httpServer({ maxRequestBytes: limit })
    const answer = await post(server.address, { headers, body: encode(Buffer.alloc(limit, ' ')) })
    expect(answer.status).toBe(200)
    expect(server.received[0]!.body).toHaveLength(limit)
    expect(server.budget.held()).toBe(0)
  })

  it.each(ways)('R35: a body one byte over the limit is 413 for good, %s', async (_, headers, encode) => {
    await using server = await httpServer({ maxRequestBytes: limit })
    const answer = await post(server.address, { headers, body: encode(Buffer.alloc(limit + 1, ' ')) })
    expect(answer.status).toBe(413)
    expect(answer.headers['retry-after']).toBeUndefined()
    expect(JSON.parse(answer.body.toString())).toEqual({ code: 8, message: expect.stringContaining('1048576') })
    expect([server.received, server.budget.held()]).toEqual([[], 0])
  })

  it('R34: compressed bytes that decompress to nothing are counted as well', async () => {
    await using server = await httpServer({ maxRequestBytes: 4096 })
    const nothing = Buffer.concat(Array.from({ length: 300 }, () => zlib.gzipSync('')))
    const headers = { ...json, 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }
    expect((await post(server.address, { headers, body: nothing })).status).toBe(413)
  })

  it('R36: a sender that writes 20 times the limit before it reads gets its 413', async () => {
    await using server = await httpServer({ maxRequestBytes: MiB })
    for (const headers of [json, { ...json, 'transfer-encoding': 'chunked' }]) {
      const answer = await post(server.address, { headers, body: Buffer.alloc(20 * MiB, ' ') })
      expect(answer.status).toBe(413)
    }
  })

  it('R36: 1 GiB of zeros in 1 MiB of gzip fills no memory', async () => {
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

  it('R37: requests over the budget are 503, and the budget is free again after the others', async () => {
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
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(20)
    expect(new Set(refused.map(({ headers }) => headers['retry-after']))).toEqual(new Set(['1']))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50 - refused.length)
    expect(server.budget.held()).toBe(0)
    expect((await post(server.address)).status).toBe(200)
  })

  it('R37: a body in chunks of one byte is counted by its bytes', async () => {
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
