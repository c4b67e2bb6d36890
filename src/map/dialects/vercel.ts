import type { Kind } from '../facts/facts.ts'
import { groundingMessage } from '../messages/provider-tools.ts'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { firstChild, type Tree } from '../values/tree.ts'

const operations: Readonly<Record<string, Kind>> = {
  'ai.generatetext.dogenerate': 'llm',
  'ai.streamtext.dostream': 'llm',
  'ai.generateobject.dogenerate': 'llm',
  'ai.streamobject.dostream': 'llm',
  'ai.embed.doembed': 'embedding',
  'ai.embedmany.doembed': 'embedding',
  'ai.rerank.dorerank': 'rerank',
  'ai.toolcall': 'tool',
  // a transcription has no span below that repeats it
  'ai.transcribe': 'llm',
  // these repeat the counters of their calls, and have the same class
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

/** Whether a run's counters are those of its last step: with the new names they are the sum of all steps. */
function isLastStep({ attributes }: Item): boolean {
  return attributes.get('ai.usage.promptTokens') !== undefined
}

/** Returns a source in the provider's metadata, which in versions 4 and 5 is the only place of some counters. */
function provided(...path: readonly string[]): PathSource {
  return { key: 'ai.response.providerMetadata', path }
}

// version 7 names the metadata context, and LangSmith's exporter renames it
const metadata = ['ai.telemetry.metadata.', 'ai.settings.context.', 'langsmith.metadata.'].map(idsWithPrefix)

/**
 * Returns whether the prompt includes cached tokens. Anthropic counts them apart; the SDK's specification 3 (version 6 and
 * later) adds them, older ones don't. The counters of `generateObject` have the old names in both, so the provider's own
 * number decides.
 */
function cacheOf(item: Item): Inclusion {
  if (item.attributes.get('ai.usage.inputTokenDetails.noCacheTokens') != null) return 'included'
  const native = firstValue(item, [provided('anthropic', 'usage', 'input_tokens')], asCount)
  if (native !== null) return native === firstValue(item, prompt, asCount) ? 'excluded' : 'included'
  return firstValue(item, [provided('anthropic')], (tree) => tree) === null ? 'inferred' : 'excluded'
}

/** Returns the searches that Gemini made for an answer. */
function groundingOf(item: Item): Tree | undefined {
  const text = item.attributes.get('ai.response.providerMetadata')
  // most metadata is of other providers, and not worth parsing
  if (typeof text !== 'string' || !text.includes('webSearchQueries')) return undefined
  const metadata = treeOf(item, 'ai.response.providerMetadata')
  return groundingMessage(firstChild(metadata, ['google', 'vertex']), valueAt(item, 'ai.response.id'))
}

/** Returns the answer as a message: reasoning, text or object, and tool calls are attributes of their own. */
function answerOf(item: Item): Tree | undefined {
  const text = valueAt(item, 'ai.response.text') ?? valueAt(item, 'ai.response.object')
  const answer = text ?? valueAt(item, 'ai.result.text') ?? valueAt(item, 'ai.result.object')
  const reasoning = valueAt(item, 'ai.response.reasoning')
  const calls = treeOf(item, 'ai.response.toolCalls') ?? treeOf(item, 'ai.result.toolCalls')
  const parts = [
    ...(typeof reasoning === 'string' ? [{ type: 'reasoning', text: reasoning }] : []),
    ...(typeof answer === 'string' ? [{ type: 'text', text: answer }] : []),
  ]
  const grounding = groundingOf(item)
  if (parts.length === 0 && calls === undefined) return grounding && [grounding]
  const message = { role: 'assistant', parts, ...(calls !== undefined && { tool_calls: calls }) }
  return grounding === undefined ? [message] : [message, grounding]
}

/**
 * Decides that a span has not failed if it has one of these attributes, such as a result or a finish reason, and no
 * exception of its own: a span processor copies the error of a tool to later spans (docs/dialects.md, rule 9a).
 */
export function ignoringCopiedErrors(...successKeys: readonly string[]): (item: Item) => false | null {
  return ({ attributes, events }) =>
    successKeys.some((key) => attributes.has(key)) && !hasRaised(events) ? false : null
}

/** Whether one of the events is an exception. */
export function hasRaised(events: Item['events']): boolean {
  return events.some((event) => event.name === 'exception')
}

const prompt = [
  'ai.usage.inputTokens',
  'ai.usage.promptTokens',
  'ai.usage.tokens',
  'ai.usage.input_tokens',
  'gen_ai.usage.input_tokens',
]

/** The AI SDK of Vercel, versions 3 to 6, and the old telemetry of version 7 (docs/dialects.md §4). */
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
    // a run with a name is an agent, any other one a step of the program
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
    agent: ['gen_ai.agent.name', 'ai.telemetry.functionId'],
    provider: ['gen_ai.system', 'ai.model.provider'],
    model: ['gen_ai.request.model', 'ai.model.id'],
    responseModel: ['ai.response.model', 'gen_ai.response.model'],
    responseId: ['ai.response.id', 'gen_ai.response.id'],
    prompt,
    completion: [
      'ai.usage.outputTokens',
      'ai.usage.completionTokens',
      'ai.usage.output_tokens',
      'gen_ai.usage.output_tokens',
    ],
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
    cacheWrite1h: [provided('anthropic', 'usage', 'cache_creation', 'ephemeral_1h_input_tokens')],
    audioInput: ['ai.usage.input_token_details.audio_tokens'],
    webSearches: [provided('anthropic', 'usage', 'server_tool_use', 'web_search_requests')],
    serviceTier: [provided('openai', 'serviceTier'), provided('anthropic', 'usage', 'service_tier')],
    // what a gateway charged, in dollars
    cost: [provided('openrouter', 'usage', 'cost'), provided('gateway', 'cost')],
    tool: ['ai.toolCall.name'],
    callId: ['ai.toolCall.id'],
    // the span processor of OpenLLMetry moves these to the keys of its own spans (trap 15)
    toolInput: ['ai.toolCall.args', 'traceloop.entity.input'],
    toolOutput: ['ai.toolCall.result', 'traceloop.entity.output'],
  },
  usage: {
    roles: {},
    role: (item, kind) => {
      if (kind === 'agent' || kind === 'task') return isLastStep(item) ? 'last-step' : 'aggregate'
      return kind === 'llm' || /\.do[A-Z]\w*$/.test(operationOf(item)) ? 'call' : 'aggregate'
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
  hasFailed: ignoringCopiedErrors('ai.toolCall.result', 'ai.response.finishReason', 'ai.usage.tokens'),
}
