import type { Facts } from '../../src/map/facts/facts.ts'
import { mapSpan } from '../../src/map/span.ts'
import { options, spanWith } from '../map/make.ts'

/** The facts of a model call of 10 + 5 tokens that is a run of its own; equal numbers give equal facts. */
export function callFacts(number: number, attributes: Readonly<Record<string, string>> = {}): Facts {
  const id = (number + 1).toString(16).padStart(16, '0')
  const call = {
    workflow_id: `wf-${number}`,
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 10n,
    'gen_ai.usage.output_tokens': 5n,
    ...attributes,
  }
  return mapSpan(spanWith(call, { traceId: id.padStart(32, 'a'), spanId: id, parentSpanId: '' }), options)
}

/** Numbers from 0 to `among` - 1, spread without a pattern; equal arguments give equal numbers. */
export function chosen(count: number, among: number): Set<number> {
  const numbers = new Set<number>()
  for (let at = 1; numbers.size < count; at = (at * 48_271) % 2_147_483_647) numbers.add(at % among)
  return numbers
}
