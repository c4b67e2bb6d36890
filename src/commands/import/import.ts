import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Receipt } from '../../accept/answers/receipt.ts'
import { askForMonths } from '../../budgets/ask-for-months.ts'
import type { Config } from '../../config/settings.ts'
import { Misconfigured, messageOf, SpanledgerError, Unavailable } from '../../errors.ts'
import { mostDecodedBytes, openRequestHandler, type RequestHandler } from '../../receiver/request-handler.ts'
import { openPipeline } from '../../receiver.ts'
import { refreshRollups } from '../../rollups/refresh.ts'
import { oneServer } from '../../store/tenants/tenant-servers.ts'
import { escapedText } from '../../terminal-text.ts'
import type { TouchedUsage } from '../../transaction/touched-usage.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { FileMessage } from './file-message.ts'
import { inOrderOfWriting } from './file-order.ts'
import { checkImportFormat } from './foreign/foreign-messages.ts'
import { signalOf } from './message-signal.ts'
import { countingEvents, type ImportOutcome, nothingImported, outcomeText } from './outcome.ts'
import { openProgress } from './progress.ts'
import { openSource, readMessages } from './read-messages.ts'

const someNotTaken = 3
const interrupted = 130

/**
 * Messages that wait for their COMMIT at once, and their bytes: the next is read when there is room. More than are decoded
 * at a time would wait for that, and a receiver whose requests wait saves memory at the cost of speed (receiver/garbage.ts).
 */
const mostWaiting = 64
const mostWaitingBytes = mostDecodedBytes
/** How long a database that is away, or a queue that is full, is waited for. */
const patienceMs = 300_000

/** Makes rows of OTLP that the Collector has written into files, as a receiver does of what arrives. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { args, terminal, switches, write, writeError } = input
  // no sender waits for an answer: a message of which a part were given back would be stored again, and counted twice
  const config: Config = { ...input.config, beginWithinMs: patienceMs }
  const files = inOrderOfWriting(args.length === 0 ? ['-'] : args)
  const totalBytes = sizeOf(files)
  const skip = skipOption(input)
  const format = checkImportFormat(input.options.get('format')?.[0] ?? null)
  const tenant = tenantOption(input)
  await using database = await openForReading(input, tenant)
  const outcome: ImportOutcome = { ...nothingImported, totalBytes }
  const events = countingEvents(config, outcome, writeError)
  const servers = oneServer(database, config.databaseUrl === null ? 1 : config.lanes)
  const hours = new Set<number>()
  const onUsage = (_: string, touched: TouchedUsage) => {
    for (const hour of touched.hours) hours.add(hour)
  }
  const pipeline = openPipeline(config, events, servers, config.budgets.length === 0 ? undefined : onUsage)
  const handler = openRequestHandler(pipeline, servers, config)
  const stopping = stopSignal(terminal.closed)
  const importing = new Importing({ handler, tenant, outcome, skip, format, stop: stopping.signal, writeError })
  {
    using _ = openProgress(outcome, writeError, process.stderr.isTTY && terminal.width !== null)
    for (const file of files) if (!stopping.signal.aborted) await importing.file(file)
    await importing.settled()
  }
  stopping[Symbol.dispose]()
  await pipeline.queue.drained()
  await handler.stop()
  await pipeline.moves.stop()
  if (hours.size > 0) await askForMonths(database, hours)
  await refreshRollups(database)
  const { totalBytes: _, ...told } = outcome
  if (switches.has('json')) write(`${JSON.stringify({ ...told, next: importing.place })}\n`)
  else write(outcomeText(outcome))
  if (stopping.signal.aborted) {
    writeError(`Stopped. To go on: spanledger import --skip ${importing.place} with the same files.\n`)
    return interrupted
  }
  return outcome.refused + outcome.unreadable === 0 ? undefined : someNotTaken
}

interface ImportingOptions {
  readonly handler: RequestHandler
  readonly tenant: string
  readonly outcome: ImportOutcome
  /** Messages that an earlier import has committed. */
  readonly skip: number
  /** As `--format` names it; null: it is found out. */
  readonly format: string | null
  readonly stop: AbortSignal
  readonly writeError: CommandInput['writeError']
}

/** Files on their way into the ledger, several messages at a time. */
class Importing {
  /** All messages before this number, of all files in their order, are committed or were told of. */
  place = 0
  readonly #options: ImportingOptions
  readonly #waiting = new Map<number, Promise<void>>()
  #waitingBytes = 0
  #read = 0

  constructor(options: ImportingOptions) {
    this.#options = options
  }

  async file(file: string): Promise<void> {
    const { outcome, stop, skip, writeError } = this.#options
    const onBytes = (bytes: number) => {
      outcome.bytes += bytes
    }
    const source = openSource(file)
    // a pipe may give nothing for hours
    const end = () => source.destroy()
    stop.addEventListener('abort', end, { once: true })
    const messages = readMessages(source, { path: file, format: this.#options.format, onBytes })
    try {
      for await (const message of messages) {
        if (stop.aborted) return
        const number = this.#read++
        if (number < skip) this.#settle(number)
        else await this.#begin(number, file, message)
      }
    } catch (error) {
      if (stop.aborted && !(error instanceof Unavailable)) return
      if (!(error instanceof SpanledgerError) && !isOfCompression(error)) throw error
      if (error instanceof Unavailable) throw error
      outcome.unreadable += 1
      writeError(
        `${escapedText(file)}, message ${this.#read + 1}: ${messageOf(error)}. The rest of the file is left out.\n`,
      )
    } finally {
      stop.removeEventListener('abort', end)
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#waiting.values())
  }

  async #begin(number: number, file: string, message: FileMessage): Promise<void> {
    const bytes = message.body.length
    while (
      this.#waiting.size >= mostWaiting ||
      (this.#waitingBytes + bytes > mostWaitingBytes && this.#waiting.size > 0)
    )
      await Promise.race(this.#waiting.values())
    this.#waitingBytes += bytes
    const stored = this.#store(number, file, message).finally(() => {
      this.#waitingBytes -= bytes
      this.#waiting.delete(number)
      this.#settle(number)
    })
    // an error is thrown by who waits for all of them
    stored.catch(() => {})
    this.#waiting.set(number, stored)
  }

  async #store(number: number, file: string, { format, body, withoutTokenKinds = 0 }: FileMessage): Promise<void> {
    const { outcome, tenant, handler, writeError } = this.#options
    const signal = signalOf(format, body)
    outcome.messages += 1
    outcome.withoutTokenKinds += withoutTokenKinds
    if (signal === 'metrics') {
      outcome.metrics += 1
      return
    }
    try {
      const request = { signal, format, transport: 'http', tenant, body } as const
      await patiently(() => handler.receive(request))
    } catch (error) {
      if (!(error instanceof SpanledgerError) || error instanceof Unavailable) throw error
      outcome.unreadable += 1
      writeError(`${escapedText(file)}, message ${number + 1}: ${error.message}\n`)
    }
  }

  #settle(number: number): void {
    this.#done.add(number)
    while (this.#done.delete(this.place)) this.place += 1
  }

  readonly #done = new Set<number>()
}

async function patiently(receive: () => Promise<Receipt>): Promise<Receipt> {
  const lastMs = performance.now() + patienceMs
  for (;;) {
    try {
      return await receive()
    } catch (error) {
      if (!(error instanceof Unavailable) || performance.now() > lastMs) throw error
      await pause(200)
    }
  }
}

function isOfCompression(error: unknown): boolean {
  return (
    error instanceof Error &&
    (('code' in error && /^(Z_|ENOENT|EISDIR|EACCES)/.test(String(error.code))) ||
      /magic|zstd|ends too early/i.test(error.message))
  )
}

/** The bytes of all files; null where standard input is one of them. */
function sizeOf(files: readonly string[]): number | null {
  if (files.includes('-')) return null
  return files.reduce((sum, file) => {
    try {
      return sum + statSync(file).size
    } catch (error) {
      throw new Misconfigured(`${file} can't be read: ${messageOf(error)}`)
    }
  }, 0)
}

function skipOption({ options }: CommandInput): number {
  const text = options.get('skip')?.[0] ?? '0'
  if (!/^\d{1,15}$/.test(text)) throw new Misconfigured(`--skip can't be ${text}: it takes a number of messages.`)
  return Number(text)
}

/** Aborted by Ctrl-C: what is on its way is committed first. */
function stopSignal(closed: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop)
  closed.addEventListener('abort', stop, { once: true })
  if (closed.aborted) stop()
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.removeListener('SIGINT', stop)
      closed.removeEventListener('abort', stop)
    },
  }
}
