import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

/** Drops ids that name no conversation: that of the last response (responses API), and that of a history provider. */
function conversation(item: Item): string | undefined {
  const id = firstValue(item, ['gen_ai.conversation.id'], asName)
  return id === null || /^(resp_|agent_framework_)/.test(id) ? undefined : id
}

/** Microsoft Agent Framework, in Python and .NET (docs/dialects.md §15.1, docs/dialects.md §15.2). */
export const agentFramework: Dialect = {
  ...genai,
  name: 'Microsoft Agent Framework',
  about: { seen: 'Python 1.23.0', signals: 'traces', silent: '' },
  detect: {
    scopes: ['agent_framework', 'Experimental.Microsoft.Agents.AI', 'Microsoft.Agents.AI.', 'Microsoft.Agents.AI'],
  },
  kinds: [
    { kind: 'workflow', name: /^(workflow\.(run|session)|workflow_invoke)\b/ },
    { kind: 'task', name: /^executor\.process\b/ },
    { kind: 'plain', name: /^(workflow\.build|edge_group\.process|message\.send)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    workflowName: ['workflow.name', 'workflow_builder.name'],
    session: ['session.id'],
    conversation: [conversation],
    // .NET writes `name(id)` into the span name
    agent: ['gen_ai.agent.name', ({ name }) => /^invoke_agent ([^()]+)\(/.exec(name)?.[1]],
  },
}
