import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf, treeOrText } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const spanKinds: Readonly<Record<string, Kind>> = {
  session: 'workflow',
  workflow: 'workflow',
  agent: 'agent',
  tool: 'tool',
  task: 'task',
  operation: 'plain',
  chain: 'plain',
}

const parts = ['entity', 'tool', 'task', 'agent', 'workflow', 'session', 'operation']

/** The first attribute of `agentops.<kind>.input` or `.output` that is there. */
function partOf(side: 'input' | 'output'): (item: Item) => Tree | undefined {
  return (item) => {
    const part = parts.find((name) => item.attributes.has(`agentops.${name}.${side}`))
    return part === undefined ? undefined : treeOrText(item, `agentops.${part}.${side}`)
  }
}

const inputOf = partOf('input')
const outputOf = partOf('output')

/** A function is recorded with what it was called with: its keywords, or its only argument. */
function argumentsOf(item: Item): Tree | undefined {
  const called = treeOf(item, 'agentops.tool.input')
  const [args, keywords] = [child(called, 'args'), child(called, 'kwargs')]
  if (isRecord(keywords) && Object.keys(keywords).length > 0) return keywords
  return isList(args) && args.length === 1 ? args[0] : args
}

const operation: Source = 'operation.name'

/** The decorators of AgentOps; its instrumentations of models write the older semantic conventions. */
export const agentops: Dialect = {
  ...genai,
  name: 'AgentOps',
  about: { seen: 'agentops 0.4.21', signals: 'traces', silent: '' },
  detect: { scopes: ['agentops', 'agentops.'], keys: ['agentops.span.kind'] },
  kinds: [
    // what the model asked for, at the moment of its answer: the run has a span of its own
    { kind: 'plain', name: /^tool_call\./ },
    { key: 'agentops.span.kind', values: spanKinds },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    agent: [...genaiFields.agent!, operation],
    tool: [operation],
    toolInput: [argumentsOf],
    toolOutput: ['agentops.tool.output'],
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, (item) => inputMessagesIn(inputOf(item))],
    output: [...genai.messages!.output, (item) => outputMessagesIn(outputOf(item))],
  },
}
