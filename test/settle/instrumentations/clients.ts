import {
  answered,
  answerMessage,
  asked,
  chat,
  type Instrumentation,
  type ModelCall,
  parts,
  requestMessages,
} from './sketch.ts'

/** The spans of instrumentations of a model's client: they see no tool run but in messages. */
export const clients: readonly Instrumentation[] = [
  {
    name: 'OTel GenAI, Python',
    hasMessages: true,
    call: (call) => [
      { name: `chat ${asked}`, scope: openaiV2, kind: 3, attributes: { ...officialCall(call), ...parts(call) } },
    ],
    record: (call) => ({
      name: 'gen_ai.client.inference.operation.details',
      scope: openaiV2,
      kind: 1,
      attributes: { ...officialCall(call), ...parts(call) },
    }),
  },
  {
    name: 'OTel GenAI, JavaScript',
    hasMessages: false,
    call: (call) => [
      {
        name: `chat ${asked}`,
        scope: '@opentelemetry/instrumentation-openai',
        kind: 3,
        attributes: { ...chat(call), 'gen_ai.system': 'openai', 'gen_ai.response.id': call.id },
      },
    ],
  },
  {
    name: 'OpenLLMetry',
    hasMessages: true,
    call: (call) => [
      {
        name: 'openai.chat',
        scope: 'opentelemetry.instrumentation.openai.v1',
        kind: 3,
        attributes: {
          ...chat(call),
          ...parts(call),
          'traceloop.workflow.name': 'trip_planner',
          'gen_ai.response.id': call.id,
          'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
          'gen_ai.usage.reasoning_tokens': BigInt(call.reasoning),
        },
      },
    ],
    // a function with the decorator `tool`
    tool: ({ name, args, result }) => ({
      name: `${name}.tool`,
      scope: 'traceloop.tracer',
      kind: 1,
      attributes: {
        'traceloop.span.kind': 'tool',
        'traceloop.entity.name': name,
        'gen_ai.tool.name': name,
        'traceloop.entity.input': JSON.stringify({ args: [], kwargs: args }),
        'traceloop.entity.output': JSON.stringify(result),
      },
    }),
  },
  {
    name: 'OpenInference',
    hasMessages: true,
    call: (call) => [
      {
        name: 'ChatCompletion',
        scope: 'openinference.instrumentation.openai',
        kind: 1,
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': answered,
          'llm.system': 'openai',
          'input.value': JSON.stringify({ model: asked, messages: requestMessages(call) }),
          ...flattened(call),
          'llm.token_count.prompt': BigInt(call.prompt),
          'llm.token_count.completion': BigInt(call.completion),
          'llm.token_count.total': BigInt(call.prompt + call.completion),
          'llm.token_count.prompt_details.cache_read': BigInt(call.cached),
          'llm.token_count.completion_details.reasoning': BigInt(call.reasoning),
        },
      },
    ],
  },
  {
    name: 'OpenInference, a stream',
    hasMessages: true,
    withoutUsage: true,
    call: (call) => [
      {
        name: 'OpenAI Chat Completions',
        scope: '@arizeai/openinference-instrumentation-openai',
        kind: 1,
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': asked,
          'llm.system': 'openai',
          'input.value': JSON.stringify({ model: asked, messages: requestMessages(call) }),
          'output.value': '',
          'llm.finish_reason': call.asks === null ? 'stop' : 'tool_calls',
          ...flattened(call),
        },
      },
    ],
  },
  {
    name: 'OpenLIT',
    hasMessages: true,
    call: (call) => [{ name: `chat ${asked}`, scope: openlit, kind: 3, attributes: openlitCall(call) }],
    record: (call) => ({
      name: 'gen_ai.client.inference.operation.details',
      scope: openlit,
      kind: 1,
      attributes: openlitCall(call),
    }),
  },
  {
    name: 'Langfuse',
    hasMessages: true,
    call: (call) => [
      {
        name: 'OpenAI-generation',
        scope: 'langfuse-sdk',
        kind: 1,
        attributes: {
          'langfuse.observation.type': 'generation',
          'langfuse.observation.model.name': answered,
          'langfuse.observation.input': JSON.stringify({ messages: requestMessages(call) }),
          'langfuse.observation.output': JSON.stringify(answerMessage(call)),
          'langfuse.observation.usage_details': JSON.stringify(openaiUsage(call)),
        },
      },
    ],
    tool: ({ name, args, result }) => ({
      name,
      scope: 'langfuse-sdk',
      kind: 1,
      attributes: {
        'langfuse.observation.type': 'tool',
        'langfuse.observation.input': JSON.stringify({ args: [], kwargs: args }),
        'langfuse.observation.output': result,
      },
    }),
  },
  {
    name: 'LiteLLM',
    hasMessages: true,
    call: (call) => [
      { name: 'litellm_request', scope: 'litellm', kind: 1, attributes: litellmCall(call) },
      {
        name: 'raw_gen_ai_request',
        scope: 'litellm',
        kind: 1,
        attributes: {
          'llm.openai.id': call.id,
          'llm.openai.model': answered,
          'llm.openai.messages': python(requestMessages(call)),
          'llm.openai.choices': python([{ index: 0, message: answerMessage(call) }]),
          'llm.openai.usage': python(openaiUsage(call)),
        },
      },
    ],
  },
]

const openaiV2 = 'opentelemetry.instrumentation.openai_v2'
const openlit = 'openlit.instrumentation.openai'

function officialCall(call: ModelCall) {
  const finish = { 'gen_ai.response.finish_reasons': [call.asks === null ? 'stop' : 'tool_calls'] }
  return { ...chat(call), ...finish, 'gen_ai.system': 'openai', 'gen_ai.response.id': call.id }
}

function openlitCall(call: ModelCall) {
  return {
    ...chat(call),
    ...parts(call),
    'telemetry.sdk.name': 'openlit',
    'gen_ai.response.id': call.id,
    ...(call.asks !== null && { 'gen_ai.tool.name': call.asks.name, 'gen_ai.tool.call.id': call.asks.id }),
    'gen_ai.client.token.usage': BigInt(call.prompt + call.completion),
    'gen_ai.usage.cost': 0,
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
  }
}

function litellmCall(call: ModelCall) {
  return {
    'llm.request.type': 'completion',
    'gen_ai.request.model': asked,
    'gen_ai.response.model': answered,
    'gen_ai.system': 'openai',
    'gen_ai.response.id': call.id,
    'gen_ai.usage.input_tokens': BigInt(call.prompt),
    'gen_ai.usage.output_tokens': BigInt(call.completion),
    'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
    'metadata.usage_object': python(openaiUsage(call)),
    hidden_params: JSON.stringify({ cache_key: null, response_cost: 0.00005 }),
    'gen_ai.cost.total_cost': 0.00005,
  }
}

function openaiUsage({ prompt, completion, cached, reasoning }: ModelCall) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: reasoning },
    prompt_tokens_details: { cached_tokens: cached },
  }
}

/** Python's `repr` of what JSON can hold. */
function python(value: object): string {
  return JSON.stringify(value)
    .replaceAll("'", "\\'")
    .replaceAll(':null', ':None')
    .replaceAll('"', "'")
    .replaceAll("\\'", '\\"')
}

/** The messages of OpenInference, one attribute for each value. */
function flattened(call: ModelCall): Record<string, string> {
  const flat: Record<string, string> = {}
  const add = (prefix: string, message: object) => {
    const { role, content, tool_call_id, tool_calls } = message as { [key: string]: string } & { tool_calls?: object[] }
    flat[`${prefix}.role`] = role!
    if (content != null) flat[`${prefix}.content`] = content
    if (tool_call_id !== undefined) flat[`${prefix}.tool_call_id`] = tool_call_id
    const [call] = (tool_calls ?? []) as unknown as { id: string; function: { name: string; arguments: string } }[]
    if (call === undefined) return
    flat[`${prefix}.tool_calls.0.tool_call.id`] = call.id
    flat[`${prefix}.tool_calls.0.tool_call.function.name`] = call.function.name
    flat[`${prefix}.tool_calls.0.tool_call.function.arguments`] = call.function.arguments
  }
  for (const [i, message] of requestMessages(call).entries()) add(`llm.input_messages.${i}.message`, message)
  add('llm.output_messages.0.message', answerMessage(call))
  return flat
}
