import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { metricNames, metricOf } from '../../src/metrics/metric-table.ts'
import { exportBytes, grpcClient } from '../accept/servers.ts'
import { spawnReceiver } from '../support/command.ts'
import { openGate } from '../support/gate.ts'
import { promtool, runPromtool, type Samples, scrape, sumOf } from '../support/metrics.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freePort, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { requestsOf } from '../support/recordings.ts'
import { send, sendAll } from '../support/send.ts'

const prompt = 'the prompt that no line of a log may hold'
let database: TestDatabase
let samples: Samples
let text: string
let log: readonly string[]

/** A span of a run with one span that nobody can store, and one that a later version of the same id contradicts. */
function withFaults() {
  const [root, call] = smallRun('wf-faults')
  return [root!, { ...call!, attributes: { ...call!.attributes, prompt } }, { ...call!, traceId: '00', name: prompt }]
}

/** A receiver that has committed, has got duplicates, has refused, and has given back while its database was away. */
beforeAll(async () => {
  database = await freshDatabase()
  await using gate = await openGate()
  const { port } = new URL(database.url)
  gate.leadTo(Number(port))
  const url = Object.assign(new URL(database.url), { port: String(gate.port) }).href
  await using receiver = await openTestReceiver(url, {
    SPANLEDGER_ANSWER_TIMEOUT_MS: '1000',
    SPANLEDGER_BEGIN_WITHIN_MS: '300',
    SPANLEDGER_METRICS_TENANTS: '2',
  })
  const requests = requestsOf('claude-code-http')
  expect(await sendAll([...requests, ...requests], [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  expect(await sendAll([tracesRequest(withFaults())], [receiver.http])).toMatchObject({ rejected: 1 })
  const [root] = smallRun('unused')
  expect(await sendAll([tracesRequest([{ ...root!, attributes: {} }])], [receiver.http])).toMatchObject({ rejected: 0 })
  using client = grpcClient(receiver.grpc)
  for (const { signal, body } of requestsOf('gemini-cli-grpc')) await exportBytes(client.client, body, { signal })
  expect(
    (await send({ signal: 'traces', format: 'json', body: Buffer.from(`{"${prompt}"`) }, receiver.http)).status,
  ).toBe(400)
  // the months are looked at beside the start
  const isLookedAt = async () => sumOf((await scrape(receiver.http)).samples, 'spanledger_partitions_ahead') === 3
  await vi.waitUntil(isLookedAt, { timeout: 120_000 })
  gate.refuse()
  expect((await send(tracesRequest(smallRun('wf-away')), receiver.http)).status).toBe(503)
  ;({ samples, text } = await scrape(receiver.http))
  log = receiver.log
})

afterAll(() => database?.[Symbol.asyncDispose]())

describe('received = committed + unrelated + duplicate + refused + given back', () => {
  test.each([
    ['traces', 'http'],
    ['logs', 'http'],
    ['traces', 'grpc'],
  ])('of %s over %s', (signal, transport) => {
    const received = sumOf(samples, 'spanledger_received_spans_total', { signal, transport })
    expect(received).toBeGreaterThan(0)
    expect(sumOf(samples, 'spanledger_spans_total', { signal, transport })).toBe(received)
  })

  test.each(['committed', 'unrelated', 'duplicate', 'refused', 'given_back'])('%s occurs', (outcome) => {
    expect(sumOf(samples, 'spanledger_spans_total', { outcome })).toBeGreaterThan(0)
  })

  test('with the reasons of what was not committed', () => {
    expect(sumOf(samples, 'spanledger_spans_total', { outcome: 'refused', reason: 'invalid-trace-id' })).toBe(1)
    expect(sumOf(samples, 'spanledger_spans_total', { outcome: 'given_back', reason: 'database' })).toBe(2)
  })

  test('by tenant, where that is asked for', () => {
    const received = sumOf(samples, 'spanledger_received_spans_total')
    expect(sumOf(samples, 'spanledger_tenant_spans_total', { tenant: 'default' })).toBe(received)
  })
})

test('each span is counted under its dialect', () => {
  const mapped = sumOf(samples, 'spanledger_received_spans_total') - 1 // one is refused before it is mapped
  expect(sumOf(samples, 'spanledger_dialect_spans_total')).toBe(mapped)
  expect(sumOf(samples, 'spanledger_dialect_spans_total', { dialect: 'Claude Code' })).toBeGreaterThan(0)
})

test('requests are counted by their answers', () => {
  for (const answer of ['ok', 'partial_success', 'malformed', 'unavailable'])
    expect(sumOf(samples, 'spanledger_requests_total', { answer }), answer).toBeGreaterThan(0)
})

test('batches, locks, connections and the database that is away are seen', () => {
  expect(sumOf(samples, 'spanledger_commit_seconds_count')).toBeGreaterThan(0)
  expect(sumOf(samples, 'spanledger_commit_spans_sum')).toBeGreaterThan(0)
  expect(sumOf(samples, 'spanledger_lock_wait_seconds_count', { lock: 'traces' })).toBeGreaterThan(0)
  expect(sumOf(samples, 'spanledger_databases_away')).toBe(1)
  expect(sumOf(samples, 'spanledger_partitions_ahead')).toBe(3)
  expect(sumOf(samples, 'spanledger_cache_requests_total')).toBeGreaterThan(0)
  expect(sumOf(samples, 'spanledger_inflight_bytes')).toBe(0)
})

test('a histogram counts each value once, in the bucket of its bound and all above', () => {
  const buckets = [...samples].filter(([name]) => name.startsWith('spanledger_commit_spans_bucket'))
  const counts = buckets.map(([, count]) => count)
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  expect(counts.at(-1)).toBe(sumOf(samples, 'spanledger_commit_spans_count'))
})

test('each metric of the table is shown with its help and type, and no other', () => {
  const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  expect(shown).toEqual(metricNames.map((name) => `${name} ${metricOf(name).type}`))
})

test.skipIf(promtool === undefined)('promtool finds no fault in the text', () => {
  expect(runPromtool(['check', 'metrics'], text)).toBe('')
})

test('no line of the log, and no metric, holds what a sender wrote into a span', () => {
  expect(log.length).toBeGreaterThanOrEqual(3)
  expect(log.join('')).not.toContain(prompt)
  expect(text).not.toContain(prompt)
})

test('a scrape shows the sum over all processes, those included that have died, and so does what is pushed by OTLP', async () => {
  await using other = await freshDatabase()
  const pushed: Buffer[] = []
  const collector = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    pushed.push(Buffer.concat(chunks))
    response.setHeader('content-type', 'application/x-protobuf').end()
  })
  const port = await freePort()
  collector.listen(port, '127.0.0.1')
  const endpoint = `http://127.0.0.1:${port}/v1/metrics`
  {
    await using receiver = await spawnReceiver(other.url, {
      SPANLEDGER_PROCESSES: '2',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    })
    const requests = Array.from({ length: 20 }, (_, i) => tracesRequest(smallRun(`wf-${i}`)))
    await sendAll(requests, [receiver.http], { parallel: 4 })
    const seen = (await scrape(receiver.http)).samples
    expect(sumOf(seen, 'spanledger_processes')).toBe(2)
    expect(sumOf(seen, 'spanledger_received_spans_total')).toBe(40)
    const [worker] = workersOf(receiver.process.pid!)
    process.kill(worker!, 'SIGKILL')
    // its place is taken, and what it has counted stays
    const scraped = async () => {
      const { samples } = await scrape(receiver.http)
      const hasNew = !workersOf(receiver.process.pid!).includes(worker!) && sumOf(samples, 'spanledger_processes') === 2
      return [hasNew, sumOf(samples, 'spanledger_received_spans_total'), sumOf(samples, 'spanledger_spans_total')]
    }
    await expect.poll(scraped, { timeout: 20_000 }).toEqual([true, 40, 40])
    await expect.poll(() => pushed.length, { timeout: 20_000 }).toBeGreaterThan(0)
  }
  collector.closeAllConnections()
  collector.close()
  expect(pushed.some((body) => body.includes('spanledger_received_spans_total'))).toBe(true)
}, 60_000)

/** The ids of the processes that another one has started. */
function workersOf(pid: number): number[] {
  return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)
}
