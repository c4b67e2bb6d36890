import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { treeOrText } from '../table/item.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  flow: 'workflow',
  llm: 'llm',
  embedding: 'embedding',
  tool: 'plain',
  function: 'plain',
  retrieval: 'plain',
}

/** PromptFlow; a flow's `__computed__.*` sums up what lies below it. */
export const promptflow: Dialect = {
  name: 'PromptFlow',
  about: { seen: 'its documentation', signals: 'traces', silent: 'agents, tools, cached tokens' },
  detect: {
    keys: ['span_type'],
    with: ['framework'],
    when: ({ attributes }) => attributes.get('framework') === 'promptflow',
  },
  kinds: [{ key: 'span_type', values: spanTypes }, { kind: 'plain' }],
  fields: {
    user: ['user_id'],
    session: ['session.id'],
    model: ['llm.model', 'embedding.model'],
    responseModel: ['llm.response.model', 'embedding.response.model'],
    responseId: ['llm.response.id'],
    prompt: ['llm.usage.prompt_tokens', 'embedding.usage.prompt_tokens', '__computed__.cumulative_token_count.prompt'],
    completion: ['llm.usage.completion_tokens', '__computed__.cumulative_token_count.completion'],
    total: ['llm.usage.total_tokens', '__computed__.cumulative_token_count.total'],
  },
  usage: {
    roles: { llm: 'call', embedding: 'call', workflow: 'aggregate' },
    trust: 20,
    cache: 'included',
    reasoning: 'included',
    zeroCost: 'unknown',
  },
  messages: {
    input: [(item) => inputMessagesIn(treeOrText(item, 'inputs'))],
    output: [(item) => outputMessagesIn(treeOrText(item, 'output'))],
  },
}
