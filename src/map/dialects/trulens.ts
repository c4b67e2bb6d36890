import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect, Fields } from '../table/dialect.ts'
import { treeOrText } from '../table/item.ts'
import type { Source } from '../table/source.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  record_root: 'workflow',
  record: 'workflow',
  generation: 'llm',
  agent: 'agent',
  tool: 'tool',
  mcp: 'tool',
}

const cost = (name: string): string => `ai.observability.cost.${name}`

/** A cost is dollars unless it says otherwise. */
const dollars: Source = {
  key: cost('cost'),
  read: ({ attributes }) =>
    /^(USD|undefined)$/.test(String(attributes.get(cost('currency')))) ? attributes.get(cost('cost')) : undefined,
}

const ids: Fields = {
  session: ['ai.observability.session_id'],
  user: ['ai.observability.user_id'],
}

/** TruLens (semantic conventions `ai.observability.*`). */
export const trulens: Dialect = {
  name: 'TruLens',
  about: { seen: 'its source', signals: 'traces', silent: 'cached tokens' },
  detect: { keys: ['ai.observability.span_type'] },
  kinds: [{ key: 'ai.observability.span_type', values: spanTypes }, { kind: 'plain' }],
  fields: {
    ...ids,
    agent: ['gen_ai.agent.name', ({ name }) => name],
    model: [cost('model')],
    prompt: [cost('num_prompt_tokens')],
    completion: [cost('num_completion_tokens')],
    total: [cost('num_tokens')],
    reasoning: [cost('num_reasoning_tokens')],
    cost: [dollars],
    tool: ['ai.observability.mcp.tool_name', ({ name }) => name],
    toolInput: ['ai.observability.mcp.input_arguments', 'ai.observability.call.kwargs'],
    toolOutput: ['ai.observability.mcp.output_content', 'ai.observability.call.return'],
  },
  usage: {
    roles: { llm: 'call' },
    trust: 20,
    cache: 'included',
    reasoning: 'included',
    zeroCost: 'unknown',
  },
  messages: {
    input: [(item) => inputMessagesIn(treeOrText(item, 'ai.observability.record_root.input'))],
    output: [(item) => outputMessagesIn(treeOrText(item, 'ai.observability.record_root.output'))],
  },
}
