import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportBytes, grpcClient } from '../accept/servers.ts'
import {
  type Changes,
  isCollectorBuilt,
  type Part,
  printConfig,
  queueFolder,
  startCollector,
  type TestCollector,
  throughHttp,
} from '../support/collector.ts'
import { spawnReceiver, type TestReceiver } from '../support/command.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freePort, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'

const names = recordingNames('hand-', 'oaiofficial')
const recorded = names.flatMap(requestsOf)
// Some hundred small requests, parents after children, some of them twice or unfinished.
const scattered = rearrange(piecesOf(names), { seed: 1, duplicate: 0.3, variants: 0.2, batch: 2 })

// So that the test is shorter than the Collector's patience.
const impatient = { retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' } }

/** Of the exporter over gRPC: what otel-config.yaml doesn't say. */
const overGrpc: readonly [string, Part][] = [
  ['as it is', {}],
  ['zstd', { compression: 'zstd' }],
  ['snappy', { compression: 'snappy' }],
  ['uncompressed', { compression: 'none' }],
  ['cut to 5 spans', { sending_queue: { batch: { sizer: 'items', min_size: 5, max_size: 5 } } }],
  ['cut to 20 kB', { sending_queue: { batch: { min_size: 20_000, max_size: 20_000 } } }],
]

const overHttp: readonly [string, Part][] = [
  ['gzip', {}],
  ['zstd', { compression: 'zstd' }],
  ['snappy', { compression: 'snappy' }],
  ['x-snappy-framed', { compression: 'x-snappy-framed' }],
  ['deflate', { compression: 'deflate' }],
  ['zlib', { compression: 'zlib' }],
  ['uncompressed', { compression: 'none' }],
  ['JSON', { encoding: 'json' }],
  [
    'JSON in zstd, cut to 5 spans',
    { encoding: 'json', compression: 'zstd', sending_queue: { batch: { sizer: 'items', min_size: 5, max_size: 5 } } },
  ],
]

describe.runIf(isCollectorBuilt)('through the real Collector', () => {
  let expected: string
  beforeAll(async () => {
    expected = await direct(recorded)
  })

  test('otel-config.yaml is valid, and nothing in it is deprecated', async () => {
    const { config, said } = await printConfig()
    expect(said).toBe('')
    expect(config).toMatchObject({
      receivers: {
        otlp: { protocols: { grpc: { endpoint: '127.0.0.1:4317' }, http: { endpoint: '127.0.0.1:4318' } } },
      },
      processors: { memory_limiter: {} },
      exporters: {
        otlp_grpc: {
          retry_on_failure: { max_elapsed_time: 0 },
          sending_queue: { storage: 'file_storage', block_on_overflow: true },
        },
      },
      service: {
        extensions: ['file_storage', 'health_check'],
        pipelines: { traces: { processors: ['memory_limiter'] }, logs: { processors: ['memory_limiter'] } },
      },
    })
  })

  test.each(overGrpc)('recordings arrive whole and single over gRPC: %s', async (_, exporter) => {
    await forwarded(expected, () => [{ exporters: { otlp_grpc: exporter } }])
  })

  test.each(overHttp)('and over HTTP: %s', async (_, exporter) => {
    await forwarded(expected, ({ http }) => throughHttp(http, exporter))
  })
})

describe.runIf(isCollectorBuilt)('a Collector and a receiver that come and go', () => {
  test('what the one has accepted the other has in the end, once', async () => {
    const expected = await direct(scattered)
    const parts = [0, 1, 2, 3].map((part) => scattered.filter((_, index) => index % 4 === part))
    await using queue = await queueFolder()
    await using database = await freshDatabase()
    await using client = await connect(database.url)
    const ledger = `127.0.0.1:${await freePort()}`
    const settings = { SPANLEDGER_GRPC_LISTEN: ledger }
    const forwarding = { queue: queue.path, ledger, changes: [{ exporters: { otlp_grpc: impatient } }] }
    const eventsOver = (count: number) => expect.poll(() => eventsIn(client)).toBeGreaterThan(count)

    // The receiver isn't there yet, and the Collector is killed with all that it has accepted.
    await using first = await startCollector(forwarding)
    await sendAll(parts[0]!, [first.http])
    await first.end('SIGKILL')
    await using collector = await startCollector({ ...forwarding, ports: first.ports })
    await using killed = await spawnReceiver(database.url, settings)
    await eventsOver(0)

    const second = sendAll(parts[1]!, [collector.http])
    await eventsOver(await eventsIn(client))
    killed.process.kill('SIGKILL')
    await Promise.all([killed.exited, second])

    await using stopped = await spawnReceiver(database.url, settings)
    const third = sendAll(parts[2]!, [collector.http])
    await eventsOver(await eventsIn(client))
    stopped.process.kill('SIGTERM')
    await Promise.all([stopped.exited, third])

    await using _receiver = await spawnReceiver(database.url, settings)
    const fourth = sendAll(parts[3]!, [collector.http])
    await eventsOver(await eventsIn(client))
    await collector.end('SIGKILL')
    await using again = await startCollector({ ...forwarding, ports: first.ports })
    expect(await fourth).toMatchObject({ ok: parts[3]!.length, failed: [] })

    await expect.poll(() => dumpLedger(client)).toBe(expected)
    for (const { output } of [first, collector, again]) expect(output()).not.toContain('Dropping')
  })
})

const standIn = isCollectorBuilt
  ? 'what a Collector once sent'
  : 'NO COLLECTOR HERE, all above is left out (npm run collector:build): what one once sent stands in'

describe(standIn, () => {
  test.each(recordingNames('collector-'))('%s', async (name) => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    expect(await sendAll(requestsOf(name), [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
    // As its senders may have sent it: a span a request, in another order.
    expect(await dumpLedger(client)).toBe(await direct(rearrange(piecesOf([name]), { seed: 1, batch: 1 })))
  })
})

async function eventsIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from event_logs')
  return rows[0]?.count ?? 0
}

/** Sends what is recorded through a Collector; the ledger behind it must become the one expected. */
async function forwarded(expected: string, changes: (to: TestReceiver) => readonly Changes[]): Promise<void> {
  await using queue = await queueFolder()
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  await using collector = await startCollector({ queue: queue.path, ledger: receiver.grpc, changes: changes(receiver) })
  await sendBothWays(recorded, collector)
  await expect.poll(() => dumpLedger(client)).toBe(expected)
  expect(collector.output()).not.toMatch(/Dropping|deprecat/i)
}

/** Protobuf over gRPC, the rest over HTTP. */
async function sendBothWays(requests: readonly OtlpRequest[], collector: TestCollector): Promise<void> {
  using sender = grpcClient(collector.grpc)
  const binary = requests.filter(({ format }) => format === 'protobuf')
  for (const { body, signal } of binary) await exportBytes(sender.client, body, { signal })
  const sent = await sendAll(
    requests.filter((request) => !binary.includes(request)),
    [collector.http],
  )
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
}

async function direct(requests: readonly OtlpRequest[]): Promise<string> {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  expect(await sendAll(requests, [receiver.http], { parallel: 4 })).toMatchObject({ failed: [], rejected: 0 })
  return await dumpLedger(client)
}
