import { expect, test } from 'vitest'
import { checkedTenantName, tenantNameFault } from '../../../src/store/tenants/tenant-name.ts'

test.each(['acme', 'a', 'a_1', 'x'.repeat(52)])('a tenant may be called %s', (name) => {
  expect(tenantNameFault(name)).toBeUndefined()
  expect(checkedTenantName(name)).toBe(name)
})

test.each([
  ...['', 'Acme', '1a', '_a', 'a-b', 'a b', 'ä', 'a"b', 'a.b', 'a\n'],
  ...['pg_acme', 'public', 'spanledger', 'information_schema', 'x'.repeat(53)],
])('a tenant may not be called %j', (name) => {
  expect(() => checkedTenantName(name)).toThrow(`${JSON.stringify(name)} can't be the name of a tenant: `)
})
