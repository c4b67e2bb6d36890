import { expect, test } from 'vitest'
import type { RunRole } from '../../src/map/facts/facts.ts'
import type { Trace } from '../../src/settle/model/trace.ts'
import { spanReasons } from '../../src/web/explainer/span-reasons.ts'
import { at, call, nodeOf, settled, span, unknownCall, usage } from '../settle/facts.ts'

/** The sentences about a span, of which nothing else is known than what its trace says. */
function reasonsOf(trace: Trace, n: number): string[] {
  const node = nodeOf(trace, n)
  const row = node.rows?.usage ?? null
  return spanReasons({
    ...{ trace, node, billed: new Map() },
    explained: { workflow: 'wf', workflowFrom: 'its own', missingParent: null },
    call: row === null ? undefined : { prompt_tokens: row.prompt, completion_tokens: row.completion },
  })
}

const { trace } = settled([
  span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate' }) }),
  call(2, 1, { trust: 40, prompt: 12_331, completion: 53 }),
  call(3, 1, { prompt: 12_331, completion: 53 }, { origin: 'other', startNs: at(2) }),
  span(4, 2, { usage: usage({ role: 'copy' }) }),
  span(5, 0, { usage: usage({ role: 'lifetime', class: 'rerank', prompt: 7, completion: 0 }) }),
  call(6, 0, { class: 'embedding', prompt: 331, completion: 53 }),
  call(7, 6, { class: 'embedding', prompt: 331, completion: 53 }),
  span(8, 7, { usage: usage({ role: 'partial', class: 'embedding' }) }),
  span(9, 0),
  span(10, 0, { usage: usage({ role: 'poll', responseId: 'p', prompt: 9, completion: 1 }) }),
  span(11, 0, { usage: usage({ role: 'poll', responseId: 'p', prompt: 9, completion: 1 }) }),
  unknownCall(12, 9),
])

test.each([
  [1, 'Not counted: it sums up what is reported below it.'],
  [
    2,
    'Counted: the call reported 12,331 input and 53 output tokens itself. "span 3" (0000000000000003) reports the same call, which counts once.',
  ],
  [3, 'Not counted: "span 2" (0000000000000002) reports the same call, and is trusted more.'],
  [4, 'Not counted: it repeats what a span reports.'],
  [5, 'Counted: it sums up 7 input and 0 output tokens, and no call is known that these are of.'],
  [6, 'Not counted: a span below reports the same call.'],
  [7, 'Counted: the call reported 331 input and 53 output tokens itself.'],
  [8, 'Not counted: a span above reports the same usage, and better.'],
  [9, 'Not counted: it reports no usage.'],
  [10, 'Not counted: "span 11" (000000000000000b) reports the same response in its last state.'],
  [11, 'Counted: it repeats a call of 9 input and 1 output tokens, and no other report of that call is known.'],
  [
    12,
    "Not counted: the model answered, and nothing says what it used. It is in no sum, and in the run's uncounted_calls.",
  ],
])('the first sentence about span %i says whether it counts, and why', (n, sentence) => {
  expect(reasonsOf(trace, n)).toEqual([sentence, 'Part of the run wf: its own attributes name it.'])
})

test.each<[RunRole, string]>([
  ['outside', 'It asks for'],
  ['inside', 'which was not over before'],
  ['open', 'which goes on'],
  ['copy', 'unless something of it ends later'],
  ['end', 'which is over when this ends'],
  ['continued', 'another one follows'],
  ['stop', 'whichever is open'],
])('the part %s of a durable run has its sentence', (role, words) => {
  const run = { role, run: 'r1', activity: null, passesOn: false }
  const [, sentence] = reasonsOf(settled([span(1, 0, { kind: 'agent', run })]).trace, 1)
  expect(sentence).toMatch(/^It .*\bthe durable run r1\b.*\.$/)
  expect(sentence).toContain(words)
})
