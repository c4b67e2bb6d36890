import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf, treeOrText } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { valueAt } from '../table/source.ts'
import { isList, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const spanTypes: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  // answered from a cache
  cached: 'llm',
  tool: 'tool',
  executor: 'plain',
  evaluator: 'plain',
  evaluation: 'plain',
  human_evaluator: 'plain',
}

/** Kinds of the operations in Vercel's AI SDK 7 that have no model call below them, through Laminar's integration. */
const operations: Readonly<Record<string, Kind>> = {
  'ai.embed': 'embedding',
  'ai.embedmany': 'embedding',
  'ai.rerank': 'rerank',
}

/** Kinds by the span type of Mastra, which Laminar's exporter adds to its own general type. */
const mastraTypes: Readonly<Record<string, Kind>> = {
  agent_run: 'agent',
  workflow_run: 'workflow',
  workflow_step: 'task',
}

/** Whether an observed function is a run: at the top of the trace, or with a workflow id. */
function isRun(item: Item): boolean {
  return item.isTop || item.workflowId !== null
}

/** Returns a function's arguments: JavaScript writes them as a list, Python by their names. */
function argumentsOf(item: Item): Tree | undefined {
  const tree = treeOf(item, 'lmnr.span.input')
  return isList(tree) && tree.length === 1 ? tree[0] : valueAt(item, 'lmnr.span.input')
}

const properties = idsWithPrefix('lmnr.association.properties.')
const metadata = idsWithPrefix('lmnr.association.properties.metadata.')

/** Laminar, in JavaScript and Python (docs/dialects.md §19.3). */
export const laminar: Dialect = {
  ...genai,
  name: 'Laminar',
  about: {
    seen: 'lmnr 0.8 in JavaScript and Python',
    signals: 'traces',
    silent: 'agents, but those of Mastra and of the AI SDK 7',
  },
  detect: { keys: ['lmnr.span.type', 'lmnr.span.path', 'lmnr.span.input'] },
  kinds: [
    { key: 'ai.operation', values: operations },
    // runs of the AI SDK, as in its own telemetry
    { kind: 'agent', has: ['ai.functionId'] },
    { kind: 'task', has: ['ai.operation'] },
    { key: 'lmnr.span.type', values: spanTypes },
    { key: 'lmnr.internal.mastra.span_type', values: mastraTypes },
    ...genai.kinds,
    { kind: 'workflow', when: isRun },
    { kind: 'plain' },
  ],
  fields: {
    ...genaiFields,
    workflowId: [...metadata.workflowId, ...properties.workflowId],
    user: [...properties.user, ...metadata.user],
    session: [...properties.session, ...metadata.session],
    conversation: [...genaiFields.conversation!, ...metadata.conversation],
    tenant: [...metadata.tenant, ...properties.tenant],
    agent: [...genaiFields.agent!, 'ai.functionId', ({ name }) => /^agent run: '(.+)'$/.exec(name)?.[1]],
    tool: ['gen_ai.tool.name', 'ai.toolCall.name', (item) => item.name],
    callId: ['gen_ai.tool.call.id', 'ai.toolCall.id'],
    toolInput: [argumentsOf],
    toolOutput: ['lmnr.span.output'],
    cacheHit: [({ attributes }) => (attributes.get('lmnr.span.type') === 'CACHED' ? true : undefined)],
  },
  usage: {
    ...genai.usage,
    // in JavaScript Laminar uses the instrumentation of OpenLLMetry
    cache: ({ scope }) => (scope === '@traceloop/instrumentation-anthropic' ? 'excluded' : 'inferred'),
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, (item) => inputMessagesIn(argumentsOf(item))],
    output: [...genai.messages!.output, (item) => outputMessagesIn(treeOrText(item, 'lmnr.span.output'))],
  },
}
