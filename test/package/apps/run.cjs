// What each app does: a run with an agent, a tool and a model call, exported and ended.
const { context, trace } = require('@opentelemetry/api')

module.exports = async function run(TracerProvider, processors) {
  const provider = new TracerProvider({ spanProcessors: processors })
  const tracer = provider.getTracer('app', '1.0')
  const start = (name, attributes, parent, more = {}) =>
    tracer.startSpan(name, { attributes, ...more }, parent ? trace.setSpan(context.active(), parent) : undefined)

  const root = start('run', { workflow_id: process.env.WORKFLOW, query: 'q', 'app.ratio': 0.5, 'app.tags': ['a', 'b'] })
  const agent = start(
    'invoke_agent helper',
    { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' },
    root,
  )
  const usage = { 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 }
  const model = { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o-mini' }
  const linked = { kind: 2, links: [{ context: root.spanContext(), attributes: { why: 'it is asked for' } }] }
  start('chat gpt-4o-mini', { 'gen_ai.operation.name': 'chat', ...model, ...usage }, agent, linked).end()
  // what only version 3 can hold on a span is left out by the others
  const given = { city: 'Bern', nights: 2, bytes: new Uint8Array([1, 2]) }
  const tool = start(
    'execute_tool book',
    { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'book', given },
    agent,
  )
  tool.addEvent('booked', { room: 'é12' })
  tool.recordException(new TypeError('no room'))
  tool.setStatus({ code: 2, message: 'no room' })
  tool.end()
  agent.end()
  root.end()
  await provider.forceFlush()
  await provider.shutdown()
  console.log('exported')
}
