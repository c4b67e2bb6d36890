import type { Kind } from '../facts/facts.ts'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect, KindRule } from '../table/dialect.ts'
import { type Item, treeOf, treeOrText } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { parseJson } from '../values/json.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const kinds: Readonly<Record<string, Kind>> = {
  workflow: 'workflow',
  task: 'task',
  agent: 'agent',
  tool: 'tool',
  session: 'plain',
  handoff: 'plain',
}

/** Kinds by the request type of versions that write no operation name. */
const requests: Readonly<Record<string, Kind>> = {
  chat: 'llm',
  completion: 'llm',
  embedding: 'embedding',
  rerank: 'rerank',
}

const properties = idsWithPrefix('traceloop.association.properties.')

function kindOf(item: Item): string {
  return firstValue(item, ['traceloop.span.kind'], asName)?.toLowerCase() ?? ''
}

/** Returns a source in the output of a traced function. */
function output(...path: readonly string[]): PathSource {
  return { key: 'traceloop.entity.output', path }
}

/** Whether a framework's instrumentation made the span: it marks every step as a workflow or task. */
function isStepOfFramework({ scope }: Item): boolean {
  return /instrumentation[./-](langchain|openai_agents)$/.test(scope)
}

/**
 * Returns the agent that a graph of LangChain is in JavaScript: only the last message of its output names it. In Python
 * the agent has a span of its own.
 */
function graphAgent(item: Item): string | undefined {
  const text = item.attributes.get('traceloop.entity.output')
  if (!/-langchain$/.test(item.scope) || kindOf(item) !== 'workflow') return undefined
  if (typeof text !== 'string' || !text.startsWith('{"messages":')) return undefined
  const messages = child(treeOf(item, 'traceloop.entity.output'), 'messages')
  const last = isList(messages) ? messages.at(-1) : undefined
  const path = child(last, 'id')
  const name = child(child(last, 'kwargs'), 'name')
  return isList(path) && path.at(-1) === 'AIMessage' && typeof name === 'string' ? name : undefined
}

const kindRules: readonly KindRule[] = [
  { key: 'gen_ai.operation.name', values: { execute_tool: 'tool', create_agent: 'plain' } },
  { kind: 'agent', when: (item) => graphAgent(item) !== undefined },
  { kind: 'workflow', when: (item) => isStepOfFramework(item) && kindOf(item) === 'workflow' && item.isTop },
  { kind: 'plain', when: (item) => isStepOfFramework(item) && /^(workflow|task)$/.test(kindOf(item)) },
  { key: 'traceloop.span.kind', values: kinds },
  { key: 'llm.request.type', values: requests },
  ...genai.kinds,
]

function agentOf(item: Item): string | undefined {
  const own = kindOf(item) === 'agent' ? ['traceloop.entity.name'] : []
  return graphAgent(item) ?? firstValue(item, [...own, 'gen_ai.agent.name'], asName) ?? undefined
}

/**
 * Returns a tool's arguments: the arguments of a traced function, or a field of a LangChain callback or of an MCP request.
 */
function argumentsOf(item: Item): Tree | undefined {
  const key = item.attributes.has('gen_ai.tool.call.arguments')
    ? 'gen_ai.tool.call.arguments'
    : 'traceloop.entity.input'
  const tree = treeOf(item, key)
  if (!isRecord(tree)) return valueAt(item, key)
  if (child(tree, 'input_str') !== undefined) return child(tree, 'inputs') ?? child(tree, 'input_str')
  if (child(tree, 'tool_name') !== undefined) return child(tree, 'arguments')
  const args = isRecord(child(tree, 'kwargs')) ? functionArguments(tree) : child(tree, 'args')
  if (args === undefined) return valueAt(item, key)
  const only = isList(args) && args.length === 1 ? args[0] : undefined
  return typeof only === 'string' ? (parseJson(only) ?? only) : args
}

/**
 * Returns the output of a step of LangChain in JavaScript if it calls tools or has their results: the messages of the
 * model's own span leave both out.
 */
function stepOutput(item: Item): Tree | undefined {
  const text = item.attributes.get('traceloop.entity.output')
  if (!/-langchain$/.test(item.scope) || typeof text !== 'string' || !text.includes('"tool_call')) return undefined
  return outputMessagesIn(treeOrText(item, 'traceloop.entity.output'))
}

function inputMessages(item: Item): Tree | undefined {
  return inputMessagesIn(item.attributes.get('traceloop.entity.input'))
}

function outputMessages(item: Item): Tree | undefined {
  return outputMessagesIn(treeOrText(item, 'traceloop.entity.output'))
}

/** OpenLLMetry, by Traceloop, in JavaScript and Python (docs/dialects.md §3). */
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
    tool: [output('kwargs', 'name'), 'gen_ai.tool.name', 'traceloop.entity.name'],
    callId: [
      'gen_ai.tool.call.id',
      output('kwargs', 'tool_call_id'),
      output('output', 'kwargs', 'tool_call_id'),
      { key: 'traceloop.entity.input', path: ['kwargs', 'tool_call_id'] },
    ],
    toolInput: [argumentsOf],
    toolOutput: [
      output('output', 'kwargs', 'content'),
      output('kwargs', 'content'),
      output('result'),
      'gen_ai.tool.call.result',
      'traceloop.entity.output',
    ],
    status: ['gen_ai.task.status', ...genaiFields.status!],
  },
  usage: {
    ...genai.usage,
    // an agent of CrewAI counts over its whole lifetime
    role: (item, kind) => {
      if (kind === 'agent' && /crewai$/.test(item.scope)) return 'lifetime'
      return genai.usage.role!(item, kind)
    },
    // all other instrumentations add the tokens that Anthropic and Bedrock count apart
    cache: ({ scope }) =>
      scope === '@traceloop/instrumentation-anthropic' || scope === 'opentelemetry.instrumentation.bedrock'
        ? 'excluded'
        : 'inferred',
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, inputMessages],
    output: [...genai.messages!.output, outputMessages],
  },
  stepMessages: [{ key: 'traceloop.entity.output', read: stepOutput }],
}
