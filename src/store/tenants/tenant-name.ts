import { Misconfigured } from '../../errors.ts'

/**
 * PostgreSQL cuts names after 63 bytes. A tenant's leaves room for what is written behind it where names are joined, such
 * as the day of a partition (`_2025_10_07`).
 */
const longestName = 63 - '_2025_10_07'.length

const reservedNames: readonly string[] = ['public', 'spanledger', 'information_schema']

/** Returns what is wrong with the name of a tenant, as the end of a sentence; undefined for a name that is allowed. */
export function tenantNameFault(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return 'it must be of lower case letters, digits and _, and begin with a letter'
  if (name.length > longestName) return `it may have ${longestName} characters`
  if (name.startsWith('pg_') || reservedNames.includes(name))
    return 'PostgreSQL or Spanledger has a schema of that name'
  return undefined
}

/** Returns the name. Throws `Misconfigured` where a tenant can't have it. */
export function checkedTenantName(name: string): string {
  const fault = tenantNameFault(name)
  if (fault === undefined) return name
  throw new Misconfigured(`${JSON.stringify(name)} can't be the name of a tenant: ${fault}.`)
}
