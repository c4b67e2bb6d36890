import type { Kind } from '../facts/facts.ts'
import { answeredIn, askedIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { idsBelow } from '../table/metadata-ids.ts'
import type { Reading } from '../table/reading.ts'
import { treeOrText } from '../table/reading.ts'
import { genai, genaiFields } from './genai.ts'

const operations: Readonly<Record<string, Kind>> = {
  chat: 'llm',
  embeddings: 'embedding',
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'workflow',
}

/** The loop around a model's calls and its steps say nothing that the agent or the calls don't. */
const spanTypes: Readonly<Record<string, Kind>> = { workflow_step: 'task' }

const metadata = idsBelow('mastra.metadata.')

const runs = ['mastra.agent_run', 'mastra.workflow_run', 'mastra.workflow_step'] as const

function heard({ attributes }: Reading): ReturnType<typeof askedIn> {
  return askedIn(runs.map((run) => attributes.get(`${run}.input`)).find((input) => input !== undefined))
}

function said(reading: Reading): ReturnType<typeof answeredIn> {
  const key = runs.map((run) => `${run}.output`).find((output) => reading.attributes.has(output))
  return key === undefined ? undefined : answeredIn(treeOrText(reading, key))
}

/** Mastra, through its exporter. */
export const mastra: Dialect = {
  ...genai,
  name: 'Mastra',
  about: { seen: 'otel-exporter 1.0 and 1.4', signals: 'traces', silent: '' },
  detect: { keys: ['mastra.span.type'] },
  kinds: [
    { key: 'gen_ai.operation.name', values: operations },
    { key: 'mastra.span.type', values: spanTypes },
    { kind: 'plain' },
  ],
  fields: {
    ...genaiFields,
    ...metadata,
    user: [...metadata.user, 'mastra.metadata.resourceId'],
    // a thread, and on all spans
    conversation: [...genaiFields.conversation!, ...metadata.conversation],
    // as exporters up to 1.0 name them
    cacheRead: [...genaiFields.cacheRead!, 'gen_ai.usage.cached_input_tokens'],
    cacheWrite: [...genaiFields.cacheWrite!, 'gen_ai.usage.cache_write_tokens'],
    status: ['mastra.workflow_run.status', 'mastra.workflow_step.status'],
  },
  // its extractor has brought every provider's counters into one form
  usage: { ...genai.usage, trust: 20, trustByScope: [], cache: 'included', reasoning: 'included' },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, heard],
    output: [...genai.messages!.output, said],
  },
}
