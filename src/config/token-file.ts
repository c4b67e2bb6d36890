import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import * as z from 'zod'
import { allScopes, type Scope } from '../accept/credentials/identity.ts'
import type { StoredToken } from '../accept/credentials/token-list.ts'
import { Misconfigured } from '../errors.ts'
import { tenantNameFault } from '../store/tenants/tenant-name.ts'

const time = z
  .union([z.string(), z.date()])
  .transform((value) => new Date(value).getTime())
  .refine(Number.isFinite)
  .nullable()
  .default(null)

const entry = z.strictObject({
  id: z.string().min(1),
  name: z.string().default(''),
  tenant: z
    .string()
    .refine((name) => name === '' || tenantNameFault(name) === undefined)
    .default(''),
  scopes: z
    .array(z.enum(allScopes as [Scope, ...Scope[]]))
    .min(1)
    .default(['send']),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  not_before: time,
  expires_at: time,
  revoked_at: time,
})

const contents = z.strictObject({ tokens: z.array(entry) })

/**
 * Reads a file of tokens: hashes, as `spanledger token create` prints them. Throws `Misconfigured` for one that can't be
 * read: its message has no value of the file.
 */
export async function readTokenFile(path: string): Promise<StoredToken[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Misconfigured(`the file of tokens ${path} can't be read (${cause.code}).`, { cause })
  })
  const result = contents.safeParse(parsedYaml(path, text))
  if (!result.success) {
    const where = result.error.issues[0]?.path.join('.') || 'the top'
    throw new Misconfigured(
      `the file of tokens ${path} is wrong at ${where}. It has "tokens", a list of {id, name, tenant, scopes, hash, not_before, expires_at, revoked_at}.`,
    )
  }
  return result.data.tokens.map(({ not_before, expires_at, revoked_at, ...token }) => ({
    ...token,
    notBeforeMs: not_before,
    expiresAtMs: expires_at,
    revokedAtMs: revoked_at,
  }))
}

function parsedYaml(path: string, text: string): unknown {
  try {
    return parse(text, { prettyErrors: false })
  } catch {
    throw new Misconfigured(`the file of tokens ${path} is no YAML.`)
  }
}
