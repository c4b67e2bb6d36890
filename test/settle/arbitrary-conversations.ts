import fc from 'fast-check'
import type { Facts, Kind, ToolAnswer, ToolAsk, ToolRun } from '../../src/map/facts/facts.ts'
import { factsOf, hexId } from './arbitrary.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'

/** What the span of a run says of it: its name, arguments and id, or none of them. */
const said = fc.record({
  isNamed: fc.constantFrom(true, true, true, false),
  input: fc.constantFrom('as asked', 'as asked', 'bare', 'none'),
  id: fc.constantFrom('none', 'none', 'none', 'its own', 'as asked'),
  output: fc.boolean(),
  /** The client of the tool and its server both have a span, which may differ. */
  twofold: fc.constantFrom(null, null, null, null, 'the same', 'failed inside', 'known inside', 'prefixed outside'),
})

/** One call of a tool. The model's answer and the requests that repeat it may each know it by another id. */
const call = fc.record({
  name: fc.constantFrom('weather', 'news'),
  input: fc.constantFrom('{"a":1}', '{"a":1}', '{"a":2}'),
  id: fc.constantFrom('c1', 'c2', 'c3'),
  repeatedId: fc.constantFrom(null, null, 'r1', 'r2', 'r3', 'c1'),
  failed: fc.constantFrom(false, false, true),
  isAnsweredByName: fc.boolean(),
  span: fc.option(said, { nil: null, freq: 5 }),
  /** A tool may be an agent, which calls tools itself. */
  isAgent: fc.constantFrom(false, false, true),
})

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

/** One request to a model, and the calls that its answer asks for. */
const round = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 2 }),
  /** A person spoke before it: what was asked earlier is of another turn. */
  isNewTurn: fc.constantFrom(false, false, false, false, true),
  /** Its history starts after so many of the calls. */
  forgotten: fc.constantFrom(0, 0, 0, 1),
})

type Round = typeof round extends fc.Arbitrary<infer T> ? T : never

const rounds = fc.array(round, { minLength: 1, maxLength: 3 })

/** A span or record as its place in the conversation demands, before the rest of it is drawn. */
interface Draft {
  readonly kind: Kind
  /** Index of the one above it; null for the top and for what waits for one that never arrives. */
  readonly parent: number | null
  readonly tool: ToolRun | null
  readonly asks: readonly ToolAsk[]
  readonly answers: readonly ToolAnswer[]
}

/**
 * One trace in which models ask for tools, again and again with all that was asked before, as most clients do: ids repeat
 * and differ, tools have spans or not, fail or not, and may be agents.
 */
export function conversations(durable: boolean): fc.Arbitrary<Facts[]> {
  return fc
    .tuple(rounds, fc.array(rounds, { minLength: 1, maxLength: 2 }))
    .map(([outer, inner]) => draft(outer, inner))
    .chain((drafts) => fc.tuple(...drafts.map((one, i) => finished(one, i, durable))))
}

function finished({ kind, parent, tool, asks, answers }: Draft, i: number, durable: boolean): fc.Arbitrary<Facts> {
  return fc.tuple(factsOf(trace, durable, [kind]), fc.integer({ min: 0, max: 19 })).map(([facts, luck]) => {
    const startNs = 1_790_000_000_000_000_000n + BigInt(i) * 100_000_000n
    return {
      ...facts,
      id: facts.source === 'span' ? hexId(i) : facts.id,
      parent: i === 0 ? '' : parent === null || luck === 0 ? hexId(90) : hexId(parent),
      // a few share their moment
      startNs: luck < 3 ? facts.startNs : startNs,
      endNs: facts.open || facts.source === 'record' ? startNs : startNs + 50_000_000n,
      tool: tool === null ? null : { ...tool, ...(facts.source === 'record' && { callId: null }) },
      asks,
      answers,
    }
  })
}

/** The drafts of a conversation; the first tools that are agents hold the inner ones. */
function draft(outer: readonly Round[], inner: readonly (readonly Round[])[]): Draft[] {
  const drafts: Draft[] = [{ kind: 'agent', parent: null, tool: null, asks: [], answers: [] }]
  const left = [...inner]
  const add = (one: Draft) => drafts.push(one) - 1
  const converse = (list: readonly Round[], parent: number): void => {
    const history: Call[] = []
    let before = 0
    for (const { calls, isNewTurn, forgotten } of list) {
      const when = isNewTurn ? { earlier: true as const } : {}
      const told = history.slice(forgotten)
      const asks = [
        ...told.map((one) => ({ ...askOf(one, idIn(one)), ...when })),
        ...calls.map((one) => askOf(one, one.id)),
      ]
      add({
        kind: 'llm',
        parent,
        tool: null,
        asks: byCall(asks),
        answers: byCall(
          told.map((one, i) => ({
            ...answerOf(one),
            ...when,
            ...(i + forgotten < before && { repeated: true as const }),
          })),
        ),
      })
      before = history.length
      for (const one of calls) {
        if (one.span === null) continue
        const [tool, inner] = toolsOf(one)
        const at = add({ kind: 'tool', parent, tool, asks: [], answers: [] })
        if (inner !== null) add({ kind: 'tool', parent: at, tool: inner, asks: [], answers: [] })
        const next = one.isAgent ? left.pop() : undefined
        if (next !== undefined) converse(next, add({ kind: 'agent', parent: at, tool: null, asks: [], answers: [] }))
      }
      history.push(...calls)
    }
    const asks = history.map((one) => askOf(one, idIn(one)))
    add({ kind: 'llm', parent, tool: null, asks: byCall(asks), answers: byCall(history.map(answerOf)) })
  }
  converse(outer, 0)
  return drafts
}

/** The id by which later requests know the call. */
function idIn({ id, repeatedId }: Call): string {
  return repeatedId ?? id
}

function askOf({ name, input }: Call, callId: string): ToolAsk {
  return { callId, name, input }
}

function answerOf(one: Call): ToolAnswer {
  const { name, failed, isAnsweredByName } = one
  return { callId: idIn(one), name: isAnsweredByName ? name : null, output: failed ? 'no' : 'done', failed }
}

/** The outer and the inner side of a run; null where it has one side only. */
function toolsOf(call: Call): readonly [ToolRun, ToolRun | null] {
  const tool = toolOf(call)
  const inner = { ...tool, callId: null }
  switch (call.span!.twofold) {
    case null:
      return [tool, null]
    case 'the same':
      return [tool, inner]
    case 'failed inside':
      return [tool, { ...inner, success: false, error: 'it broke inside' }]
    case 'known inside':
      return [
        { ...tool, callId: null },
        { ...tool, callId: call.id },
      ]
    case 'prefixed outside':
      return [
        { ...tool, name: tool.name && `srv__${tool.name}` },
        { ...inner, isMcp: true },
      ]
  }
}

function toolOf({ name, input, id, failed, span }: Call): ToolRun {
  const { isNamed, input: form, id: saidId, output } = span!
  return {
    name: isNamed ? name : null,
    callId: saidId === 'none' ? null : saidId === 'its own' ? `of ${name}` : id,
    input: form === 'none' ? null : form === 'bare' ? String(Object.values(JSON.parse(input))[0]) : input,
    output: output ? 'done' : null,
    success: !failed,
    error: failed ? 'it broke' : null,
  }
}

/** A span's messages speak of each id once. */
function byCall<T extends { readonly callId: string }>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [one.callId, one])).values()]
}
