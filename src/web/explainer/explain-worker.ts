import { parentPort, workerData } from 'node:worker_threads'
import { calcPrice } from '@pydantic/genai-prices'
import { mappingOf } from '../../assemble.ts'
import type { Config } from '../../config/settings.ts'
import { openReaders, openServers } from '../../databases.ts'
import { messageOf } from '../../errors.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import { explainRuns, type SpanPlace } from './explain-run.ts'

/** What the thread is asked: the tree of a run, or one of its spans. */
export type ExplainQuestion = { readonly id: number; readonly tenant: string } & (
  | { readonly workflow: string }
  | { readonly place: SpanPlace }
)

/** What the thread answers. `code` is the SQLSTATE of a database that failed. */
export type ExplainAnswer =
  | { readonly id: number; readonly json: string | null }
  | {
      readonly id: number
      readonly error: string
      readonly kind: string | undefined
      readonly code: string | undefined
    }

const { config } = workerData as { readonly config: Config }
const servers = await openServers(config)
const readers = openReaders(config, servers)
const explainer = explainRuns({
  readerOf: (tenant) => readers.of(tenant),
  price: createPrices(calcPrice, config.prices).price,
  mapping: mappingOf(config),
})

async function answer(question: ExplainQuestion): Promise<ExplainAnswer> {
  const { id, tenant } = question
  try {
    const json = await ('workflow' in question
      ? explainer.tree(tenant, question.workflow)
      : explainer.span(tenant, question.place))
    return { id, json }
  } catch (error) {
    const { kind, cause } = error as { readonly kind?: string; readonly cause?: { readonly code?: string } }
    return { id, error: messageOf(error), kind, code: cause?.code }
  }
}

// one after the other: a run of 100,000 spans takes most of the memory that the thread may have
let last: Promise<void> = Promise.resolve()
parentPort!.on('message', (question: ExplainQuestion) => {
  last = last.then(async () => parentPort!.postMessage(await answer(question)))
})
