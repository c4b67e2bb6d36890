import { Worker } from 'node:worker_threads'
import type { Config } from '../../config/settings.ts'
import { Misconfigured, Unavailable } from '../../errors.ts'
import type { RunExplainer, SpanPlace } from './explain-run.ts'
import type { ExplainAnswer, ExplainQuestion } from './explain-worker.ts'

/** Explains runs, until it is disposed of. */
export interface OpenExplainer extends RunExplainer, AsyncDisposable {}

/** The memory of the thread: a run of 100,000 spans takes about half. */
const mostMegabytes = 2_048
/** A thread without work ends, and gives its memory back. */
const idleMs = 60_000
const answerWithinMs = 120_000

interface Waiting {
  readonly resolve: (json: string | null) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * Explains runs in a thread of its own, which is started at the first question: to settle a run of 100,000 spans takes
 * seconds, in which the receiver must answer senders.
 */
export function openExplainer(config: Config): OpenExplainer {
  let thread: ExplainThread | undefined
  const ask = (question: Omit<ExplainQuestion, 'id'> & ({ workflow: string } | { place: SpanPlace })) => {
    thread ??= new ExplainThread(config, () => {
      thread = undefined
    })
    return thread.ask(question)
  }
  return {
    tree: (tenant, workflow) => ask({ tenant, workflow }),
    span: (tenant, place) => ask({ tenant, place }),
    async [Symbol.asyncDispose]() {
      await thread?.end()
    },
  }
}

class ExplainThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #idle: NodeJS.Timeout | undefined

  constructor(config: Config, onEnd: () => void) {
    this.#worker = new Worker(new URL('./explain-worker.js', import.meta.url), {
      workerData: { config },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    })
    this.#worker.unref()
    this.#worker.on('message', (answer: ExplainAnswer) => this.#answer(answer))
    const end = (error: Error) => {
      onEnd()
      for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error)
    }
    this.#worker.on('error', (error: NodeJS.ErrnoException) => end(threadError(error)))
    this.#worker.on('exit', () => end(new Unavailable('What explains runs has ended; ask again.')))
  }

  ask(question: Omit<ExplainQuestion, 'id'>): Promise<string | null> {
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

  #answer(answer: ExplainAnswer): void {
    const waiting = this.#take(answer.id)
    if ('error' in answer) waiting?.reject(errorOf(answer))
    else waiting?.resolve(answer.json)
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.end(), idleMs).unref()
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
