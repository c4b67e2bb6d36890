import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOrText } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import type { Source } from '../table/source.ts'
import type { Tree } from '../values/tree.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  agent: 'agent',
  llm: 'llm',
  tool: 'tool',
  'workflow-step': 'task',
}

const contexts = [idsInJson('agent.context'), idsInJson('workflow.context')]

/** Returns the sources of an id that applications write into the context of an agent or workflow. */
function inContext(field: keyof (typeof contexts)[number]): readonly Source[] {
  return contexts.flatMap((ids) => ids[field])
}

/** Reads the execution id on a workflow's own span only: its steps have it too, but lack the context with the run's id. */
const execution: Source = {
  key: 'workflow.execution.id',
  read: ({ attributes }) => (attributes.has('span.type') ? undefined : attributes.get('workflow.execution.id')),
}

/** Whether a call generates the title of a conversation, which runs beside the run and is in no agent's sum. */
function isTitle({ attributes }: Item): boolean {
  return attributes.get('llm.operation') === 'generateTitle'
}

/** Returns the agent's name on its own span; spans of its work and of its sub-agents have it too. */
function agentOf({ attributes }: Item): Tree | undefined {
  const type = attributes.get('span.type')
  return type === undefined || type === 'agent' ? attributes.get('entity.name') : undefined
}

/** VoltAgent. An agent has the sum of its calls, a model call the counters of the last call (docs/dialects.md §11). */
export const voltagent: Dialect = {
  name: 'VoltAgent',
  about: { seen: 'core 2.10', signals: 'traces', silent: "tokens by call: only an agent's total" },
  detect: {
    scopes: ['@voltagent/core', 'voltagent-core'],
    keys: ['voltagent.', 'subagent.name', 'agent.state', 'workflow.execution.id'],
    with: ['span.type', 'entity.type'],
  },
  kinds: [
    { key: 'span.type', values: spanTypes },
    // memory, guardrails and scorers: a span with any other type is part of the entity that it names
    { kind: 'plain', has: ['span.type'] },
    { key: 'entity.type', values: { agent: 'agent', workflow: 'workflow' } },
  ],
  fields: {
    // without the operation's id, which differs between the agents of a run
    workflowId: [...inContext('workflowId'), execution],
    user: ['user.id', ...inContext('user')],
    session: ['conversation.id', 'voltagent.conversation_id', ...inContext('session')],
    conversation: inContext('conversation'),
    tenant: inContext('tenant'),
    agent: ['subagent.name', agentOf],
    provider: ['ai.model.provider', 'llm.provider'],
    model: ['ai.model.name', 'llm.model', 'llm.model_id'],
    prompt: ['usage.prompt_tokens', 'llm.usage.prompt_tokens'],
    completion: ['usage.completion_tokens', 'llm.usage.completion_tokens'],
    total: ['usage.total_tokens', 'llm.usage.total_tokens'],
    cacheRead: ['usage.cached_tokens', 'llm.usage.cached_tokens'],
    reasoning: ['usage.reasoning_tokens', 'llm.usage.reasoning_tokens'],
    cost: ['usage.cost'],
    tool: ['tool.name'],
    callId: ['tool.call.id'],
    toolInput: ['input'],
    toolOutput: ['output'],
    // the status of a cancelled workflow's span is not an error
    status: ['workflow.state', 'workflow.step.state', 'agent.state'],
    error: ['error.message'],
  },
  usage: {
    roles: { agent: 'own', llm: 'last-step' },
    role: (item) => (isTitle(item) ? 'own' : null),
    trust: 20,
    cache: 'included',
    reasoning: 'included',
    zeroCost: 'unknown',
  },
  messages: {
    input: [({ attributes }) => inputMessagesIn(attributes.get('input'))],
    output: [(item) => outputMessagesIn(treeOrText(item, 'output'))],
  },
}
