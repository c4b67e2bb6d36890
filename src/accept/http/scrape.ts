import { Misdirected } from '../answers/answers.ts'
import { Denied } from '../answers/denied.ts'
import { answerText, type Exchange } from './http-answers.ts'

/** The media type of the text format of Prometheus. */
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Answers a scrape. `tenant` is the client's, whose credential may read. Throws Misdirected where this server has no
 * metrics, and Denied for a client of one tenant, since metrics are about all tenants.
 */
export async function answerScrape(
  to: Exchange,
  tenant: string,
  metricsText: (() => Promise<string>) | undefined,
): Promise<void> {
  if (metricsText === undefined) throw new Misdirected('not-found', 'Nothing is received at /metrics.')
  if (tenant !== '') throw new Denied('forbidden', 'Metrics are of all tenants: a credential of one may not read them.')
  answerText(to, 200, await metricsText(), prometheusType)
}
