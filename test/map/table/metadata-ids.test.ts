import { expect, test } from 'vitest'
import { newItem } from '../../../src/map/table/item.ts'
import { idsInJson, idsWithPrefix } from '../../../src/map/table/metadata-ids.ts'
import { firstValue } from '../../../src/map/table/source.ts'
import { asId } from '../../../src/map/values/convert.ts'

test.each(['workflow_id', 'workflowId'])('%s is read with a prefix and inside JSON', (name) => {
  const withPrefix = newItem('step', new Map([[`meta.${name}`, 'wf']]), '')
  expect(firstValue(withPrefix, idsWithPrefix('meta.').workflowId, asId)).toBe('wf')
  const inJson = newItem('step', new Map([['meta', JSON.stringify({ [name]: 'wf' })]]), '')
  expect(firstValue(inJson, idsInJson('meta').workflowId, asId)).toBe('wf')
})

test('a thread is a conversation, not a session', () => {
  const item = newItem('step', new Map([['meta.thread_id', 't']]), '')
  const ids = idsWithPrefix('meta.')
  expect(firstValue(item, ids.conversation, asId)).toBe('t')
  expect(firstValue(item, ids.session, asId)).toBeNull()
})
