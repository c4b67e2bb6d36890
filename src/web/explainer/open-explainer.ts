import { Worker } from 'node:worker_threads'
import type { Config } from '../../config/settings.ts'
import { Misconfigured, Unavailable } from '../../errors.ts'
import { findTraces, readStoredBytes } from '../../transaction/read/read-traces.ts'
import { type ExplainOptions, explainRuns, type SpanPlace, type ThreadedExplainer } from './explain-run.ts'
import type { ExplainAnswer, ExplainQuestion } from './explain-worker.ts'

/** Explains runs, until it is disposed of. */
export interface OpenExplainer extends ThreadedExplainer, AsyncDisposable {}

/** The memory of the thread: a run of 100,000 spans takes about half. */
const mostMegabytes = 2_048
/** A thread without work ends, and gives its memory back. */
const idleMs = 60_000
const answerWithinMs = 120_000
/** What is no larger in the ledger is explained at once: some hundred spans, which take some milliseconds. */
const mostBytesAtOnce = 200_000
/** The spans of small runs that stay in memory. */
const mostStored = 2_000

interface Waiting {
  readonly resolve: (json: string | null) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * Explains small runs at once, and others in a thread of its own: to settle a run of 100,000 spans takes seconds, in which
 * the receiver must answer senders. The thread is there while the page is open somewhere, and while it has work.
 */
export function openExplainer(config: Config, options: ExplainOptions): OpenExplainer {
  const atOnce = explainRuns(options, mostStored)
  let thread: ExplainThread | undefined
  let kept = 0
  const ready = (): ExplainThread => {
    thread ??= new ExplainThread(config, (isIdle) => {
      thread = undefined
      // a new one has none of the spans of the last
      if (isIdle && kept > 0) ready()
    })
    return thread
  }
  const isSmall = async (tenant: string, id: string) => {
    const database = options.readerOf(tenant)
    return (await readStoredBytes(database, await findTraces(database, id))) <= mostBytesAtOnce
  }
  return {
    tree: async (tenant, workflow) =>
      (await isSmall(tenant, workflow)) ? atOnce.tree(tenant, workflow) : ready().ask({ tenant, workflow }),
    span: async (tenant, place) =>
      (await isSmall(tenant, place.trace)) ? atOnce.span(tenant, place) : ready().ask({ tenant, place }),
    keepReady() {
      kept += 1
      ready()
      return {
        [Symbol.dispose]() {
          kept -= 1
          if (kept === 0) thread?.rest()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      kept = 0
      await thread?.end()
    },
  }
}

class ExplainThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #idle: NodeJS.Timeout | undefined
  #isIdle = false

  /** `onEnd` is told whether the thread has ended for want of work. */
  constructor(config: Config, onEnd: (isIdle: boolean) => void) {
    this.#worker = new Worker(new URL('./explain-worker.js', import.meta.url), {
      workerData: { config },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    })
    this.#worker.unref()
    this.#worker.on('message', (answer: ExplainAnswer) => this.#answer(answer))
    const end = (error: Error) => {
      onEnd(this.#isIdle)
      for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error)
    }
    this.#worker.on('error', (error: NodeJS.ErrnoException) => end(threadError(error)))
    this.#worker.on('exit', () => end(new Unavailable('What explains runs has ended; ask again.')))
  }

  ask(question: Omit<ExplainQuestion, 'id'> & ({ workflow: string } | { place: SpanPlace })): Promise<string | null> {
    clearTimeout(this.#idle)
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const timer = setTimeout(() => {
        reject(new Unavailable('It takes too long to explain this run.'))
        void this.end()
      }, answerWithinMs).unref()
      this.#waiting.set(id, { resolve, reject, timer })
      this.#worker.postMessage({ ...question, id })
    })
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#worker.terminate()
  }

  /** Ends the thread after a while, unless it has work. */
  rest(): void {
    clearTimeout(this.#idle)
    if (this.#waiting.size > 0) return
    this.#idle = setTimeout(() => {
      this.#isIdle = true
      void this.end()
    }, idleMs).unref()
  }

  #answer(answer: ExplainAnswer): void {
    const waiting = this.#take(answer.id)
    if ('error' in answer) waiting?.reject(errorOf(answer))
    else waiting?.resolve(answer.json)
    this.rest()
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    return waiting
  }
}

function threadError(error: NodeJS.ErrnoException): Error {
  return error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new Unavailable('The spans of this run are too many for the memory that may be taken for it.')
    : error
}

function errorOf({ error, kind, code }: Extract<ExplainAnswer, { error: string }>): Error {
  const cause = code === undefined ? undefined : Object.assign(new Error(error), { code })
  if (kind === 'configuration') return new Misconfigured(error, { cause })
  return kind === 'unavailable' ? new Unavailable(error, { cause }) : new Error(error)
}
