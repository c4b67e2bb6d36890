import type { Kind } from '../facts/facts.ts'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf, treeOrText } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { unflatten } from '../values/unflatten.ts'

const kinds: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  embedding: 'embedding',
  reranker: 'rerank',
  tool: 'tool',
  agent: 'agent',
}

const metadata = idsInJson('metadata')

/** Its spans by their scope. */
const isOfBedrock = /bedrock/

/** The kind as OpenInference names it, in capitals; '' where it names none. */
function kindOf(item: Item): string {
  const kind = item.attributes.get('openinference.span.kind')
  return typeof kind === 'string' ? kind.toUpperCase() : ''
}

function inMetadata(name: string): PathSource {
  return { key: 'metadata', path: [name] }
}

/** What a model call gave back as its SDK returned it, and as LangChain did. */
function response(...path: readonly string[]): PathSource {
  return { key: 'output.value', path }
}
/** Mistral's stream is put together inside of its last event. */
function streamed(...path: readonly string[]): PathSource {
  return response('data', ...path)
}
/** The Agents SDK keeps a list of responses. */
function listed(...path: readonly string[]): PathSource {
  return { key: 'output.value', path: [0, ...path] }
}
function generation(...path: readonly string[]): PathSource {
  return { key: 'output.value', path: ['generations', 0, 0, ...path] }
}
function aiMessage(...path: readonly string[]): PathSource {
  return generation('message', 'kwargs', ...path)
}

const isOfLangChain = /langchain/
const isOfBeeAi = /beeai/
const isOfOpenAIAgents = /openai[._-]agents/

/** A run of LangChain whose name says agent is marked as one even if it is a model call (trap 57). */
function isCallInDisguise(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfLangChain.test(item.scope) && item.attributes.has('llm.token_count.prompt')
}

/** An agent handing over to another one is written as a tool. */
function isHandOff(item: Item): boolean {
  return (
    kindOf(item) === 'TOOL' &&
    (/^handoff to /i.test(item.name) || /^handoff_to_/.test(firstValue(item, ['tool.name'], asName) ?? ''))
  )
}

/** The tools that smolagents, BeeAI and DSPy give a model to say that it is done. */
function isFinish(item: Item): boolean {
  if (kindOf(item) !== 'TOOL') return false
  return (
    (/smolagents|beeai/.test(item.scope) && firstValue(item, ['tool.name'], asName) === 'final_answer') ||
    (/dspy/.test(item.scope) && /^finish\b/i.test(item.name))
  )
}

/** What happens in a run of BeeAI is a span of the run's kind that takes no time, with the path of the event. */
function isEventOfBeeAi(item: Item): boolean {
  return isOfBeeAi.test(item.scope) && item.attributes.has('metadata.path')
}

/** BeeAI calls every failure of a tool or model the same, and explains it where the output belongs. */
function whyOf({ scope, attributes, events }: Item): Tree | undefined {
  const hasRaised = isOfBeeAi.test(scope) && events.some(({ name }) => name === 'exception')
  return hasRaised ? attributes.get('output.value') : undefined
}

/** The trace of the OpenAI Agents SDK is written as an agent without a name. */
function isTraceOfAgents(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfOpenAIAgents.test(item.scope) && firstValue(item, names, asName) === null
}

/** The top of something, or the start of a crew. */
function isRun(item: Item): boolean {
  if (kindOf(item) !== 'CHAIN') return false
  return item.isTop || item.workflowId !== null || item.attributes.has('crew_tasks')
}

const names = ['agent.name', 'graph.node.name', 'graph.node.id']

/**
 * The agent that a run of LangChain is. All of its spans name the outermost agent, so a run is one if it has that name
 * itself, or if the last message that it gave back does; a node of a graph only steps.
 */
function langChainAgent(item: Item): string | undefined {
  const { name } = item
  if (!isOfLangChain.test(item.scope) || !/^(CHAIN|AGENT)$/.test(kindOf(item))) return undefined
  if (firstValue(item, [inMetadata('lc_agent_name')], asName) === name) return name
  if (kindOf(item) === 'AGENT')
    return firstValue(item, [inMetadata('langgraph_node')], asName) === name ? undefined : name
  const gave = item.attributes.get('output.value')
  // most runs gave back a long state that doesn't say the name anywhere
  if (typeof gave !== 'string' || !gave.includes(JSON.stringify(name))) return undefined
  const messages = child(treeOf(item, 'output.value'), 'messages')
  const last = isList(messages) ? messages.at(-1) : undefined
  const speaker = child(child(last, 'kwargs'), 'name') ?? child(child(last, 'data'), 'name')
  return speaker === name ? name : undefined
}

function isStepOfLangChain(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfLangChain.test(item.scope)
}

function agentOf(item: Item): string | undefined {
  if (kindOf(item) !== 'AGENT') return langChainAgent(item)
  return langChainAgent(item) ?? firstValue(item, names, asName) ?? item.name
}

/** LiteLLM is called with the provider before the model; Bedrock's name for a model is cut where its own attribute is. */
function modelOf(item: Item): string | undefined {
  const called = isOfBedrock.test(item.scope)
    ? firstValue(item, [{ key: 'input.value', path: ['modelId'] }], asName)
    : null
  if (called !== null) return called
  const model = firstValue(item, ['llm.model_name', 'llm.request.model_name', 'embedding.model_name'], asName)
  const provider = firstValue(item, ['llm.provider'], asName)
  if (model === null) return undefined
  return /litellm/.test(item.scope) && model.startsWith(`${provider}/`) ? model.slice(`${provider}/`.length) : model
}

function providerOf(item: Item): string | undefined {
  const provider = firstValue(item, ['llm.provider'], asName)
  return provider === 'aws' ? 'aws.bedrock' : (provider ?? undefined)
}

/** LangChain's own ids of a run aren't the provider's. */
function responseIdOf(item: Item): string | undefined {
  const id = firstValue(
    item,
    [
      response('id'),
      response('response_id'),
      streamed('id'),
      aiMessage('response_metadata', 'id'),
      aiMessage('id'),
      listed('id'),
    ],
    asName,
  )
  return id === null || /^(lc_)?run-/.test(id) ? undefined : id
}

/** Bedrock counts the cached apart, also where an instrumentation leaves it out: the total has it. */
function promptOf(item: Item): number | undefined {
  if (!isOfBedrock.test(item.scope)) return undefined
  const total = firstValue(item, ['llm.token_count.total'], asCount)
  const completion = firstValue(item, ['llm.token_count.completion'], asCount)
  return total === null || completion === null ? undefined : total - completion
}

/** What a tool was called with: some frameworks write how its function was called, LangChain in Python shows a record. */
function argumentsOf(item: Item): Tree | undefined {
  const text = valueAt(item, 'input.value')
  const tree = treeOf(item, 'input.value')
  if (!isRecord(tree) || tree instanceof Map) return text
  const isCall = Object.keys(tree).every((key) => /^(args|kwargs|sanitize_inputs_outputs)$/.test(key))
  if (isCall) return functionArguments(tree)
  if (isOfBeeAi.test(item.scope)) return child(tree, 'input')
  return typeof text === 'string' && /^\s*\{\s*'/.test(text) ? tree : text
}

/** A tool without its name is called by its span's, which has the method after it. */
function toolOf(item: Item): string {
  return item.name.replace(/\.(__call__|run|acall|call|invoke)$/, '')
}

/** What was asked: of a model in its messages, of a run in its input. */
function inputMessages(item: Item): Tree | undefined {
  if (kindOf(item) !== 'LLM') {
    const task = child(child(treeOf(item, 'crew_tasks'), 0), 'description')
    return inputMessagesIn(task) ?? inputMessagesIn(item.attributes.get('input.value'))
  }
  // Gemini's SDK calls functions on its own, and shows what it and they said with the last answer
  const history = child(treeOf(item, 'output.value'), 'automatic_function_calling_history')
  if (isList(history) && history.length > 0) return history
  const flat = unflatten(item.attributes, 'llm.input_messages')
  // of blocks, the flat messages have the texts alone
  const isLess = flat === undefined || isOfBedrock.test(item.scope) || flat.some(isAnswerToNobody)
  return (isLess ? inputMessagesIn(item.attributes.get('input.value')) : undefined) ?? flat
}

/** Some instrumentations leave out which call a tool answers. */
function isAnswerToNobody(flat: Tree): boolean {
  const message = child(flat, 'message')
  return child(message, 'role') === 'tool' && child(message, 'tool_call_id') === undefined
}

/** What was answered. */
function outputMessages(item: Item): Tree | undefined {
  const answer = outputMessagesIn(treeOrText(item, 'output.value'))
  if (kindOf(item) !== 'LLM') return answer
  // a list says who speaks and what is asked of tools, a text only what was said
  const flat = unflatten(item.attributes, 'llm.output_messages')
  return isRecord(treeOf(item, 'output.value')) ? (answer ?? flat) : (flat ?? answer)
}

/** OpenInference, in the instrumentations of both languages and all frameworks. */
export const openinference: Dialect = {
  name: 'OpenInference',
  about: {
    seen: 'JavaScript: openai 4.2.7, anthropic 0.2.8, langchain 4.1.1; Python: openai 0.1.66, anthropic 3.1.0, langchain 0.1.80, agents 2.6.0, crewai 1.1.21, agno 1.0.15, litellm 0.1.51, llama-index 4.6.1, google-genai 1.4.14, mistralai 2.2.2, groq 0.1.33, beeai 0.1.30; both: bedrock 0.5.1 and 0.1.61',
    signals: 'traces',
    silent: 'tokens of streamed OpenAI chats in JavaScript',
  },
  detect: { keys: ['openinference.span.kind'] },
  kinds: [
    { kind: 'llm', when: isCallInDisguise },
    { kind: 'plain', when: (item) => isHandOff(item) || isFinish(item) || isEventOfBeeAi(item) },
    { kind: 'workflow', when: (item) => isTraceOfAgents(item) && item.isTop },
    { kind: 'plain', when: isTraceOfAgents },
    { kind: 'agent', when: (item) => langChainAgent(item) !== undefined },
    { kind: 'workflow', when: isRun },
    { kind: 'plain', when: isStepOfLangChain },
    { key: 'openinference.span.kind', values: kinds },
    // chains inside of a run, retrievers, guardrails, prompts
    { kind: 'plain', when: (item) => kindOf(item) !== '' },
  ],
  fields: {
    ...metadata,
    agent: [agentOf],
    provider: [providerOf, 'llm.system', inMetadata('ls_provider')],
    model: [modelOf, inMetadata('ls_model_name')],
    responseModel: [
      'llm.response.model_name',
      aiMessage('response_metadata', 'model_name'),
      aiMessage('response_metadata', 'model'),
      generation('generationInfo', 'model_name'),
      generation('generation_info', 'model_name'),
      response('model'),
      streamed('model'),
      listed('model'),
    ],
    responseId: ['llm.response.id', responseIdOf],
    prompt: [promptOf, 'llm.token_count.prompt'],
    completion: ['llm.token_count.completion'],
    total: ['llm.token_count.total'],
    cacheRead: [
      'llm.token_count.prompt_details.cache_read',
      'llm.token_count.prompt_details.cache_input',
      'metadata.usage.cached_prompt_tokens',
      response('usage', 'cache_read_input_tokens'),
      listed('usage', 'prompt_tokens_details', 'cached_tokens'),
      response('usage', 'prompt_tokens_details', 'cached_tokens'),
      streamed('usage', 'prompt_tokens_details', 'cached_tokens'),
      response('usage', 'cacheReadInputTokens'),
      aiMessage('usage_metadata', 'input_token_details', 'cache_read'),
    ],
    cacheWrite: [
      'llm.token_count.prompt_details.cache_write',
      'metadata.usage.cached_creation_tokens',
      response('usage', 'cache_creation_input_tokens'),
      response('usage', 'cacheWriteInputTokens'),
      aiMessage('usage_metadata', 'input_token_details', 'cache_creation'),
    ],
    reasoning: [
      'llm.token_count.completion_details.reasoning',
      aiMessage('usage_metadata', 'output_token_details', 'reasoning'),
      listed('usage', 'completion_tokens_details', 'reasoning_tokens'),
      response('usage', 'completion_tokens_details', 'reasoning_tokens'),
      streamed('usage', 'completion_tokens_details', 'reasoning_tokens'),
    ],
    cost: ['llm.cost.total'],
    tool: ['tool.name', toolOf],
    callId: [
      'tool.id',
      { key: 'output.value', path: ['output', 'kwargs', 'tool_call_id'] },
      { key: 'output.value', path: ['data', 'tool_call_id'] },
    ],
    toolInput: [argumentsOf],
    toolOutput: [
      { key: 'output.value', path: ['output', 'kwargs', 'content'] },
      { key: 'output.value', path: ['data', 'content'] },
      'output.value',
    ],
  },
  usage: {
    roles: { llm: 'call', embedding: 'call', rerank: 'call' },
    // the agents of smolagents count for as long as they live
    role: (item, kind) => (kind === 'agent' && /smolagents/.test(item.scope) ? 'lifetime' : null),
    trust: 20,
    trustByScope: [
      [/litellm/, 10],
      [/langchain|agents|agno|crewai|llama|smolagents|dspy|haystack|strands|adk/, 20],
      [/(openai|anthropic|bedrock|google|genai|vertex|mistral|groq|cohere|together|ollama)/i, 30],
    ],
    // the only one of these clients that leaves Anthropic's numbers as they are
    cache: ({ scope }) => (/claude[._-]agent[._-]sdk/.test(scope) ? 'excluded' : 'inferred'),
    reasoning: 'inferred',
    zeroCost: 'unknown',
  },
  messages: {
    input: [inputMessages],
    output: [(item) => (whyOf(item) === undefined ? outputMessages(item) : undefined)],
  },
  endsWell: isTraceOfAgents,
  failureReason: whyOf,
}
