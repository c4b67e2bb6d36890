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
    calls: { ids: [], spans: [] },
    sums: { calls: 0, prompt_tokens: 0, completion_tokens: 0, cost_nano_usd: '0' },
    sql: '',
  }
}

/** The answer for a root with so many spans below it, one after the other, of which every other counts. */
export function flatTree(count: number): TreeAnswer {
  const of = <T>(value: (index: number) => T) => Array.from({ length: count }, (_, index) => value(index))
  return {
    ...treeOf([]),
    started_at: new Date(Date.now() - count * 1000).toISOString(),
    count,
    names: ['planner', 'chat'],
    columns: {
      span_id: of((index) => index.toString(16).padStart(16, '0')),
      trace: of(() => 0),
      parent: of((index) => (index === 0 ? -1 : 0)),
      depth: of((index) => (index === 0 ? 0 : 1)),
      size: of((index) => (index === 0 ? count - 1 : 0)),
      start_us: of((index) => index * 1000),
      end_us: of((index) => (index === 0 ? count : index + 1) * 1000),
      kind: of((index) => (index === 0 ? 0 : 1)),
      name: of((index) => (index === 0 ? 0 : 1)),
      model: of(() => -1),
      status: of(() => 0),
      prompt_tokens: of((index) => index % 2),
      completion_tokens: of((index) => index % 2),
      cost_nano: of((index) => index % 2),
      counted: of((index) => index % 2),
      reason: of(() => 0),
      flags: of(() => 0),
    },
  }
}
