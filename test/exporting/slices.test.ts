import { describe, expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { collect } from '../../src/decode/decode-state.ts'
import { resourcesComplete, sdkSpans, slicesOf } from '../../src/exporting/slices.ts'
import { runOf } from './fixture.ts'

const spans = Array.from({ length: 75 }, (_, i) => runOf(`run-${i}`)).flat()

describe('slicesOf', () => {
  test('gives each span once, in slices of 64', () => {
    const slices = Array.from(slicesOf(sdkSpans, spans, ''), ({ decodeInto }) => collect(decodeInto).spans)
    expect(slices.map(({ length }) => length)).toEqual([64, 64, 22])
    const ids = slices.flat().map(({ spanId }) => spanId)
    expect(ids).toEqual(spans.map((span) => span.spanContext().spanId))
  })

  test('writes the request of one span of a slice', () => {
    const [, second] = slicesOf(sdkSpans, spans, '')
    const { spans: written } = decode('traces', 'json', second!.requestOf(3).bytes())
    expect(written.map(({ spanId }) => spanId)).toEqual([spans[67]!.spanContext().spanId])
  })

  test('writes an empty request for a span that can not be decoded any more', () => {
    let isBroken = false
    const [span] = runOf('changes')
    const changing = {
      ...span!,
      spanContext: () => {
        if (isBroken) throw new Error('gone')
        return span!.spanContext()
      },
    }
    const [slice] = slicesOf(sdkSpans, [changing], '')
    isBroken = true
    expect(slice!.requestOf(0).bytes()).toHaveLength(0)
  })
})

describe('resourcesComplete', () => {
  test('is undefined where no resource waits for attributes', () => {
    expect(resourcesComplete(spans)).toBeUndefined()
  })

  test('E32: waits once for each resource', async () => {
    let waits = 0
    const resource = { attributes: {}, asyncAttributesPending: true, waitForAsyncAttributes: async () => void waits++ }
    await resourcesComplete([{ resource }, { resource }])
    expect(waits).toBe(1)
  })
})
