import { expect, test } from 'vitest'
import { fitTenant } from '../../src/map/facts/column-limits.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { options, recordWith, spanWith } from './make.ts'

const attributes = { workflow_id: 'wf', agent_name: 'writer', tenant_id: 'acme' }

test('a span and a log record have the same facts in common', () => {
  const common = {
    digest: 'd'.repeat(64),
    attributeCount: 3,
    origin: 'my-agent@shop',
    service: 'shop',
    workflowId: 'wf',
    statements: { tenantId: fitTenant('acme') },
    dialect: 'plain attributes',
    trace: '0af7651916cd43dd8448eb211c80319c',
  }
  expect(mapSpan(spanWith(attributes), options)).toMatchObject({ ...common, source: 'span', agent: 'writer' })
  expect(mapRecord(recordWith({ attributes: new Map(Object.entries(attributes)) }), options)).toMatchObject({
    ...common,
    source: 'record',
    kind: 'plain',
    agent: null,
  })
})

test('an item that no dialect recognises has no dialect, no agent and no workflow', () => {
  const nothing = { kind: 'plain', dialect: '', agent: null, workflowId: null, statements: {} }
  expect(mapSpan(spanWith({ 'db.system': 'x' }), options)).toMatchObject({ ...nothing, name: 'step' })
  expect(mapRecord(recordWith({ eventName: 'cart.emptied' }), options)).toMatchObject({
    ...nothing,
    name: 'cart.emptied',
  })
})

test('a name is limited to 255 characters', () => {
  expect(mapSpan(spanWith({}, { name: 'x'.repeat(300) }), options).name).toHaveLength(255)
})
