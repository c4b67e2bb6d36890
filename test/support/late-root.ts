import type { Facts } from '../../src/map/facts/facts.ts'
import { spanFacts } from './facts.ts'

const traceId = 'b'.repeat(32)
const root = { traceId, spanId: 'f'.repeat(16), parentSpanId: '' }
const below = (parentSpanId: string) => ({ traceId, parentSpanId })

const call = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 10n,
  'gen_ai.usage.output_tokens': 5n,
}
const tool = { 'step.type': 'tool', tool_name: 'search', tool_args: '{"q": 1}', tool_result: 'found' }

/** Calls and tool runs of a trace whose root, which alone names the run, has not arrived. */
export const manySteps: readonly Facts[] = Array.from({ length: 60 }, (_, n) => n + 1).map((n) =>
  n % 3 === 0 ? spanFacts(n, tool, below(root.spanId)) : spanFacts(n, { ...call, user_id: 'ada' }, below(root.spanId)),
)

/** The root. */
export const lateRoot: Facts = spanFacts(0, { workflow_id: 'wf', query: 'Why?' }, root)

/** Spans that arrive while the others are moved. */
export const laterSteps: readonly Facts[] = [
  spanFacts(101, call, below(root.spanId)),
  spanFacts(102, tool, below(manySteps[5]!.id)),
]
