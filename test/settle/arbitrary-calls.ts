import fc from 'fast-check'
import type { ToolAnswer, ToolAsk } from '../../src/map/facts/facts.ts'

/** Few ids, names and arguments, so that one id names several tools, and several ids one run, often. */
const callId = fc.constantFrom('c1', 'c2', 'c3')
/** Most spans say none, some say one that no message knows. */
export const spanCallId: fc.Arbitrary<string | null> = fc.constantFrom(null, null, null, 'c1', 's1')
export const name = fc.constantFrom('weather', 'news', 'sum')

/** What a tool's span says of its tool: some say nothing. */
export const toolName: fc.Arbitrary<string | null> = fc.option(name, { nil: null, freq: 5 })
export const toolInput: fc.Arbitrary<string | null> = fc.constantFrom(
  '{"a":1}',
  '{"a":1}',
  '{"a":1}',
  '{"a":2}',
  '1',
  '[1]',
  null,
  null,
)

export const earlier = fc.constantFrom({}, {}, {}, {}, {}, {}, { earlier: true as const })

/** A request may repeat a result that a request before it had first. */
const repeated = fc.constantFrom({}, {}, {}, { repeated: true as const })

const ask: fc.Arbitrary<ToolAsk> = fc
  .record({
    callId,
    name,
    input: fc.constantFrom('{"a":1}', '{"a":1}', '{"a":1}', '{"a":1}', '{"a":2}', '{}', null),
  })
  .chain((one) => earlier.map((when) => ({ ...one, ...when })))

const answer: fc.Arbitrary<ToolAnswer> = fc
  .record({
    callId,
    name: fc.option(name, { nil: null, freq: 1 }),
    output: fc.constantFrom('done', 'sunny', null),
    failed: fc.constantFrom(false, false, true),
  })
  .chain((one) => fc.tuple(earlier, repeated).map(([when, again]) => ({ ...one, ...when, ...again })))

/** What the messages of one span ask for, each id once. */
export const asks: fc.Arbitrary<ToolAsk[]> = fc.uniqueArray(ask, { selector: (one) => one.callId, maxLength: 3 })
/** What they answer. */
export const answers: fc.Arbitrary<ToolAnswer[]> = fc.uniqueArray(answer, {
  selector: (one) => one.callId,
  maxLength: 2,
})
