import type { Kind } from '../facts/facts.ts'
import { child, isList, isRecord, parseJson, type Tree } from '../facts/json.ts'
import { calledWith } from '../messages/function-arguments.ts'
import { answeredIn, askedIn } from '../messages/function-io.ts'
import type { Dialect, KindRule } from '../table/dialect.ts'
import { idsBelow } from '../table/metadata-ids.ts'
import { asName, first, type Inside, type Reading, treeOf, treeOrText, valueAt } from '../table/reading.ts'
import { genai, genaiFields } from './genai.ts'

const kinds: Readonly<Record<string, Kind>> = {
  workflow: 'workflow',
  task: 'task',
  agent: 'agent',
  tool: 'tool',
  session: 'plain',
  handoff: 'plain',
}

/** Before the semantic conventions had an operation. */
const requests: Readonly<Record<string, Kind>> = {
  chat: 'llm',
  completion: 'llm',
  embedding: 'embedding',
  rerank: 'rerank',
}

const properties = idsBelow('traceloop.association.properties.')

function kindOf(reading: Reading): string {
  return first(reading, ['traceloop.span.kind'], asName)?.toLowerCase() ?? ''
}

function gave(...path: readonly string[]): Inside {
  return { key: 'traceloop.entity.output', path }
}

/** Frameworks write each of their steps as a workflow or task; the one that a person means is marked by hand. */
function isStepOfFramework({ scope }: Reading): boolean {
  return /instrumentation[./-](langchain|openai_agents)$/.test(scope)
}

/**
 * The agent that a graph of LangChain's JavaScript is: no span names it, but the last message that comes back does. (In
 * Python it has a span of its own.)
 */
function graphAgent(reading: Reading): string | undefined {
  const output = reading.attributes.get('traceloop.entity.output')
  if (!/-langchain$/.test(reading.scope) || kindOf(reading) !== 'workflow') return undefined
  if (typeof output !== 'string' || !output.startsWith('{"messages":')) return undefined
  const messages = child(treeOf(reading, 'traceloop.entity.output'), 'messages')
  const last = isList(messages) ? messages.at(-1) : undefined
  const path = child(last, 'id')
  const name = child(child(last, 'kwargs'), 'name')
  return isList(path) && path.at(-1) === 'AIMessage' && typeof name === 'string' ? name : undefined
}

const kindRules: readonly KindRule[] = [
  { key: 'gen_ai.operation.name', values: { execute_tool: 'tool', create_agent: 'plain' } },
  { kind: 'agent', when: (reading) => graphAgent(reading) !== undefined },
  { kind: 'workflow', when: (reading) => isStepOfFramework(reading) && kindOf(reading) === 'workflow' && reading.top },
  { kind: 'plain', when: (reading) => isStepOfFramework(reading) && /^(workflow|task)$/.test(kindOf(reading)) },
  { key: 'traceloop.span.kind', values: kinds },
  { key: 'llm.request.type', values: requests },
  ...genai.kinds,
]

function agentOf(reading: Reading): string | undefined {
  const own = kindOf(reading) === 'agent' ? ['traceloop.entity.name'] : []
  return graphAgent(reading) ?? first(reading, [...own, 'gen_ai.agent.name'], asName) ?? undefined
}

/**
 * What a tool was called with: keywords or arguments of a function, the fields of a LangChain callback, or those of an
 * MCP request.
 */
function argumentsOf(reading: Reading): Tree | undefined {
  const key = reading.attributes.has('gen_ai.tool.call.arguments')
    ? 'gen_ai.tool.call.arguments'
    : 'traceloop.entity.input'
  const tree = treeOf(reading, key)
  if (!isRecord(tree)) return valueAt(reading, key)
  if (child(tree, 'input_str') !== undefined) return child(tree, 'inputs') ?? child(tree, 'input_str')
  if (child(tree, 'tool_name') !== undefined) return child(tree, 'arguments')
  const args = isRecord(child(tree, 'kwargs')) ? calledWith(tree) : child(tree, 'args')
  if (args === undefined) return valueAt(reading, key)
  const only = isList(args) && args.length === 1 ? args[0] : undefined
  return typeof only === 'string' ? (parseJson(only) ?? only) : args
}

function heard(reading: Reading): Tree | undefined {
  return askedIn(reading.attributes.get('traceloop.entity.input'))
}

function said(reading: Reading): Tree | undefined {
  return answeredIn(treeOrText(reading, 'traceloop.entity.output'))
}

/** OpenLLMetry, by Traceloop, in both languages. */
export const traceloop: Dialect = {
  ...genai,
  name: 'OpenLLMetry',
  about: {
    seen: 'JavaScript 0.27.0, Python 0.62.4',
    signals: 'traces',
    silent:
      'tokens of streamed OpenAI chats in JavaScript; cached and reasoning tokens in most of its instrumentations',
  },
  detect: { scopes: ['@traceloop/instrumentation-'], keys: ['traceloop.', 'llm.request.type'] },
  kinds: kindRules,
  fields: {
    ...genaiFields,
    ...properties,
    conversation: [...genaiFields.conversation!, ...properties.conversation],
    tenant: [...properties.tenant, 'traceloop.association.properties.customer_id'],
    workflowName: ['traceloop.workflow.name'],
    agent: [agentOf],
    reasoning: [...genaiFields.reasoning!, 'llm.usage.reasoning_tokens'],
    tool: [gave('kwargs', 'name'), 'gen_ai.tool.name', 'traceloop.entity.name'],
    callId: [
      'gen_ai.tool.call.id',
      gave('kwargs', 'tool_call_id'),
      gave('output', 'kwargs', 'tool_call_id'),
      { key: 'traceloop.entity.input', path: ['kwargs', 'tool_call_id'] },
    ],
    toolInput: [argumentsOf],
    toolOutput: [
      gave('output', 'kwargs', 'content'),
      gave('kwargs', 'content'),
      gave('result'),
      'gen_ai.tool.call.result',
      'traceloop.entity.output',
    ],
    status: ['gen_ai.task.status', ...genaiFields.status!],
  },
  usage: {
    ...genai.usage,
    // CrewAI's agents count for as long as they live
    role: (reading, kind) => {
      if (kind === 'agent' && /crewai$/.test(reading.scope)) return 'lifetime'
      return genai.usage.role!(reading, kind)
    },
    // the others add what Anthropic and Bedrock count apart
    cache: ({ scope }) =>
      scope === '@traceloop/instrumentation-anthropic' || scope === 'opentelemetry.instrumentation.bedrock'
        ? 'excluded'
        : 'asked',
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, heard],
    output: [...genai.messages!.output, said],
  },
}
