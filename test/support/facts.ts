import type { AnyValue, Span } from '../../src/decode/span.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapSpan } from '../../src/map/span.ts'
import { options, spanWith } from '../map/make.ts'

/**
 * The facts of a span, one second long and without a parent, in a trace of its own unless `span` says otherwise. Equal
 * arguments give equal facts.
 */
export function spanFacts(
  number: number,
  attributes: Readonly<Record<string, AnyValue>>,
  span: Partial<Span> = {},
): Facts {
  const id = (number + 1).toString(16).padStart(16, '0')
  const ids = { traceId: id.padStart(32, 'a'), spanId: id, parentSpanId: '' }
  return mapSpan(spanWith(attributes, { ...ids, ...span }), options)
}

/** The facts of a model call of 10 + 5 tokens; its workflow is `wf-` and the number unless `attributes` say otherwise. */
export function callFacts(
  number: number,
  attributes: Readonly<Record<string, AnyValue>> = {},
  span: Partial<Span> = {},
): Facts {
  const call = {
    workflow_id: `wf-${number}`,
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 10n,
    'gen_ai.usage.output_tokens': 5n,
  }
  return spanFacts(number, { ...call, ...attributes }, span)
}

/** The facts of a run of the tool `search`. */
export function toolFacts(
  number: number,
  attributes: Readonly<Record<string, AnyValue>> = {},
  span: Partial<Span> = {},
): Facts {
  const tool = { 'step.type': 'tool', tool_name: 'search', tool_args: '{"q": 1}', tool_result: 'found' }
  return spanFacts(number, { workflow_id: `wf-${number}`, ...tool, ...attributes }, span)
}

/** Numbers from 0 to `among` - 1, spread without a pattern; equal arguments give equal numbers. */
export function chosen(count: number, among: number): Set<number> {
  const numbers = new Set<number>()
  for (let at = 1; numbers.size < count; at = (at * 48_271) % 2_147_483_647) numbers.add(at % among)
  return numbers
}
