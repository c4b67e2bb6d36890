import type { Kind } from '../facts/facts.ts'
import type { Dialect, Fields } from '../table/dialect.ts'
import { type Item, oncePerItem } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { isList } from '../values/tree.ts'
import { plain } from './plain.ts'

/** Kinds by gen_ai.operation.name: registered values, older ones, and those of frameworks that use this dialect (trap 55). */
const operations: Readonly<Record<string, Kind>> = {
  chat: 'llm',
  'chat.completions': 'llm',
  generate_content: 'llm',
  text_completion: 'llm',
  completion: 'llm',
  acompletion: 'llm',
  generate: 'llm',
  responses: 'llm',
  realtime_inference: 'llm',
  llm_call: 'llm',
  embeddings: 'embedding',
  embedding: 'embedding',
  rerank: 'rerank',
  execute_tool: 'tool',
  tool_call: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'workflow',
  workflow: 'workflow',
  enter: 'workflow',
  execute_task: 'task',
  // creating an agent runs nothing; a step or plan is part of a run that has its own span
  create_agent: 'plain',
  agent_step: 'plain',
  plan: 'plain',
  react: 'plain',
  retrieval: 'plain',
  search_memory: 'plain',
  create_memory: 'plain',
  update_memory: 'plain',
  delete_memory: 'plain',
  orchestrate_tools: 'plain',
  framework: 'plain',
  chain: 'plain',
  handoff: 'plain',
  vectordb: 'plain',
}

/** Operations that ask for the state of a response or run which another request has started; each has the usage so far. */
const polls = /^(fetch|get|poll|retrieve)(_(\w+_)?(response|run|completion|batch|result|status))?$/

const inputTokens = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens']
const outputTokens = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens']
const totalTokens = ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens']
const counters = [...inputTokens, ...outputTokens, ...totalTokens]
const responses = ['gen_ai.response.id', 'gen_ai.response.model']

/** Returns the source of the rest in a span name `{operation} {rest}`. */
function afterOperation(...names: readonly string[]): Source {
  const pattern = new RegExp(`^(?:${names.join('|')}) (.+)$`)
  return ({ name }) => pattern.exec(name)?.[1]
}

const operationOf = oncePerItem((item) => firstValue(item, ['gen_ai.operation.name'], asName)?.toLowerCase() ?? '')

/** Reads an agent's attribute, unless the span is a workflow: since semconv-genai 0.1.0 it then has the workflow's name. */
function unlessWorkflow(key: string): Source {
  return {
    key,
    read: (item) => (operationOf(item) === 'invoke_workflow' ? undefined : item.attributes.get(key)),
  }
}

/** Reads an agent's attribute only if the span is a workflow. */
function ifWorkflow(key: string): Source {
  return {
    key,
    read: (item) => (operationOf(item) === 'invoke_workflow' ? item.attributes.get(key) : undefined),
  }
}

/** Two instrumentations of Bedrock hand its numbers on as they are: the input without what the cache read or wrote. */
const bedrock = /^opentelemetry\.instrumentation\.(botocore\.)?bedrock/

const finishReasons = 'gen_ai.response.finish_reasons'

/** Returns `cancelled` for a call whose finish reasons say that it was cancelled or aborted. */
function cancelledFinish(item: Item): string | undefined {
  const reasons = item.attributes.get(finishReasons)
  const list = isList(reasons) ? reasons : typeof reasons === 'string' ? [reasons] : []
  return list.some((reason) => typeof reason === 'string' && /^\W*(cancell?ed|aborted)\W*$/i.test(reason))
    ? 'cancelled'
    : undefined
}

/** Fields of the semantic conventions in all versions. Dialects that write them as well start from these. */
export const genaiFields: Fields = {
  workflowName: ['gen_ai.workflow.name', ifWorkflow('gen_ai.agent.name'), afterOperation('invoke_workflow')],
  user: ['gen_ai.user.id'],
  session: ['gen_ai.session.id'],
  conversation: ['gen_ai.conversation.id', 'conversation.id'],
  agent: [unlessWorkflow('gen_ai.agent.name'), afterOperation('invoke_agent'), unlessWorkflow('gen_ai.agent.id')],
  provider: ['gen_ai.provider.name', 'gen_ai.system', ...plain.fields.provider!],
  model: [
    'gen_ai.request.model',
    afterOperation('chat', 'text_completion', 'generate_content', 'embeddings', 'rerank'),
    'model',
  ],
  responseModel: ['gen_ai.response.model', ...plain.fields.responseModel!],
  responseId: ['gen_ai.response.id'],
  prompt: [...inputTokens, ...plain.fields.prompt!],
  completion: [...outputTokens, ...plain.fields.completion!],
  total: [...totalTokens, ...plain.fields.total!],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.input_cached_tokens',
    'gen_ai.usage.cached_input_tokens',
    'gen_ai.usage.cached_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'gen_ai.usage.prompt_tokens_details.cached_tokens',
    ...plain.fields.cacheRead!,
  ],
  cacheWrite: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.input_tokens.cache_write',
    'gen_ai.usage.cache_write_tokens',
    'gen_ai.usage.cache_creation_tokens',
    'gen_ai.usage.details.cache_write_tokens',
    ...plain.fields.cacheWrite!,
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.output_tokens.reasoning',
    'gen_ai.usage.completion_tokens_details.reasoning_tokens',
    'gen_ai.usage.experimental.reasoning_tokens',
    'gen_ai.usage.thinking_tokens',
    'gen_ai.usage.details.reasoning_tokens',
    ...plain.fields.reasoning!,
  ],
  cacheWrite1h: [
    'anthropic.usage.cache_creation.ephemeral_1h_input_tokens',
    'gen_ai.usage.cache_creation.ephemeral_1h_input_tokens',
    'gen_ai.usage.details.ephemeral_1h_input_tokens',
    'gen_ai.usage.cache_creation_1h_input_tokens',
  ],
  audioInput: [
    'gen_ai.usage.audio.input_tokens',
    'gen_ai.usage.input_audio_tokens',
    'gen_ai.usage.details.input_audio_tokens',
    'gen_ai.usage.prompt_tokens_details.audio_tokens',
  ],
  audioOutput: [
    'gen_ai.usage.audio.output_tokens',
    'gen_ai.usage.output_audio_tokens',
    'gen_ai.usage.details.output_audio_tokens',
    'gen_ai.usage.completion_tokens_details.audio_tokens',
  ],
  imageInput: ['gen_ai.usage.image.input_tokens', 'gen_ai.usage.input_image_tokens'],
  imageOutput: ['gen_ai.usage.image.output_tokens', 'gen_ai.usage.output_image_tokens'],
  webSearches: [
    'gen_ai.usage.details.web_search_requests',
    'gen_ai.usage.web_search_requests',
    'anthropic.usage.server_tool_use.web_search_requests',
  ],
  serviceTier: [
    'openai.response.service_tier',
    'gen_ai.openai.response.service_tier',
    'anthropic.response.service_tier',
    'gen_ai.response.service_tier',
  ],
  // dollars, the most exact first; `gen_ai.cost.total_tokens` is money despite its name (docs/dialects.md §0.8)
  cost: [
    'gen_ai.cost.total_cost',
    'litellm.cost.total',
    'operation.cost',
    'gen_ai.usage.cost',
    'gen_ai.usage.total_cost',
    'gen_ai.usage.cost_usd',
    'opencode.llm.cost.total',
    'gen_ai.cost.total_tokens',
    ...plain.fields.cost!,
  ],
  cacheHit: plain.fields.cacheHit!,
  tool: ['gen_ai.tool.name', afterOperation('execute_tool', 'tools/call')],
  callId: ['gen_ai.tool.call.id'],
  toolInput: ['gen_ai.tool.call.arguments', 'gen_ai.tool.input', ...plain.fields.toolInput!],
  toolOutput: ['gen_ai.tool.call.result', 'gen_ai.tool.output', ...plain.fields.toolOutput!],
  success: plain.fields.success!,
  status: ['gen_ai.tool.status', 'tool.status', { key: finishReasons, read: cancelledFinish }],
  error: ['error.message'],
}

/** Returns the kind of the call that a record repeats. */
function kindOfDetails(item: Item): Kind {
  const operation = operationOf(item)
  const kind = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  return kind === 'embedding' || kind === 'rerank' ? kind : 'llm'
}

/** Messages as single events, on a span or as log records (semconv 1.27 to 1.36), and the event that replaced them. */
const events: NonNullable<Dialect['events']> = {
  'gen_ai.system.message': { kind: 'llm', message: 'input', role: 'system' },
  'gen_ai.developer.message': { kind: 'llm', message: 'input', role: 'system' },
  'gen_ai.tool.developer': { kind: 'llm', message: 'input', role: 'system' },
  'gen_ai.user.message': { kind: 'llm', message: 'input', role: 'user', messageAt: ['gen_ai.event.content'] },
  'gen_ai.assistant.message': { kind: 'llm', message: 'input', role: 'assistant', messageAt: ['gen_ai.event.content'] },
  'gen_ai.tool.message': { kind: 'llm', message: 'input', role: 'tool', messageAt: ['gen_ai.event.content'] },
  'gen_ai.choice': {
    kind: 'llm',
    message: 'output',
    role: 'assistant',
    messageAt: ['message', 'gen_ai.event.content'],
  },
  'gen_ai.content.prompt': { kind: 'llm', message: 'input', messageAt: ['gen_ai.prompt'] },
  'gen_ai.content.completion': { kind: 'llm', message: 'output', messageAt: ['gen_ai.completion'] },
  // repeats the span that the record names, counters included (docs/dialects.md §1.6), unless the span was sampled away
  'gen_ai.client.inference.operation.details': { kind: kindOfDetails, message: 'lists', usage: 'copy' },
  'gen_ai.client.operation.exception': { kind: 'llm' },
}

/** The semantic conventions of OpenTelemetry for generative AI in all versions, and for MCP (docs/dialects.md §1). */
export const genai: Dialect = {
  name: 'OTel GenAI',
  about: {
    seen: "semantic conventions 1.27 to GenAI 0.1, by hand and by OpenTelemetry's instrumentations of OpenAI (JavaScript 0.21 and 0.22, Python, Java 2.31), Anthropic, LangChain and Google GenAI",
    signals: 'traces and logs',
    silent: 'cached and reasoning tokens with the OpenAI ones; how a tool ended that only messages tell of',
  },
  detect: { keys: ['gen_ai.', 'mcp.method.name'] },
  kinds: [
    { key: 'gen_ai.operation.name', values: operations },
    { key: 'mcp.method.name', values: { 'tools/call': 'tool' } },
    { kind: 'plain', has: ['mcp.method.name'] },
    { kind: 'tool', name: /^execute_tool / },
    { kind: 'agent', name: /^invoke_agent / },
    { kind: 'workflow', name: /^invoke_workflow / },
    { kind: 'plain', name: /^create_agent / },
    { kind: 'embedding', name: /embed/i, has: [...counters, 'gen_ai.request.model'] },
    { kind: 'rerank', name: /rerank/i, has: [...counters, 'gen_ai.request.model'] },
    { kind: 'llm', has: [...responses, ...counters] },
    { kind: 'llm', has: ['gen_ai.request.model'] },
    { kind: 'tool', has: ['gen_ai.tool.call.id', 'gen_ai.tool.call.arguments', 'gen_ai.tool.name'] },
  ],
  fields: genaiFields,
  usage: {
    roles: { llm: 'call', embedding: 'call', rerank: 'call' },
    // an unknown operation without a response may have the sum of calls below it
    role: (item, kind) => {
      const operation = operationOf(item)
      if (polls.test(operation)) return 'poll'
      const isUnknown = kind === 'llm' && operation !== '' && !Object.hasOwn(operations, operation)
      return isUnknown && firstValue(item, responses, asName) === null ? 'aggregate' : null
    },
    trust: 20,
    trustByScope: [
      [/^com\.anthropic\.sdk/, 40],
      [/litellm|gateway|proxy|portkey/i, 10],
      [/openai[._-]?agents/i, 20],
      [
        /instrumentation.*(openai|anthropic|gen_?ai|google|vertex|bedrock|botocore|mistral|cohere|groq|ollama|together|watsonx)/i,
        30,
      ],
    ],
    cache: ({ scope }) => (bedrock.test(scope) ? 'excluded' : 'inferred'),
    reasoning: 'inferred',
    zeroCost: 'unknown',
  },
  messages: {
    input: ['gen_ai.input.messages', 'gen_ai.request.messages', 'gen_ai.prompt'],
    output: ['gen_ai.output.messages', 'gen_ai.completion', 'gen_ai.response.text'],
    flatInput: 'gen_ai.prompt',
    flatOutput: 'gen_ai.completion',
  },
  events,
  // the current instrumentation of the OpenAI Agents SDK
  endsWell: ({ scope }, kind) => kind === 'workflow' && /openai_agents/.test(scope),
}
