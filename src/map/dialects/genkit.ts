import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, oncePerItem, treeOrText } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { child, firstChild, isList, type Tree } from '../values/tree.ts'

const subtypes: Readonly<Record<string, Kind>> = {
  flow: 'workflow',
  model: 'llm',
  'background-model': 'llm',
  tool: 'tool',
  // Go
  'tool.v2': 'tool',
  embedder: 'embedding',
  agent: 'agent',
}

/** What the Google Cloud plugin writes in place of content. */
const redacted = '<redacted>'

/** Returns the two spellings of a key: the Google Cloud plugin replaces the colon by a slash. */
function spelled(key: string): readonly [string, string] {
  return [`genkit:${key}`, `genkit/${key}`]
}

function read(item: Item, key: 'input' | 'output' | 'name'): Tree | undefined {
  const present = spelled(key).find((one) => item.attributes.has(one))
  if (present === undefined || item.attributes.get(present) === redacted) return undefined
  return treeOrText(item, present)
}

const output = oncePerItem((item) => read(item, 'output'))

/** Returns sources in a model's output: JavaScript's plugins keep the provider's response in `raw`, Go's in `custom`. */
function response(...paths: readonly (readonly string[])[]): readonly Source[] {
  return paths.map((path) => (item) => path.reduce<Tree | undefined>(child, output(item)))
}

/** Splits the name of a model action, `openai/gpt-4o-mini`, into provider and model. */
const calledModel = oncePerItem((item): readonly [provider: string, model: string] | undefined => {
  const name = firstValue(item, spelled('name'), asName)
  const at = name?.indexOf('/') ?? -1
  return at <= 0 ? undefined : [name!.slice(0, at), name!.slice(at + 1)]
})

const providers: Readonly<Record<string, string>> = { googleai: 'gcp.gemini', vertexai: 'gcp.vertex_ai' }

function providerOf(item: Item): string | undefined {
  const plugin = calledModel(item)?.[0]
  return plugin === undefined ? undefined : (providers[plugin] ?? plugin)
}

const prompt = response(['usage', 'inputTokens'])
const answer = response(['usage', 'outputTokens'])
const total = response(['usage', 'totalTokens'])
const thoughts = response(['usage', 'thoughtsTokens'])

/** Derives the completion from the total, which includes reasoning. Gemini's output tokens exclude it, OpenAI's don't. */
function completionOf(item: Item): number | undefined {
  const [all, input] = [firstValue(item, total, asCount), firstValue(item, prompt, asCount)]
  if (all !== null && input !== null && all >= input) return all - input
  const visible = firstValue(item, answer, asCount)
  return visible === null ? undefined : visible + (firstValue(item, thoughts, asCount) ?? 0)
}

/** Anthropic's plugin passes its counters on unchanged, which exclude cached tokens. */
function cacheOf(item: Item): Inclusion {
  return calledModel(item)?.[0] === 'anthropic' ? 'excluded' : 'inferred'
}

/** Rewrites Genkit's tool requests and tool responses as parts of the semantic conventions. */
function withTools(messages: Tree | undefined): Tree | undefined {
  if (!isList(messages)) return messages
  return messages.map((message) => {
    const content = firstChild(message, ['content'])
    return isList(content) ? { role: child(message, 'role') ?? null, parts: content.map(toolPart) } : message
  })
}

function toolPart(part: Tree): Tree {
  const [request, result] = [child(part, 'toolRequest'), child(part, 'toolResponse')]
  const block = request ?? result
  if (block === undefined) return part
  const common = { id: child(block, 'ref') ?? null, name: child(block, 'name') ?? null }
  return request === undefined
    ? { type: 'tool_call_response', ...common, response: child(block, 'output') ?? null }
    : { type: 'tool_call', ...common, arguments: child(block, 'input') ?? null }
}

function outputMessages(item: Item): Tree | undefined {
  const message = firstChild(output(item), ['message'])
  return message === undefined ? outputMessagesIn(output(item)) : withTools([message])
}

/** Genkit, in JavaScript and Go (docs/dialects.md §12). */
export const genkit: Dialect = {
  name: 'Genkit',
  about: {
    seen: 'JavaScript and Go, genkit-tracer v1',
    signals: 'traces',
    silent: 'agents; how a tool ended that answers with its error',
  },
  detect: { scopes: ['genkit-tracer'], keys: ['genkit:type', 'genkit/type'] },
  kinds: [
    ...spelled('metadata:subtype').map((key) => ({ key, values: subtypes })),
    { key: 'genkit/metadata/subtype', values: subtypes },
    ...spelled('type').map((key) => ({ key, values: { flowStep: 'task', flowstep: 'task' } as const })),
  ],
  fields: {
    workflowName: [
      (item) => (firstValue(item, spelled('metadata:subtype'), asName) === 'flow' ? read(item, 'name') : undefined),
    ],
    session: spelled('sessionId'),
    provider: [providerOf],
    model: [(item) => calledModel(item)?.[1]],
    responseModel: response(['raw', 'model'], ['custom', 'model'], ['raw', 'modelVersion'], ['custom', 'modelVersion']),
    responseId: response(['raw', 'id'], ['custom', 'id'], ['raw', 'responseId'], ['custom', 'responseId']),
    prompt,
    completion: [completionOf],
    cacheRead: response(
      ['usage', 'cachedContentTokens'],
      ['raw', 'usage', 'prompt_tokens_details', 'cached_tokens'],
      ['raw', 'usage', 'cache_read_input_tokens'],
    ),
    cacheWrite: response(['raw', 'usage', 'cache_creation_input_tokens']),
    reasoning: [...thoughts, ...response(['raw', 'usage', 'completion_tokens_details', 'reasoning_tokens'])],
    tool: spelled('name'),
    toolInput: [(item) => read(item, 'input')],
    toolOutput: [...response(['output']), output],
    status: spelled('state'),
  },
  usage: {
    roles: { llm: 'call', embedding: 'call' },
    trust: 20,
    cache: cacheOf,
    reasoning: 'included',
    zeroCost: 'unknown',
  },
  messages: {
    input: [(item) => withTools(inputMessagesIn(read(item, 'input')))],
    output: [outputMessages],
  },
}
