import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { JsonBytes } from '../../../src/store/tables/json-bytes.ts'
import { factsFromText, factsToBytes, factsToText } from '../../../src/transaction/ledger/facts-codec.ts'
import { factSets } from '../../settle/arbitrary.ts'
import { callFacts } from '../../support/facts.ts'

const events = (facts: Facts) => facts.events

test('facts are read as they were written', () => {
  fc.assert(
    fc.property(factSets, (set) => {
      const list = set.map((facts) => ({ ...facts, trace: '0'.repeat(32) }))
      const read = factsFromText('0'.repeat(32), factsToText(list, events))
      const plain = ({ events, ...facts }: Facts) => ({
        ...facts,
        events: events.map(({ type, message, payload, timeNs }) => ({ type, message, payload, timeNs })),
      })
      expect(read.map(plain)).toEqual(list.map(plain))
    }),
    { numRuns: 100 },
  )
})

test('the text is what older entries of the ledger have: default values are left out', () => {
  const facts = { ...callFacts(1), digest: 'd' }
  expect(factsToText([facts], () => [])).toBe(
    '[{"id":"0000000000000002","name":"step","digest":"d","attributeCount":5,"startNs":"1795407990000000000","endNs":"1795407991000000000","kind":"llm","dialect":"OTel GenAI","spanKind":1,"origin":"my-agent@shop","service":"shop","workflowId":"wf-1","usage":{"role":"call","class":"chat","trust":20,"prompt":10,"completion":5,"model":"gpt-4o","cacheSemantics":"as reported"}}]',
  )
  const stored = { type: 'a', message: 'a', payload: '', timeNs: facts.startNs }
  const other = { type: 'a', message: 'b', payload: '{}', timeNs: facts.startNs + 1n }
  expect(factsToText([facts], () => [stored, other])).toContain(
    '"events":[{"type":"a"},{"type":"a","message":"b","payload":"{}","timeNs":"1795407990000000001"}]',
  )
})

test('the bytes of facts are those of their text, wherever a long text is', () => {
  const long = (of: string) => `${of} "quoted"\\\n`.repeat(100)
  const call = callFacts(1)
  const answer = { callId: 'c', name: null, output: long('answer'), failed: false }
  const list: Facts[] = [
    call,
    { ...call, statements: { query: { rank: 2, value: long('query') }, mode: 'x' } },
    { ...call, statements: { query: { rank: 2, value: 'short' }, result: { rank: 2, value: long('result') } } },
    {
      ...call,
      tool: { name: 't', callId: null, input: '{}', output: long('output'), success: true, error: null },
      answers: [{ ...answer, output: null }, answer, { ...answer, output: 'short' }],
    },
    { ...call, statements: { result: { rank: 2, value: long('result') } } },
  ]
  const bytes = new JsonBytes()
  for (const facts of [list, [call], list.slice(1)]) {
    factsToBytes(facts, events, bytes)
    const { bytes: written, from, to } = bytes.encoded()
    expect(written.toString('utf8', from, to)).toBe(factsToText(facts, events))
  }
})
