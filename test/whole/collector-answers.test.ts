import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ExportRequest, Receipt } from '../../src/accept/answers/receipt.ts'
import { openBudget } from '../../src/accept/body/budget.ts'
import { Malformed, TooLarge, Unavailable } from '../../src/errors.ts'
import { full, gate, grpcServer, httpServer, MiB } from '../accept/servers.ts'
import { type Changes, isCollectorBuilt, queueFolder, startCollector, throughHttp } from '../support/collector.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freePort } from '../support/postgres.ts'
import { sendAll } from '../support/send.ts'

type Receive = (request: ExportRequest) => Promise<Receipt>
type Options = NonNullable<Parameters<typeof grpcServer>[0]>
type TestServer = Awaited<ReturnType<typeof grpcServer>>

// The Collector comes again when we ask it to, in a second, or sooner where it didn't hear that.
const impatient = {
  retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' },
  sending_queue: { batch: { flush_timeout: '20ms' } },
}

/** The two ways from a Collector to a server: how that is opened, and what the Collector must be told. */
const ways: readonly [string, (options: Options) => Promise<TestServer>, (port: number) => readonly Changes[]][] = [
  ['gRPC', grpcServer, () => [{ exporters: { otlp_grpc: impatient } }]],
  ['HTTP', httpServer, (port) => throughHttp(`http://127.0.0.1:${port}`, impatient)],
]

const rejecting =
  (error: unknown): Receive =>
  () =>
    Promise.reject(error)

const done: readonly [string, Receive][] = [
  ['full success', async () => full],
  ['partial success', async () => ({ rejected: 1, message: 'one is bad' })],
  ['a warning', async () => ({ rejected: 0, message: 'take care' })],
]
const dropped: readonly [string, Receive][] = [
  ['what is malformed', rejecting(new Malformed('no OTLP'))],
  ['what is too large', rejecting(new TooLarge('too many spans'))],
]
const again: readonly [string, Receive][] = [
  ['what can’t be stored now', rejecting(new Unavailable('away'))],
  ['a bug of ours', rejecting(new TypeError('oh'))],
  ['what isn’t stored in time', () => new Promise(() => {})],
]

describe.runIf(isCollectorBuilt).each(ways)('what a Collector does with our answers over %s', (_, open, changes) => {
  /** A Collector before a server whose first answer is this one; every later one is a full success. */
  async function forwarding(first: Receive, options: Options = {}) {
    // The runs that were handed on, in order.
    const received: string[] = []
    const receive: Receive = (request) => {
      received.push(runIn(request))
      return received.length === 1 ? first(request) : Promise.resolve(full)
    }
    const port = await freePort()
    const server = await open({ ...options, port, receive })
    const queue = await queueFolder()
    const collector = await startCollector({ queue: queue.path, ledger: server.address, changes: changes(port) })
    return {
      received,
      output: collector.output,
      stop: server.stop,
      /** The same server again, in the state of a new process. */
      reopen: () => open({ port, receive }),
      async send(id: string, bytes = 0) {
        const text = randomBytes(bytes).toString('hex')
        const run = smallRun(id).map((span) => ({ ...span, attributes: { ...span.attributes, text } }))
        expect(await sendAll([tracesRequest(run)], [collector.http])).toMatchObject({ ok: 1 })
      },
      async [Symbol.asyncDispose]() {
        await collector.end('SIGKILL')
        await server.stop()
        await queue[Symbol.asyncDispose]()
      },
    }
  }

  test.each(done)('%s: it goes on', async (_, receive) => {
    await using forward = await forwarding(receive)
    await forward.send('first')
    await expect.poll(() => forward.received).toEqual(['first'])
    await forward.send('second')
    await expect.poll(() => forward.received).toEqual(['first', 'second'])
    expect(forward.output()).not.toMatch(/Dropping|Will retry/)
  })

  test.each(dropped)('%s: it drops that and goes on', async (_, receive) => {
    await using forward = await forwarding(receive)
    await forward.send('first')
    await expect.poll(forward.output).toContain('Dropping data')
    await forward.send('second')
    await expect.poll(() => forward.received).toEqual(['first', 'second'])
  })

  test.each(again)('%s: it comes again', async (_, receive) => {
    await using forward = await forwarding(receive, { answerTimeoutMs: 200 })
    await forward.send('first')
    await expect.poll(() => forward.received).toEqual(['first', 'first'])
    expect(forward.output()).toContain('Will retry')
    expect(forward.output()).not.toContain('Dropping')
  })

  test('what there is no memory for, in the middle of a long message: it comes again', async () => {
    const budget = openBudget(32 * MiB)
    const others = budget.lease()
    others.take(31 * MiB)
    await using forward = await forwarding(async () => full, { budget })
    await forward.send('first', MiB)
    await expect.poll(forward.output).toContain('Will retry')
    expect(forward.received).toEqual([])
    others.release()
    await expect.poll(() => forward.received).toEqual(['first'])
    expect(forward.output()).not.toContain('Dropping')
  })

  test('a stop: what is in flight is answered, and the rest goes to whoever comes after', async () => {
    const end = gate()
    await using forward = await forwarding(() => end.opened)
    await forward.send('first')
    await expect.poll(() => forward.received).toEqual(['first'])
    const stopped = forward.stop()
    await forward.send('second')
    end.open(full)
    await stopped
    await using _door = await forward.reopen()
    await expect.poll(() => forward.received).toEqual(['first', 'second'])
    expect(forward.output()).not.toContain('Dropping')
  })

  test('a stop that can’t wait: what was in flight comes again', async () => {
    await using forward = await forwarding(() => new Promise(() => {}), { shutdownTimeoutMs: 50 })
    await forward.send('first')
    await expect.poll(() => forward.received).toEqual(['first'])
    await forward.stop()
    await using _door = await forward.reopen()
    await expect.poll(() => forward.received).toEqual(['first', 'first'])
    expect(forward.output()).not.toContain('Dropping')
  })
})

/** The run that a request is of, whatever its format. */
function runIn({ body }: ExportRequest): string {
  return /first|second/.exec(Buffer.from(body).toString('latin1'))?.[0] ?? ''
}
