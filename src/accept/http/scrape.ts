import type { IncomingMessage } from 'node:http'
import { Misdirected } from '../answers/answers.ts'
import { answerText, type Exchange } from './http-answers.ts'

/** The media type of the text format of Prometheus. */
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'

/** Answers a scrape. Throws Misdirected where this server has no metrics, or the client may not read them. */
export async function answerScrape(to: Exchange, metricsText: (() => Promise<string>) | undefined): Promise<void> {
  if (metricsText === undefined || !mayRead(to.request))
    throw new Misdirected('not-found', 'Nothing is received at /metrics.')
  answerText(to, 200, await metricsText(), prometheusType)
}

/**
 * Whether a client may read metrics. They name models and dialects, and no sender's text. The one place where a scope of
 * the client's credential is checked.
 */
function mayRead(_request: IncomingMessage): boolean {
  return true
}
