import type { Kind } from '../facts/facts.ts'
import { child, firstChild, isList, type Tree } from '../facts/json.ts'
import { answeredIn, askedIn } from '../messages/function-io.ts'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { asCount, asName, first, once, type Reading, type Source, treeOrText } from '../table/reading.ts'

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

/** The plugin of Google Cloud writes a slash for the colon, and this in place of what was said. */
const redacted = '<redacted>'

function spelled(key: string): readonly [string, string] {
  return [`genkit:${key}`, `genkit/${key}`]
}

function read(reading: Reading, key: 'input' | 'output' | 'name'): Tree | undefined {
  const present = spelled(key).find((one) => reading.attributes.has(one))
  if (present === undefined || reading.attributes.get(present) === redacted) return undefined
  return treeOrText(reading, present)
}

const output = once((reading) => read(reading, 'output'))

/** What a model gave back: by JavaScript's plugins with the provider's response in it (`raw`), by Go's with parts (`custom`). */
function response(...paths: readonly (readonly string[])[]): readonly Source[] {
  return paths.map((path) => (reading) => path.reduce<Tree | undefined>(child, output(reading)))
}

/** `openai/gpt-4o-mini`: who is called, and for what. */
const calledModel = once((reading): readonly [provider: string, model: string] | undefined => {
  const name = first(reading, spelled('name'), asName)
  const at = name?.indexOf('/') ?? -1
  return at <= 0 ? undefined : [name!.slice(0, at), name!.slice(at + 1)]
})

const providers: Readonly<Record<string, string>> = { googleai: 'gcp.gemini', vertexai: 'gcp.vertex_ai' }

function providerOf(reading: Reading): string | undefined {
  const plugin = calledModel(reading)?.[0]
  return plugin === undefined ? undefined : (providers[plugin] ?? plugin)
}

const prompt = response(['usage', 'inputTokens'])
const answer = response(['usage', 'outputTokens'])
const total = response(['usage', 'totalTokens'])
const thoughts = response(['usage', 'thoughtsTokens'])

/** Gemini's thoughts are no part of its answer, OpenAI's are; the total holds them in both. */
function completionOf(reading: Reading): number | undefined {
  const [all, input] = [first(reading, total, asCount), first(reading, prompt, asCount)]
  if (all !== null && input !== null && all >= input) return all - input
  const answered = first(reading, answer, asCount)
  return answered === null ? undefined : answered + (first(reading, thoughts, asCount) ?? 0)
}

/** Anthropic's plugin leaves its numbers as they are. */
function cacheOf(reading: Reading): Inclusion {
  return calledModel(reading)?.[0] === 'anthropic' ? 'excluded' : 'asked'
}

/** Genkit's parts for a tool and from it, as others write them. */
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
  const said = { id: child(block, 'ref') ?? null, name: child(block, 'name') ?? null }
  return request === undefined
    ? { type: 'tool_call_response', ...said, response: child(block, 'output') ?? null }
    : { type: 'tool_call', ...said, arguments: child(block, 'input') ?? null }
}

function said(reading: Reading): Tree | undefined {
  const message = firstChild(output(reading), ['message'])
  return message === undefined ? answeredIn(output(reading)) : withTools([message])
}

/** Genkit, in JavaScript and Go. */
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
      (reading) => (first(reading, spelled('metadata:subtype'), asName) === 'flow' ? read(reading, 'name') : undefined),
    ],
    session: spelled('sessionId'),
    provider: [providerOf],
    model: [(reading) => calledModel(reading)?.[1]],
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
    toolInput: [(reading) => read(reading, 'input')],
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
    input: [(reading) => withTools(askedIn(read(reading, 'input')))],
    output: [said],
  },
}
