import type { AttributeValues, Instrumentation, ModelCall, Sketch } from './sketch.ts'

const asked = 'claude-sonnet-4-5'
const answered = 'claude-sonnet-4-5-20250929'

/**
 * The spans of instrumentations of a call to Anthropic, whose API counts cached reads and writes beside the input. Some
 * add them up, and some hand the numbers on.
 */
export const ofAnthropic: readonly Instrumentation[] = [
  one("Anthropic's SDK", 'com.anthropic.sdk.python', (call) => ({
    ...chat(call, 'included'),
    'gen_ai.response.id': call.id,
    'gen_ai.usage.cache_write.input_tokens': BigInt(call.written),
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
    'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': BigInt(call.written),
  })),
  one('OpenInference', 'openinference.instrumentation.anthropic', (call) => ({
    'openinference.span.kind': 'LLM',
    'llm.provider': 'anthropic',
    'llm.model_name': answered,
    'llm.token_count.prompt': BigInt(call.prompt),
    'llm.token_count.completion': BigInt(call.completion),
    'llm.token_count.total': BigInt(call.prompt + call.completion),
    'llm.token_count.prompt_details.cache_read': BigInt(call.cached),
    'llm.token_count.prompt_details.cache_write': BigInt(call.written),
  })),
  one('OpenLLMetry, JavaScript', '@traceloop/instrumentation-anthropic', (call) => ({
    ...chat(call, 'apart'),
    'traceloop.workflow.name': 'trip_agent',
    // a sum of its own
    'gen_ai.usage.total_tokens': BigInt(fresh(call) + call.completion),
    'gen_ai.usage.cache_creation.input_tokens': BigInt(call.written),
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
  })),
  one('OpenLLMetry, Python', 'opentelemetry.instrumentation.anthropic', (call) => ({
    ...chat(call, 'included'),
    'traceloop.workflow.name': 'trip_agent',
    'gen_ai.response.id': call.id,
    'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
    'gen_ai.usage.cache_creation.input_tokens': BigInt(call.written),
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
  })),
  one('OpenLIT', 'openlit.instrumentation.anthropic', (call) => ({
    ...chat(call, 'apart'),
    'telemetry.sdk.name': 'openlit',
    'gen_ai.response.id': call.id,
    'gen_ai.usage.cache_creation.input_tokens': BigInt(call.written),
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
  })),
  one('Logfire', 'logfire.anthropic', (call) => ({
    ...chat(call, 'included'),
    'logfire.span_type': 'span',
    'gen_ai.response.id': call.id,
    'gen_ai.usage.raw': JSON.stringify({
      input_tokens: fresh(call),
      output_tokens: call.completion,
      cache_read_input_tokens: call.cached,
      cache_creation_input_tokens: call.written,
    }),
  })),
  one('PydanticAI', 'pydantic-ai', (call) => ({
    ...chat(call, 'included'),
    'gen_ai.response.id': call.id,
    'gen_ai.usage.cache_creation.input_tokens': BigInt(call.written),
    'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
    'gen_ai.usage.details.cache_creation_input_tokens': BigInt(call.written),
    'gen_ai.usage.details.cache_read_input_tokens': BigInt(call.cached),
  })),
  one('Spring AI', 'org.springframework.boot', (call) => ({
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': 'anthropic',
    'gen_ai.request.model': asked,
    'gen_ai.response.id': call.id,
    'gen_ai.usage.input_tokens': String(fresh(call)),
    'gen_ai.usage.output_tokens': String(call.completion),
    'gen_ai.usage.cache_creation.input_tokens': String(call.written),
    'gen_ai.usage.cache_read.input_tokens': String(call.cached),
  })),
  one('Vercel AI SDK', 'ai', (call) => ({
    'ai.operationId': 'ai.generateText.doGenerate',
    'ai.model.provider': 'anthropic.messages',
    'ai.model.id': asked,
    'ai.response.id': call.id,
    'ai.response.model': answered,
    'ai.usage.inputTokens': BigInt(call.prompt),
    'ai.usage.inputTokenDetails.noCacheTokens': BigInt(fresh(call)),
    'ai.usage.inputTokenDetails.cacheReadTokens': BigInt(call.cached),
    'ai.usage.inputTokenDetails.cacheWriteTokens': BigInt(call.written),
    'ai.usage.outputTokens': BigInt(call.completion),
  })),
]

/** An instrumentation that reports a call as one span, without its messages. */
function one(name: string, scope: string, attributesOf: (call: ModelCall) => AttributeValues): Instrumentation {
  const span = (call: ModelCall): Sketch => ({ name: `chat ${asked}`, scope, kind: 3, attributes: attributesOf(call) })
  return { name, hasMessages: false, call: (call) => [span(call)] }
}

/** What Anthropic's API counts as input. */
function fresh({ prompt, cached, written }: ModelCall): number {
  return prompt - cached - written
}

function chat(call: ModelCall, cache: 'included' | 'apart'): AttributeValues {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': asked,
    'gen_ai.response.model': answered,
    'gen_ai.usage.input_tokens': BigInt(cache === 'included' ? call.prompt : fresh(call)),
    'gen_ai.usage.output_tokens': BigInt(call.completion),
  }
}
