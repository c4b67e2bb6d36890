// An agent that answers a question a line. It knows OpenTelemetry's API only: where its spans go, the environment says.
import { createInterface } from 'node:readline'
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('weather-agent')
const tokens = metrics.getMeter('weather-agent').createHistogram('gen_ai.client.token.usage', { unit: '{token}' })
const weather = { Lisbon: 'sunny', Oslo: 'snow' }

let number = 0
for await (const city of createInterface({ input: process.stdin })) console.log(answer(++number, city))

function answer(number, city) {
  const run = { workflow_id: `question-${number}`, user_id: 'ada', query: city }
  return inSpan('question', { attributes: run }, (span) => {
    const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'forecaster' }
    const forecast = inSpan('invoke_agent forecaster', { attributes: agent }, () => {
      askModel({ inputTokens: 100 * number, outputTokens: number, cachedTokens: 0 })
      const found = lookUp(city)
      askModel({ inputTokens: 200 * number, outputTokens: 2 * number, cachedTokens: 10 * number })
      return found
    })
    span.setAttribute('final_answer', forecast)
    return forecast
  })
}

function askModel({ inputTokens, outputTokens, cachedTokens }) {
  const call = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
  }
  inSpan('chat gpt-4o-mini', { kind: SpanKind.CLIENT, attributes: call }, (span) =>
    span.setAttributes({
      'gen_ai.usage.input_tokens': inputTokens,
      'gen_ai.usage.output_tokens': outputTokens,
      'gen_ai.usage.cache_read.input_tokens': cachedTokens,
    }),
  )
  tokens.record(inputTokens, { 'gen_ai.token.type': 'input' })
}

function lookUp(city) {
  const tool = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'weather',
    'gen_ai.tool.call.arguments': JSON.stringify({ city }),
  }
  return inSpan('execute_tool weather', { attributes: tool }, (span) => {
    const found = weather[city]
    if (found) span.setAttribute('gen_ai.tool.call.result', found)
    else span.setStatus({ code: SpanStatusCode.ERROR, message: 'no such city' })
    return found ?? 'unknown'
  })
}

function inSpan(name, options, work) {
  return tracer.startActiveSpan(name, options, (span) => {
    try {
      return work(span)
    } finally {
      span.end()
    }
  })
}
