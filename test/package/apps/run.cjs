// What each app does: a run with an agent, a tool and a model call, exported and ended.
const { context, trace } = require('@opentelemetry/api')

// What an attribute may hold: each line of the SDK keeps of it what it can.
const values = [
  // the encoder of 1.30 lets the one overflow and writes the other as no UTF-8: there is nothing right to compare with
  ...(process.env.SDK === '1.30' ? [] : [1e21 / 3, 'lone \ud800 surrogate']),
  ...[0, -0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 62), Number.NaN, Number.POSITIVE_INFINITY, 1e-7],
  ...['', 'é', 'a\u0000b', 'x'.repeat(100_000), true, false],
  ...[[], ['a', 'b'], [1, 2.5], [true, false], ['a', null], [1, undefined]],
  ...[{}, { deep: { deeper: [1, 'two', { three: 3 }] } }, new Uint8Array([0, 255]), null, undefined],
]

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
  for (const [i, value] of values.entries()) {
    const step = start(
      `invoke_agent ${i}`,
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': `a${i}`, value },
      root,
    )
    step.addEvent('seen', { value, i }, [1_790_000_000 + i, 999_999_999])
    // more than the SDK keeps: it counts what it drops
    for (let j = 0; i === 0 && j < 200; j++)
      step.setAttribute(`key.${j}`, j).addEvent(`event ${j}`).addLink({ context: root.spanContext() })
    step.end([1_800_000_000 + i, i])
  }
  agent.end()
  root.end()
  await provider.forceFlush()
  await provider.shutdown()
  console.log('exported')
}
