import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { parsePython } from '../values/python-repr.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

/** The agent's name on all spans that belong to no agent. */
const placeholder = 'OpenAI Agent'

function agentOf(item: Item): string | undefined {
  const agent = firstValue(item, ['gen_ai.agent.name'], asName)
  return agent === null || agent === placeholder ? undefined : agent
}

function isInvocation(item: Item): boolean {
  return firstValue(item, ['gen_ai.operation.name'], asName) === 'invoke_agent'
}

const outputs = 'gen_ai.output.messages'

/** Returns the output messages, in which a tool call is a text: Python's `repr` of the SDK's own object. */
function outputMessages(item: Item): Tree | undefined {
  const messages = treeOf(item, outputs)
  if (!isList(messages)) return undefined
  return messages.map((message) => {
    const parts = child(message, 'parts')
    return isList(parts) && isRecord(message)
      ? { role: child(message, 'role') ?? null, parts: parts.map(callIn) }
      : message
  })
}

function callIn(part: Tree): Tree {
  const content = child(part, 'content')
  if (typeof content !== 'string' || !content.startsWith('Response')) return part
  return parsePython(content) ?? part
}

/** OpenTelemetry's first instrumentation of the OpenAI Agents SDK; its successor follows the conventions (docs/dialects.md §18.4). */
export const openaiAgents: Dialect = {
  ...genai,
  name: 'OpenAI Agents (OTel)',
  about: {
    seen: "OpenTelemetry's and OpenLLMetry's instrumentation, Python",
    signals: 'traces',
    silent: 'why a tool failed; cached and reasoning tokens',
  },
  // the instrumentation of OpenLLMetry has the same scope
  detect: {
    scopes: ['opentelemetry.instrumentation.openai_agents'],
    without: ['traceloop.'],
  },
  kinds: [
    // the trace is an agent without a name, which always ends well
    { kind: 'workflow', when: (item) => isInvocation(item) && agentOf(item) === undefined },
    // the spans of tasks and turns
    { kind: 'plain', name: /^unknown$/ },
    ...genai.kinds,
  ],
  fields: { ...genaiFields, workflowName: [], agent: [agentOf] },
  messages: { ...genai.messages!, output: [{ key: outputs, read: outputMessages }] },
  endsWell: (_, kind) => kind === 'workflow',
}
