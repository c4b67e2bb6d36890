import type { Kind } from '../facts/facts.ts'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import { isRunId } from '../messages/langchain.ts'
import { groundingMessage } from '../messages/provider-tools.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf, treeOrText } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, type Source, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { child, firstChild, isList, isRecord, type Tree } from '../values/tree.ts'
import { unflatten } from '../values/unflatten.ts'
import { genaiFields } from './genai.ts'

const kinds: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  embedding: 'embedding',
  reranker: 'rerank',
  tool: 'tool',
  agent: 'agent',
}

const metadata = idsInJson('metadata')

/** Matches the scope of the instrumentations of Bedrock. */
const isOfBedrock = /bedrock/

/** Returns the kind that OpenInference names, in capitals; '' for none. */
function kindOf(item: Item): string {
  const kind = item.attributes.get('openinference.span.kind')
  return typeof kind === 'string' ? kind.toUpperCase() : ''
}

function inMetadata(name: string): PathSource {
  return { key: 'metadata', path: [name] }
}

/** Returns a source in the response of a model call, as the provider's SDK returned it. */
function response(...path: readonly string[]): PathSource {
  return { key: 'output.value', path }
}
/** Returns a source in the response that Mistral's instrumentation collects from a stream. */
function streamed(...path: readonly string[]): PathSource {
  return response('data', ...path)
}
/** Returns a source in the first response of a list, as the OpenAI Agents SDK keeps them. */
function listed(...path: readonly string[]): PathSource {
  return { key: 'output.value', path: [0, ...path] }
}
/** Returns a source in the generation that LangChain keeps of a model's output. */
function generation(...path: readonly string[]): PathSource {
  return { key: 'output.value', path: ['generations', 0, 0, ...path] }
}
/** Returns a source in the message of that generation. */
function aiMessage(...path: readonly string[]): PathSource {
  return generation('message', 'kwargs', ...path)
}

const isOfLangChain = /langchain/
const isOfBeeAi = /beeai/
const isOfOpenAIAgents = /openai[._-]agents/

/** Whether a model call of LangChain is marked as an agent, because its name contains the word (trap 57). */
function isMislabelledCall(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfLangChain.test(item.scope) && item.attributes.has('llm.token_count.prompt')
}

/** Whether a tool span is a hand-off to another agent. */
function isHandOff(item: Item): boolean {
  return (
    kindOf(item) === 'TOOL' &&
    (/^handoff to /i.test(item.name) || /^handoff_to_/.test(firstValue(item, ['tool.name'], asName) ?? ''))
  )
}

/** Whether a tool span is the tool by which a model of smolagents, BeeAI or DSPy says that it has finished. */
function isFinish(item: Item): boolean {
  if (kindOf(item) !== 'TOOL') return false
  return (
    (/smolagents|beeai/.test(item.scope) && firstValue(item, ['tool.name'], asName) === 'final_answer') ||
    (/dspy/.test(item.scope) && /^finish\b/i.test(item.name))
  )
}

/** Whether a span is an event in a run of BeeAI: a span of the run's kind that takes no time and has the event's path. */
function isEventOfBeeAi(item: Item): boolean {
  return isOfBeeAi.test(item.scope) && item.attributes.has('metadata.path')
}

/** Returns the reason of a failure in BeeAI, whose exceptions have one text and whose output has the reason. */
function failureReason({ scope, attributes, events }: Item): Tree | undefined {
  const hasRaised = isOfBeeAi.test(scope) && events.some(({ name }) => name === 'exception')
  return hasRaised ? attributes.get('output.value') : undefined
}

/** Whether a span is the trace of the OpenAI Agents SDK: an agent without a name. */
function isTraceOfAgents(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfOpenAIAgents.test(item.scope) && firstValue(item, names, asName) === null
}

/** Whether a chain is a run: at the top of its process, with a workflow id, or the start of a crew. */
function isRun(item: Item): boolean {
  if (kindOf(item) !== 'CHAIN') return false
  return item.isTop || item.workflowId !== null || item.attributes.has('crew_tasks')
}

/** Whether a chain is a module of DSPy: the outermost has the question and the answer, whose model calls have templates. */
function isModuleOfDspy(item: Item): boolean {
  return kindOf(item) === 'CHAIN' && /dspy/.test(item.scope) && /\.a?forward$/.test(item.name)
}

const names = ['agent.name', 'graph.node.name', 'graph.node.id']

/**
 * Returns the agent that a run of LangChain is; undefined for none. All spans name the outermost agent, so a run is an
 * agent if it has that name itself, or if the last message of its output has the run's name. A node of a graph is a step.
 */
function langChainAgent(item: Item): string | undefined {
  const { name } = item
  if (!isOfLangChain.test(item.scope) || !/^(CHAIN|AGENT)$/.test(kindOf(item))) return undefined
  if (firstValue(item, [inMetadata('lc_agent_name')], asName) === name) return name
  if (kindOf(item) === 'AGENT')
    return firstValue(item, [inMetadata('langgraph_node')], asName) === name ? undefined : name
  const output = item.attributes.get('output.value')
  // most outputs are a long state without the name, which is not worth parsing
  if (typeof output !== 'string' || !output.includes(JSON.stringify(name))) return undefined
  const messages = child(treeOf(item, 'output.value'), 'messages')
  const last = isList(messages) ? messages.at(-1) : undefined
  const author = child(child(last, 'kwargs'), 'name') ?? child(child(last, 'data'), 'name')
  return author === name ? name : undefined
}

function isStepOfLangChain(item: Item): boolean {
  return kindOf(item) === 'AGENT' && isOfLangChain.test(item.scope)
}

function agentOf(item: Item): string | undefined {
  if (kindOf(item) !== 'AGENT') return langChainAgent(item)
  const stated = firstValue(item, ['gen_ai.agent.name'], asName) ?? langChainAgent(item)
  return stated ?? firstValue(item, names, asName) ?? withoutMethod(item.name)
}

/** Returns the agent in a span name: smolagents and others add the method, the semantic conventions the operation before it. */
function withoutMethod(name: string): string {
  return name
    .replace(/^invoke_agent /, '')
    .replace(/\.(__call__|a?(run|call|invoke|stream|forward|kickoff)(_stream)?)$/, '')
}

/** Returns the requested model: from the input of Bedrock, whose attribute cuts the name, and of LiteLLM without the provider. */
function modelOf(item: Item): string | undefined {
  const requested = isOfBedrock.test(item.scope)
    ? firstValue(item, [{ key: 'input.value', path: ['modelId'] }], asName)
    : null
  if (requested !== null) return requested
  const model = firstValue(item, ['llm.model_name', 'llm.request.model_name', 'embedding.model_name'], asName)
  const provider = firstValue(item, ['llm.provider'], asName)
  if (model === null) return undefined
  return /litellm/.test(item.scope) && model.startsWith(`${provider}/`) ? model.slice(`${provider}/`.length) : model
}

function providerOf(item: Item): string | undefined {
  const provider = firstValue(item, ['llm.provider'], asName)
  return provider === 'aws' ? 'aws.bedrock' : (provider ?? undefined)
}

/** Returns the provider's response id, not LangChain's id of a run. */
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
  return id === null || isRunId(id) ? undefined : id
}

/** Returns the prompt of a Bedrock call from the total: Bedrock counts cached tokens apart, and an instrumentation drops them. */
function promptOf(item: Item): number | undefined {
  if (!isOfBedrock.test(item.scope)) return undefined
  const total = firstValue(item, ['llm.token_count.total'], asCount)
  const completion = firstValue(item, ['llm.token_count.completion'], asCount)
  return total === null || completion === null ? undefined : total - completion
}

/** Returns a tool's arguments: some frameworks write the call of its function, LangChain in Python the `repr` of a record. */
function argumentsOf(item: Item): Tree | undefined {
  const text = valueAt(item, 'input.value')
  const tree = treeOf(item, 'input.value')
  if (!isRecord(tree) || tree instanceof Map) return text
  const isCall = Object.keys(tree).every((key) => /^(args|kwargs|sanitize_inputs_outputs)$/.test(key))
  if (isCall) return functionArguments(tree)
  if (isOfBeeAi.test(item.scope)) return child(tree, 'input')
  return typeof text === 'string' && /^\s*\{\s*'/.test(text) ? tree : text
}

/** Returns a tool's name from the span name, which may end in the name of a method. */
function toolOf(item: Item): string {
  return withoutMethod(item.name)
}

/** Returns the input messages: of a model call its messages, of a run its input. */
function inputMessages(item: Item): Tree | undefined {
  if (kindOf(item) !== 'LLM') {
    const task = child(child(treeOf(item, 'crew_tasks'), 0), 'description')
    return inputMessagesIn(task) ?? inputMessagesIn(item.attributes.get('input.value'))
  }
  // Gemini's SDK calls functions itself, and returns the conversation with the last answer
  const history = child(treeOf(item, 'output.value'), 'automatic_function_calling_history')
  if (isList(history) && history.length > 0) return history
  const flat = unflatten(item.attributes, 'llm.input_messages')
  // for Bedrock, the flattened messages have only the texts of blocks
  const lacks = flat === undefined || isOfBedrock.test(item.scope) || flat.some(isIncompleteResult)
  return (lacks ? inputMessagesIn(item.attributes.get('input.value')) : undefined) ?? flat
}

/**
 * Whether a flattened message is a tool result without the id of its call, which some instrumentations leave out, or the
 * last result of a message that may have several, whose failures are left out: then it is a user's, as Anthropic's is.
 */
function isIncompleteResult(flat: Tree): boolean {
  const message = child(flat, 'message')
  return (child(message, 'role') === 'tool') === (child(message, 'tool_call_id') === undefined)
}

/** Returns the output messages. */
function outputMessages(item: Item): Tree | undefined {
  const answer = outputMessagesIn(treeOrText(item, 'output.value'))
  return kindOf(item) === 'LLM' ? withGrounding(item, answerOfModel(item, answer)) : answer
}

/** Adds the searches that Gemini made for its answer, which stand beside the messages. */
function withGrounding(item: Item, messages: Tree | undefined): Tree | undefined {
  const response = treeOf(item, 'output.value')
  const grounding = groundingMessage(
    child(child(response, 'candidates'), 0),
    firstChild(response, ['responseId', 'response_id']),
  )
  if (grounding === undefined) return messages
  return isList(messages) ? [...messages, grounding] : [grounding]
}

function answerOfModel(item: Item, answer: Tree | undefined): Tree | undefined {
  // flattened messages have roles and tool calls, a text has neither
  const flat = unflatten(item.attributes, 'llm.output_messages')
  return isRecord(treeOf(item, 'output.value')) ? (answer ?? flat) : (flat ?? answer)
}

/** Returns the function that a request forces, as libraries for structured output do. */
const forcedFunction: Source = {
  key: 'llm.invocation_parameters',
  read: (item) => {
    const text = item.attributes.get('llm.invocation_parameters')
    if (kindOf(item) !== 'LLM' || typeof text !== 'string' || !text.includes('"tool_choice"')) return undefined
    const choice = child(treeOf(item, 'llm.invocation_parameters'), 'tool_choice')
    return child(child(choice, 'function'), 'name') ?? child(choice, 'name')
  },
}

/**
 * Whether the prompt of Claude's Agent SDK includes the cached tokens, as its total shows: earlier instrumentations hand
 * on Anthropic's numbers, later ones add them up.
 */
function includesCached({ attributes }: Item): boolean {
  const count = (name: string) => asCount(attributes.get(`llm.token_count.${name}`) ?? null) ?? 0
  const cached = count('prompt_details.cache_read') + count('prompt_details.cache_write')
  return count('prompt') >= cached && count('total') === count('prompt') + count('completion')
}

/** Where OpenInference's processors move the texts of other clients' spans. */
export const movedTexts: Readonly<Record<'input' | 'output' | 'arguments' | 'result', Source>> = {
  input: inputMessages,
  output: outputMessages,
  arguments: argumentsOf,
  result: 'output.value',
}

/** OpenInference, in the instrumentations of both languages and all frameworks (docs/dialects.md §2). */
export const openinference: Dialect = {
  name: 'OpenInference',
  about: {
    seen: 'JavaScript: openai 4.2.7, anthropic 0.2.8, langchain 4.1.1; Python: openai 0.1.66, anthropic 3.1.0, langchain 0.1.80, agents 2.6.0, crewai 1.1.21, agno 1.0.15, litellm 0.1.51, llama-index 4.6.1, google-genai 1.4.14, mistralai 2.2.2, groq 0.1.33, beeai 0.1.30; both: bedrock 0.5.1 and 0.1.61',
    signals: 'traces',
    silent: 'tokens of streamed OpenAI chats in JavaScript',
  },
  detect: { keys: ['openinference.span.kind'] },
  kinds: [
    { kind: 'llm', when: isMislabelledCall },
    { kind: 'plain', when: (item) => isHandOff(item) || isFinish(item) || isEventOfBeeAi(item) },
    { kind: 'workflow', when: (item) => isTraceOfAgents(item) && item.isTop },
    { kind: 'plain', when: isTraceOfAgents },
    { kind: 'agent', when: (item) => langChainAgent(item) !== undefined },
    { kind: 'workflow', when: isRun },
    { kind: 'task', when: isModuleOfDspy },
    { kind: 'plain', when: isStepOfLangChain },
    { key: 'openinference.span.kind', values: kinds },
    // chains inside a run, retrievers, guardrails, prompts
    { kind: 'plain', when: (item) => kindOf(item) !== '' },
  ],
  fields: {
    ...metadata,
    agent: [agentOf],
    // applications and Dify write the counters of the semantic conventions beside the kinds of OpenInference
    provider: [providerOf, 'llm.system', inMetadata('ls_provider'), 'gen_ai.provider.name', 'gen_ai.system'],
    model: [modelOf, inMetadata('ls_model_name'), 'gen_ai.request.model'],
    responseModel: [
      'llm.response.model_name',
      aiMessage('response_metadata', 'model_name'),
      aiMessage('response_metadata', 'model'),
      generation('generationInfo', 'model_name'),
      generation('generation_info', 'model_name'),
      response('model'),
      streamed('model'),
      listed('model'),
      'gen_ai.response.model',
    ],
    responseId: ['llm.response.id', responseIdOf, 'gen_ai.response.id'],
    prompt: [promptOf, 'llm.token_count.prompt', ...genaiFields.prompt!],
    completion: ['llm.token_count.completion', ...genaiFields.completion!],
    total: ['llm.token_count.total', ...genaiFields.total!],
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
      ...genaiFields.cacheRead!,
    ],
    cacheWrite: [
      'llm.token_count.prompt_details.cache_write',
      'metadata.usage.cached_creation_tokens',
      response('usage', 'cache_creation_input_tokens'),
      response('usage', 'cacheWriteInputTokens'),
      aiMessage('usage_metadata', 'input_token_details', 'cache_creation'),
      ...genaiFields.cacheWrite!,
    ],
    reasoning: [
      'llm.token_count.completion_details.reasoning',
      aiMessage('usage_metadata', 'output_token_details', 'reasoning'),
      listed('usage', 'completion_tokens_details', 'reasoning_tokens'),
      response('usage', 'completion_tokens_details', 'reasoning_tokens'),
      streamed('usage', 'completion_tokens_details', 'reasoning_tokens'),
      ...genaiFields.reasoning!,
    ],
    audioInput: ['llm.token_count.prompt_details.audio'],
    audioOutput: ['llm.token_count.completion_details.audio'],
    cost: ['llm.cost.total', ...genaiFields.cost!],
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
    // an agent of smolagents counts over its whole lifetime
    role: (item, kind) => (kind === 'agent' && /smolagents/.test(item.scope) ? 'lifetime' : null),
    trust: 20,
    trustByScope: [
      [/litellm/, 10],
      [/langchain|agents|agno|crewai|llama|smolagents|dspy|haystack|strands|adk/, 20],
      [/(openai|anthropic|bedrock|google|genai|vertex|mistral|groq|cohere|together|ollama)/i, 30],
    ],
    // this client passes Anthropic's counters on unchanged, in its earlier versions
    cache: (item) => (/claude[._-]agent[._-]sdk/.test(item.scope) && !includesCached(item) ? 'excluded' : 'inferred'),
    reasoning: 'inferred',
    zeroCost: 'unknown',
  },
  messages: {
    forcedFunction: [forcedFunction],
    input: [inputMessages],
    output: [(item) => (failureReason(item) === undefined ? outputMessages(item) : undefined)],
  },
  endsWell: isTraceOfAgents,
  failureReason,
}
