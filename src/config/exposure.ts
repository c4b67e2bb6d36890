import { isLoopback } from '../accept/http/loopback.ts'
import { hostAndPort } from '../accept/listening.ts'
import { Misconfigured } from '../errors.ts'
import { type Config, settings } from './settings.ts'

/** Whether senders must show a credential: a token, a JWT or a client certificate. */
export function asksForCredentials({ tokens, jwt, tlsClientCaFile }: Config): boolean {
  return tokens !== 'none' || jwt.length > 0 || tlsClientCaFile !== null
}

/**
 * Throws `Misconfigured` for a receiver without credentials that other machines could reach: everyone there could write
 * rows and fill the disk. `insecure` allows it.
 */
export function checkExposure(config: Config): void {
  if (config.insecure || asksForCredentials(config)) return
  for (const name of ['httpListen', 'grpcListen', 'page'] as const) {
    const address = config[name]
    if (typeof address === 'string' || isLoopback(address.host)) continue
    throw new Misconfigured(
      `${settings[name].key} can't be "${hostAndPort(address)}" without credentials: everyone who reaches this address could ${name === 'page' ? 'read' : 'write'}. Ask for tokens (${settings.tokens.key}=table, after \`spanledger token create\`), JWTs (${settings.jwt.key}) or client certificates (${settings.tlsClientCaFile.key}), listen on 127.0.0.1, or say --${settings.insecure.flag} (${settings.insecure.key}=true) where the network lets only senders in.`,
    )
  }
}

/** Whether credentials would pass over a network in clear text. */
export function sendsSecretsInClearText(config: Config): boolean {
  const isReachable = !isLoopback(config.httpListen.host) || !isLoopback(config.grpcListen.host)
  return isReachable && config.tlsCertFile === null && asksForCredentials(config)
}
