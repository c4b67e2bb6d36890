import type { Facts, ToolAnswer, ToolAsk, ToolRun } from '../../../src/map/facts/facts.ts'
import type { ToolRow } from '../../../src/settle/model/rows.ts'
import { settled, span, tool } from '../facts.ts'

/** A request for `search`. */
export function ask(callId: string, other: Partial<ToolAsk> = {}): ToolAsk {
  return { callId, name: 'search', input: '{"q":"a"}', ...other }
}

/** A successful answer without the name of the tool. */
export function answer(callId: string, other: Partial<ToolAnswer> = {}): ToolAnswer {
  return { callId, name: null, output: 'found', failed: false, ...other }
}

/** The span of a model call whose messages ask for tools and answer them. */
export function chat(
  n: number,
  asks: readonly ToolAsk[],
  answers: readonly ToolAnswer[] = [],
  other: Partial<Facts> = {},
) {
  return span(n, 0, { kind: 'llm', asks, answers, ...other })
}

/** The span of a tool run of `search`. */
export function toolSpan(n: number, run: Partial<ToolRun> = {}, parent = 0, other: Partial<Facts> = {}): Facts {
  return span(n, parent, { kind: 'tool', tool: tool({ input: '{"q":"a"}', ...run }), ...other })
}

/** The tool rows of the facts, in the order of their nodes: the same whether the facts arrive together, one by one or reversed. */
export function toolRows(...facts: Facts[]): ToolRow[] {
  const one = rowsAfter([facts])
  for (const batches of [facts.map((each) => [each]), facts.toReversed().map((each) => [each])]) {
    const other = rowsAfter(batches)
    if (JSON.stringify(other, text) !== JSON.stringify(one, text))
      throw new Error('the order of arrival changes the rows')
  }
  return one
}

function rowsAfter(batches: readonly (readonly Facts[])[]): ToolRow[] {
  const { trace } = settled(...batches)
  const nodes = [...trace.nodes.values()].sort((a, b) => (a.facts.id < b.facts.id ? -1 : 1))
  return nodes.flatMap(({ rows }) => [...(rows?.tools ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)))
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
