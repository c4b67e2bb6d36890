import type { Kind } from '../facts/facts.ts'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import type { Tree } from '../values/tree.ts'

const operations: Readonly<Record<string, Kind>> = {
  'ai.generatetext.dogenerate': 'llm',
  'ai.streamtext.dostream': 'llm',
  'ai.generateobject.dogenerate': 'llm',
  'ai.streamobject.dostream': 'llm',
  'ai.embed.doembed': 'embedding',
  'ai.embedmany.doembed': 'embedding',
  'ai.rerank.dorerank': 'rerank',
  'ai.toolcall': 'tool',
  // they repeat what their calls used, and are of the same class
  'ai.embed': 'embedding',
  'ai.embedmany': 'embedding',
  'ai.rerank': 'rerank',
}

function operationOf(item: Item): string {
  return firstValue(item, ['ai.operationId'], asName) ?? ''
}

function isRun(item: Item): boolean {
  return /^ai\.(generate|stream)(Text|Object)$/.test(operationOf(item))
}

/** A run with the old names of the counters has those of its last step, one with the new names the sum of all. */
function isLastStep({ attributes }: Item): boolean {
  return attributes.get('ai.usage.promptTokens') !== undefined
}

/** What the provider said besides; in versions 4 and 5 the only place of some counters. */
function provided(...path: readonly string[]): PathSource {
  return { key: 'ai.response.providerMetadata', path }
}

// version 7 calls the same thing context, and LangSmith's exporter moves it
const metadata = ['ai.telemetry.metadata.', 'ai.settings.context.', 'langsmith.metadata.'].map(idsWithPrefix)

/**
 * Anthropic counts the cached apart. The SDK's specification 3 (version 6 and later) adds it, the others don't; the
 * counters of `generateObject` have the old names in both, so the provider's own number has to tell.
 */
function cacheOf(item: Item): Inclusion {
  if (item.attributes.get('ai.usage.inputTokenDetails.noCacheTokens') != null) return 'included'
  const native = firstValue(item, [provided('anthropic', 'usage', 'input_tokens')], asCount)
  if (native !== null) return native === firstValue(item, prompt, asCount) ? 'excluded' : 'included'
  return firstValue(item, [provided('anthropic')], (tree) => tree) === null ? 'inferred' : 'excluded'
}

/** What came back stands in attributes by its kind: thoughts, text or an object, calls of tools. */
function answerOf(item: Item): Tree | undefined {
  const text = valueAt(item, 'ai.response.text') ?? valueAt(item, 'ai.response.object')
  const before = text ?? valueAt(item, 'ai.result.text') ?? valueAt(item, 'ai.result.object')
  const thoughts = valueAt(item, 'ai.response.reasoning')
  const calls = treeOf(item, 'ai.response.toolCalls') ?? treeOf(item, 'ai.result.toolCalls')
  const parts = [
    ...(typeof thoughts === 'string' ? [{ type: 'reasoning', text: thoughts }] : []),
    ...(typeof before === 'string' ? [{ type: 'text', text: before }] : []),
  ]
  return parts.length === 0 && calls === undefined
    ? undefined
    : [{ role: 'assistant', parts, ...(calls !== undefined && { tool_calls: calls }) }]
}

/**
 * A span processor copies the error of a tool to the spans that come after it (recordings: rule 9a): what has a result,
 * or a reason why it finished, and raised nothing itself has not failed.
 */
export function unlessOnlyHeard(...wentWell: readonly string[]): (item: Item) => false | null {
  return ({ attributes, events }) => (wentWell.some((key) => attributes.has(key)) && !hasRaised(events) ? false : null)
}

export function hasRaised(events: Item['events']): boolean {
  return events.some((event) => event.name === 'exception')
}

const prompt = ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens', 'gen_ai.usage.input_tokens']

/** The AI SDK of Vercel, versions 3 to 6, and the old telemetry of version 7. */
export const vercel: Dialect = {
  name: 'Vercel AI SDK',
  about: {
    seen: '4, 5, 6, and 7 with LegacyOpenTelemetry',
    signals: 'traces',
    silent: 'cached and reasoning tokens of version 5',
  },
  detect: { keys: ['ai.operationId'] },
  kinds: [
    { key: 'ai.operationId', values: operations },
    // one that was given a name works for somebody; the others are steps of the program
    { kind: 'agent', has: ['ai.telemetry.functionId'], when: isRun },
    { kind: 'task', when: isRun },
    { kind: 'plain' },
  ],
  fields: {
    workflowId: metadata.flatMap(({ workflowId }) => workflowId),
    user: metadata.flatMap(({ user }) => user),
    session: metadata.flatMap(({ session }) => session),
    conversation: metadata.flatMap(({ conversation }) => conversation),
    tenant: metadata.flatMap(({ tenant }) => tenant),
    agent: ['ai.telemetry.functionId'],
    provider: ['gen_ai.system', 'ai.model.provider'],
    model: ['gen_ai.request.model', 'ai.model.id'],
    responseModel: ['ai.response.model', 'gen_ai.response.model'],
    responseId: ['ai.response.id', 'gen_ai.response.id'],
    prompt,
    completion: ['ai.usage.outputTokens', 'ai.usage.completionTokens', 'gen_ai.usage.output_tokens'],
    total: ['ai.usage.totalTokens', provided('google', 'usageMetadata', 'totalTokenCount')],
    cacheRead: [
      'ai.usage.inputTokenDetails.cacheReadTokens',
      'ai.usage.cachedInputTokens',
      provided('openai', 'cachedPromptTokens'),
      provided('anthropic', 'usage', 'cache_read_input_tokens'),
      provided('anthropic', 'cacheReadInputTokens'),
      provided('google', 'usageMetadata', 'cachedContentTokenCount'),
      provided('bedrock', 'usage', 'cacheReadInputTokens'),
    ],
    cacheWrite: [
      'ai.usage.inputTokenDetails.cacheWriteTokens',
      provided('anthropic', 'usage', 'cache_creation_input_tokens'),
      provided('anthropic', 'cacheCreationInputTokens'),
      provided('bedrock', 'usage', 'cacheWriteInputTokens'),
    ],
    reasoning: [
      'ai.usage.outputTokenDetails.reasoningTokens',
      'ai.usage.reasoningTokens',
      provided('openai', 'reasoningTokens'),
      provided('google', 'usageMetadata', 'thoughtsTokenCount'),
    ],
    tool: ['ai.toolCall.name'],
    callId: ['ai.toolCall.id'],
    // the span processor of OpenLLMetry puts things where its own spans have them (trap 15)
    toolInput: ['ai.toolCall.args', 'traceloop.entity.input'],
    toolOutput: ['ai.toolCall.result', 'traceloop.entity.output'],
  },
  usage: {
    roles: {},
    role: (item, kind) => {
      if (kind === 'agent' || kind === 'task') return isLastStep(item) ? 'last-step' : 'aggregate'
      return /\.do[A-Z]\w*$/.test(operationOf(item)) ? 'call' : 'aggregate'
    },
    trust: 20,
    cache: cacheOf,
    reasoning: 'inferred',
    zeroCost: 'unknown',
  },
  messages: {
    input: [
      'ai.prompt.messages',
      { key: 'ai.prompt', path: ['messages'] },
      { key: 'ai.prompt', path: ['prompt'] },
      'ai.prompt',
      'gen_ai.input.messages',
    ],
    output: [answerOf, 'gen_ai.output.messages'],
  },
  hasFailed: unlessOnlyHeard('ai.toolCall.result', 'ai.response.finishReason', 'ai.usage.tokens'),
}
