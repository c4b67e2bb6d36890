import { expect, test } from 'vitest'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { noPrice } from '../../support/prices.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('Experimental.Microsoft.Extensions.AI')

const chat = (spanId: string, parentSpanId: string, response: string, prompt: number) =>
  map(
    'chat m-1',
    {
      ...operation('chat'),
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.id': response,
      'gen_ai.usage.input_tokens': prompt,
      'gen_ai.usage.output_tokens': 1,
    },
    { spanId, parentSpanId },
  )

test('the calls inside the tool loop are counted, not the client around it with their sum', () => {
  const loop = map('orchestrate_tools', operation('orchestrate_tools'), {
    spanId: '2'.repeat(16),
    parentSpanId: '1'.repeat(16),
  })
  const facts = [
    chat('1'.repeat(16), '', 'resp_2', 518),
    loop,
    chat('3'.repeat(16), loop.id, 'resp_1', 211),
    chat('4'.repeat(16), loop.id, 'resp_2', 307),
  ]
  const { rows } = settle(emptyTrace(loop.trace), facts, noPrice)
  expect(rows.usage.added.map(({ prompt }) => prompt).sort()).toEqual([211, 307])
})
