import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import type { ToolCall } from '../../../src/settle/model/node.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { addReports, answerTo, isInMessages, nameInMessages } from '../../../src/settle/tools/tool-call.ts'
import { at, traceId } from '../facts.ts'
import { answer, ask, chat, toolSpan } from './conversation.ts'

/** The call `c1` after these facts, which must be the same in both orders; and whether the last one changed it. */
function callAfter(...facts: Facts[]): { readonly call: ToolCall; readonly isChanged: boolean } {
  const [forwards, backwards] = [facts, facts.toReversed()].map((order) => {
    const trace = emptyTrace(traceId)
    let isChanged = false
    for (const one of order) isChanged = addReports(trace, newNode(one)).size > 0
    return { call: trace.toolCalls.get('c1')!, isChanged }
  })
  expect(summary(forwards!.call)).toEqual(summary(backwards!.call))
  return forwards!
}

function summary(call: ToolCall): unknown {
  const idOf = (one: { readonly facts: Facts } | null | undefined) => one?.facts.id
  return {
    ...call,
    spans: [...call.spans].map(idOf).sort(),
    request: [idOf(call.request?.node), call.request?.part],
    answer: [idOf(call.answer?.node), call.answer?.part],
    namedAnswer: [idOf(call.namedAnswer?.node), call.namedAnswer?.part],
    firstAsker: idOf(call.firstAsker),
    firstAskerOfTurn: idOf(call.firstAskerOfTurn),
    firstAnswerer: idOf(call.firstAnswerer),
  }
}

describe('the request that is believed', () => {
  const requestOf = (...facts: Facts[]) => callAfter(...facts).call.request!.part

  test('is the first one with arguments', () => {
    const requests = [null, '{}', '"text"', '{"q":"a"}', '{"q":"b"}'].map((input, i) =>
      chat(i + 1, [ask('c1', { input })]),
    )
    expect(requestOf(...requests).input).toBe('{"q":"a"}')
    expect(requestOf(...requests.slice(0, 3)).input).toBe('"text"')
    expect(requestOf(...requests.slice(0, 2)).input).toBe('{}')
  })

  test('is no text in which a streamed message has the arguments of several calls', () => {
    const merged = ask('c1', { name: 'searchfetch', input: '"{\\"q\\":\\"a\\"}{\\"url\\":\\"b\\"}"' })
    expect(requestOf(chat(1, [merged]), chat(2, [ask('c1')], [answer('c1')])).name).toBe('search')
  })
})

test('an answer that states a failure is believed before one that does not', () => {
  const { call } = callAfter(
    chat(1, [], [answer('c1', { output: 'closed' })]),
    chat(2, [], [answer('c1', { output: null, failed: true })]),
    chat(3, [], [answer('c1', { output: 'ERROR: closed', failed: true })]),
  )
  expect(call.answer!.part).toEqual(answer('c1', { output: 'ERROR: closed', failed: true }))
})

test('the answer that is believed is the first one with an output', () => {
  const { call } = callAfter(
    chat(1, [], [answer('c1', { output: null })]),
    chat(2, [], [answer('c1', { output: 'one', name: 'search' })]),
    chat(3, [], [answer('c1', { output: 'two', name: 'fetch' })]),
  )
  expect(call.answer!.part.output).toBe('one')
  expect([call.firstAnswerer!.facts.startNs, call.namedAnswer!.part.name]).toEqual([at(1), 'search'])
  expect(answerTo(call)).toBe(call.answer!.part)
})

test('a history that repeats older messages changes nothing', () => {
  const first = [chat(1, [ask('c1')]), chat(2, [ask('c1')], [answer('c1')])] as const
  expect(callAfter(...first).isChanged).toBe(true)
  expect(callAfter(...first, chat(3, [ask('c1')], [answer('c1')])).isChanged).toBe(false)
})

test('a call is requested where some node asks for it and does not answer it', () => {
  expect(callAfter(chat(2, [ask('c1')], [answer('c1')])).call.isRequested).toBe(false)
  expect(callAfter(chat(1, [ask('c1')]), chat(2, [ask('c1')], [answer('c1')])).call.isRequested).toBe(true)
})

describe('the name of a call', () => {
  const nameAfter = (...facts: Facts[]) => nameInMessages(callAfter(...facts).call)
  const earlier = { earlier: true } as const

  test('is that of its request, else of an answer', () => {
    expect(nameAfter(chat(1, [ask('c1')], [answer('c1', { name: 'fetch' })]))).toBe('search')
    expect(nameAfter(chat(1, [], [answer('c1')]), chat(2, [], [answer('c1', { name: 'fetch' })]))).toBe('fetch')
    expect(nameAfter(chat(1, [], [answer('c1')]))).toBe(null)
  })

  test('is unknown for a call of an earlier turn, which other traces report', () => {
    expect(nameAfter(chat(1, [ask('c1', earlier)], [answer('c1', earlier)]))).toBe(null)
    expect(nameAfter(chat(1, [], [answer('c1', { ...earlier, name: 'search' })]))).toBe(null)
    expect(nameAfter(chat(1, [ask('c1')]), chat(2, [ask('c1', earlier)]))).toBe('search')
  })
})

test('a span that states the id is no message', () => {
  const { call } = callAfter(toolSpan(1, { callId: 'c1' }))
  expect([call.spans.size, isInMessages(call)]).toEqual([1, false])
  expect(isInMessages(callAfter(toolSpan(1, { callId: 'c1' }), chat(2, [], [answer('c1')])).call)).toBe(true)
})
