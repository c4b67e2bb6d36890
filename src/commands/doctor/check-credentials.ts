import type { StoredToken } from '../../accept/credentials/token-list.ts'
import { certificateEndMs, readTls, type TlsContext, type TlsFiles } from '../../accept/tls/tls-files.ts'
import type { Config } from '../../config/settings.ts'
import { readTokenFile } from '../../config/token-file.ts'
import { messageOf } from '../../errors.ts'
import { tokenOf, warnAheadMs } from '../../receiver/credentials.ts'
import type { Database } from '../../store/database.ts'
import { listTokens } from '../../store/tenants/tokens.ts'
import type { Finding } from './finding.ts'

/** Checks the certificate that is served and the tokens that senders have: senders drop their data once one has ended. */
export async function checkCredentials(config: Config, database: Database): Promise<Finding[]> {
  const findings: Finding[] = []
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, tlsMinVersion } = config
  if (tlsCertFile !== null && tlsKeyFile !== null)
    findings.push(
      checkCertificate({
        certFile: tlsCertFile,
        keyFile: tlsKeyFile,
        clientCaFile: tlsClientCaFile,
        minVersion: tlsMinVersion,
      }),
    )
  if (config.tokens !== 'none') findings.push(await checkTokens(config.tokens, database))
  return findings
}

function checkCertificate(files: TlsFiles): Finding {
  let context: TlsContext
  try {
    context = readTls(files)
  } catch (error) {
    return { check: 'TLS', found: messageOf(error), advice: 'Put the files right: `serve` does not start with these.' }
  }
  const endMs = certificateEndMs(context)
  const found = `the certificate in ${files.certFile} ends on ${day(endMs)}`
  if (endMs - Date.now() > warnAheadMs) return { check: 'TLS', found }
  return { check: 'TLS', found, advice: 'Replace it and its key: a receiver that runs serves the new ones by itself.' }
}

async function checkTokens(source: string, database: Database): Promise<Finding> {
  const check = 'tokens'
  try {
    const tokens = source === 'table' ? (await listTokens(database)).map(tokenOf) : await readTokenFile(source)
    return tokensFinding(tokens.filter(({ revokedAtMs }) => revokedAtMs === null))
  } catch (error) {
    return { check, found: messageOf(error), advice: 'Until they can be read, senders are asked to try again.' }
  }
}

function tokensFinding(tokens: readonly StoredToken[]): Finding {
  const check = 'tokens'
  const now = Date.now()
  const valid = tokens.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now)
  if (valid.length === 0)
    return { check, found: 'no token is valid, and senders need one', advice: '`spanledger token create` makes one.' }
  const ending = tokens.flatMap(({ id, expiresAtMs }) =>
    expiresAtMs !== null && Math.abs(expiresAtMs - now) <= warnAheadMs ? [{ id, endMs: expiresAtMs }] : [],
  )
  const found = `${valid.length} ${valid.length === 1 ? 'is' : 'are'} valid`
  if (ending.length === 0) return { check, found }
  const named = ending.map(({ id, endMs }) => `${id} ${endMs > now ? 'ends' : 'has ended'} on ${day(endMs)}`)
  return {
    check,
    found: `${found}; ${named.join(', ')}`,
    advice: 'Give senders a successor while both are valid (`spanledger token create`), then revoke the old one.',
  }
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}
