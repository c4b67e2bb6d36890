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

/** What people write into the context of an agent or workflow. */
function inContext(field: keyof (typeof contexts)[number]): readonly Source[] {
  return contexts.flatMap((ids) => ids[field])
}

/** A workflow's steps have its execution's id too, but not its context, which may name the run otherwise. */
const execution: Source = {
  key: 'workflow.execution.id',
  read: ({ attributes }) => (attributes.has('span.type') ? undefined : attributes.get('workflow.execution.id')),
}

/** A conversation's title is asked for beside the run, and in nobody's sum. */
function isTitle({ attributes }: Item): boolean {
  return attributes.get('llm.operation') === 'generateTitle'
}

/** What an agent does has the agent's name too, and with it what its sub-agents do. */
function agentOf({ attributes }: Item): Tree | undefined {
  const type = attributes.get('span.type')
  return type === undefined || type === 'agent' ? attributes.get('entity.name') : undefined
}

/** VoltAgent. Its agents have the sums of all their calls, its model calls the numbers of the last one. */
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
    // memory, guardrails, scorers: what has a type of its own is part of the entity that it names
    { kind: 'plain', has: ['span.type'] },
    { key: 'entity.type', values: { agent: 'agent', workflow: 'workflow' } },
  ],
  fields: {
    // an operation's id is another one for every agent
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
    // a workflow that was cancelled ends well, by its span
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
