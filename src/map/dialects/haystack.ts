import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, oncePerItem, treeOf } from '../table/item.ts'
import { frameworkUsage } from '../table/shared-parts.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { child, entriesOf, isRecord, type Tree } from '../values/tree.ts'

/** Attributes with a model's replies: the output of an agent's step, or of a pipeline's component. */
const outputs = ['haystack.agent.step.llm.output', 'haystack.chat_generator.output', 'haystack.component.output']

function agentOf(item: Item): string | undefined {
  return isComponent(/^Agent$/)(item) ? (firstValue(item, ['haystack.component.name'], asName) ?? undefined) : undefined
}

function isComponent(type: RegExp): (item: Item) => boolean {
  return (item) => type.test(firstValue(item, ['haystack.component.type'], asName) ?? '')
}

/** Returns the metadata of the first reply, under its key in either version, and the metadata of embedders. */
const metadata = oncePerItem((item): readonly Tree[] => {
  const found: (Tree | undefined)[] = []
  for (const key of outputs) {
    const output = treeOf(item, key)
    const reply = child(child(output, 'replies'), 0)
    const own = child(output, 'meta')
    found.push(child(reply, 'meta'), child(reply, '_meta'), child(own, 0), own)
  }
  return found.filter(isRecord)
})

function meta(...path: readonly string[]): Source {
  return (item) => {
    for (const found of metadata(item)) {
      const value = path.reduce<Tree | undefined>(child, found)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
}

/** Searches a pipeline's input or output as a whole, then the part of each component, which is under its name. */
function inAny(tree: Tree | undefined, find: (tree: Tree | undefined) => Tree | undefined): Tree | undefined {
  const whole = find(tree)
  if (whole !== undefined || !isRecord(tree)) return whole
  return entriesOf(tree)
    .map(([, part]) => part)
    .filter(isRecord)
    .map(find)
    .find((found) => found !== undefined)
}

function inputMessages(item: Item): Tree | undefined {
  const keys = [
    'haystack.agent.step.llm.input',
    'haystack.chat_generator.input',
    'haystack.agent.input',
    'haystack.component.input',
  ]
  return inputMessagesIn(firstTree(item, keys)) ?? inAny(treeOf(item, 'haystack.pipeline.input_data'), inputMessagesIn)
}

function outputMessages(item: Item): Tree | undefined {
  const output = firstTree(item, [...outputs, 'haystack.agent.output'])
  return (
    outputMessagesIn(child(output, 'replies') ?? output) ??
    inAny(treeOf(item, 'haystack.pipeline.output_data'), outputMessagesIn)
  )
}

function firstTree(item: Item, keys: readonly string[]): Tree | undefined {
  for (const key of keys) {
    const tree = treeOf(item, key)
    if (isRecord(tree)) return tree
  }
  return undefined
}

/** Haystack's tracing of pipelines and agents. Counters are inside the replies only (docs/dialects.md §18.3). */
export const haystack: Dialect = {
  name: 'Haystack',
  about: { seen: 'Haystack 2, Python', signals: 'traces', silent: 'the provider' },
  detect: { keys: ['haystack.'], scopes: ['haystack'] },
  kinds: [
    { kind: 'workflow', name: /^haystack\.pipeline\.run$/ },
    { kind: 'llm', name: /^haystack\.(agent\.step\.llm|chat_generator\.run)$/ },
    { kind: 'tool', name: /^haystack\.agent\.step\.tool$/ },
    { kind: 'agent', when: isComponent(/^Agent$/) },
    { kind: 'llm', when: isComponent(/Generator$/) },
    { kind: 'embedding', when: isComponent(/Embedder$/) },
    // an agent outside a pipeline has no name; in a pipeline its component has one
    { kind: 'task', name: /^haystack\.agent\.run$/ },
    { kind: 'plain', name: /^haystack\./ },
  ],
  fields: {
    agent: [agentOf],
    responseModel: [meta('model')],
    prompt: [meta('usage', 'prompt_tokens'), meta('usage', 'input_tokens')],
    completion: [meta('usage', 'completion_tokens'), meta('usage', 'output_tokens')],
    total: [meta('usage', 'total_tokens')],
    cacheRead: [meta('usage', 'prompt_tokens_details', 'cached_tokens'), meta('usage', 'cache_read_input_tokens')],
    cacheWrite: [meta('usage', 'cache_creation_input_tokens')],
    reasoning: [meta('usage', 'completion_tokens_details', 'reasoning_tokens')],
    tool: ['haystack.tool.name'],
    toolInput: ['haystack.agent.step.tool.input'],
    toolOutput: ['haystack.agent.step.tool.output'],
    // Haystack never sets a status
    error: [{ key: 'haystack.agent.step.tool.output', path: ['error'] }, 'haystack.tool.error'],
  },
  usage: frameworkUsage,
  messages: { input: [inputMessages], output: [outputMessages] },
}
