import { expect, test } from 'vitest'
import { engines } from '../../../src/map/lookup/engines.ts'
import { frameworkUsage, noUsage, runPart } from '../../../src/map/table/shared-parts.ts'

test('a run part has its role and no activity; without an id the span is a whole run', () => {
  expect(runPart('end')).toEqual({ role: 'end', run: null, activity: null, passesOn: false })
  expect(runPart('inside', 'r1')).toEqual({ role: 'inside', run: 'r1', activity: null, passesOn: false })
})

test('the usage table of engines has no call, that of frameworks has calls and embeddings', () => {
  expect(noUsage.roles).toEqual({})
  expect(frameworkUsage.roles).toEqual({ llm: 'call', embedding: 'call' })
  expect(new Set(engines.map(({ usage }) => usage))).toEqual(new Set([noUsage]))
})
