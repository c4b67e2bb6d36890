import { expect, test } from 'vitest'
import { customAttributeFields, sourceOf } from '../../../src/map/table/custom-attributes.ts'
import { fieldNames } from '../../../src/map/table/fields.ts'

test('every field has a name in the settings', () => {
  expect(Object.values(customAttributeFields)).toEqual(fieldNames)
  expect(customAttributeFields).toMatchObject({ workflow_id: 'workflowId', cost_usd: 'cost', duration_ms: 'duration' })
})

test.each([
  ['app.user', 'app.user'],
  ['app.usage -> tokens.in', { key: 'app.usage', path: ['tokens', 'in'] }],
  ['app.usage→tokens.0', { key: 'app.usage', path: ['tokens', 0] }],
  ['app.usage-in', 'app.usage-in'],
])('sourceOf(%o) returns %o', (text, source) => expect(sourceOf(text)).toEqual(source))
