import type { TreeAnswer } from '../../src/web/answers/tree.ts'

export interface SketchedSpan {
  /** The index of the parent; -1: a root. */
  readonly parent: number
  readonly name: string
  readonly startUs: number
  /** -1: it still runs. */
  readonly endUs: number
  readonly counted?: boolean
}

/** The answer of the API for these spans, which stand in pre-order; a counted one has 15 tokens and costs 7. */
export function treeOf(spans: readonly SketchedSpan[]): TreeAnswer {
  const names = [...new Set(spans.map(({ name }) => name))]
  const depthOf = (index: number): number => (index < 0 ? -1 : depthOf(spans[index]!.parent) + 1)
  const isBelow = (index: number, above: number): boolean =>
    index >= 0 && (index === above || isBelow(spans[index]!.parent, above))
  const of = <T>(value: (span: SketchedSpan, index: number) => T) => spans.map(value)
  return {
    workflow_id: 'w',
    started_at: '2026-01-01T00:00:00.000000Z',
    count: spans.length,
    left_out: 0,
    kept: true,
    traces: ['t'],
    kinds: ['agent', 'model', 'tool', 'other'],
    names,
    models: [],
    statuses: ['ok', 'error'],
    reasons: [{ code: 'no-usage', text: 'It reports no usage.' }],
    columns: {
      span_id: of((_, index) => String(index)),
      trace: of(() => 0),
      parent: of(({ parent }) => parent),
      depth: of((_, index) => depthOf(index)),
      size: of((_, index) => spans.filter((__, other) => other !== index && isBelow(other, index)).length),
      start_us: of(({ startUs }) => startUs),
      end_us: of(({ endUs }) => endUs),
      kind: of(() => 0),
      name: of(({ name }) => names.indexOf(name)),
      model: of(() => -1),
      status: of(() => 0),
      prompt_tokens: of(({ counted }) => (counted ? 10 : 0)),
      completion_tokens: of(({ counted }) => (counted ? 5 : 0)),
      cost_nano: of(({ counted }) => (counted ? 7 : 0)),
      counted: of(({ counted }) => (counted ? 1 : 0)),
      reason: of(() => 0),
      flags: of(() => 0),
    },
    sums: { calls: 0, prompt_tokens: 0, completion_tokens: 0, cost_nano_usd: '0' },
    sql: '',
  }
}
