import type { Kind } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  conversation: 'workflow',
  multi_conversation: 'workflow',
  agent: 'agent',
  llm: 'llm',
  tool: 'tool',
  // waits for people, messages between agents, and what a hub does
  human_input: 'plain',
  speaker_selection: 'plain',
  code_execution: 'plain',
  envelope: 'plain',
  channel: 'plain',
  task: 'plain',
  agent_lifetime: 'plain',
  agent_event: 'plain',
}

function usageKindOf(item: Item): string | null {
  return firstValue(item, ['ag2.usage.kind'], asName)
}

/**
 * AG2, the successor of AutoGen. A span `record_usage` repeats a call that has a span of its own (`model_call`), or is the
 * only report of one: of the calls of a worker, or to sum up the history (docs/dialects.md §15.6).
 */
export const ag2: Dialect = {
  ...genai,
  name: 'AG2',
  about: { seen: 'its source', signals: 'traces', silent: 'workflow ids; calls of a live session' },
  detect: { scopes: ['opentelemetry.instrumentation.ag2'], keys: ['ag2.span.type'] },
  kinds: [
    { kind: 'plain', when: (item) => usageKindOf(item) === 'model_call' },
    { kind: 'llm', has: ['ag2.usage.kind'] },
    { key: 'ag2.span.type', values: spanTypes },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    total: [...genaiFields.total!, 'ag2.usage.total_tokens'],
  },
  usage: {
    ...genai.usage,
    role: (item, kind) => {
      if (usageKindOf(item) === 'subtask') return 'aggregate'
      // a conversation sums up what its agents used over their lives
      return kind === 'workflow' ? 'lifetime' : null
    },
  },
}
