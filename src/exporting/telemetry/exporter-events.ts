import { type DiagLogger, diag } from '@opentelemetry/api'
import { onlyOnce, summingThrottle, throttle } from '../../events/log-throttle.ts'
import type { PipelineEvents } from '../../pipeline.ts'

/** An exporter's events. They are given no attribute value, no prompt and no secret. */
export interface ExporterEvents extends PipelineEvents {
  error(text: string): void
}

const redactionFailed =
  'texts could not be redacted, and are stored as [redaction failed]: a custom pattern takes too long, or this is a bug'

/**
 * Events that are logged by the SDK's own logger, the same line at most every 10 s (E21). `schema` is
 * that of the tenant's books, `clock` gives milliseconds.
 */
export function createExporterEvents(
  schema: string,
  log: DiagLogger = diag.createComponentLogger({ namespace: 'spanledger-exporter' }),
  clock: () => number = Date.now,
): ExporterEvents {
  const countOf = throttle(clock)
  const gapSums = summingThrottle<{ calls: number; tokens: number }>(100, clock)
  const isNewAttribute = onlyOnce(100)
  let away = false
  const write = (level: 'warn' | 'error', text: string) => {
    const count = countOf(text)
    if (count > 0) log[level](count > 1 ? `${text} (${count} times)` : text)
  }
  return {
    error: (text) => write('error', text),
    warning: (text) => write('warn', text),
    spanRefused: (reason) => write('warn', `refused: ${reason}. It is kept in ${schema}.refused_spans.`),
    requestAnswered: (signal, tally) => log.debug(`${signal} answered`, tally),
    dialectsSeen: () => {},
    rowsLocked: () => {},
    redacted: (counts) => {
      if (counts.has('failed')) write('warn', redactionFailed)
    },
    batchCommitted: ({ items, milliseconds }) => log.debug(`committed ${items} in ${Math.round(milliseconds)} ms`),
    databaseAway(why) {
      if (!away) log.error(`the database is away: ${why}`)
      away = true
    },
    databaseBack() {
      if (away) log.info('the database is back')
      away = false
    },
    costGap({ why, model, calls, tokens }) {
      const sums = gapSums(`${why} ${model}`, { calls, tokens })
      if (sums === null) return
      const of = `${sums.calls} ${sums.calls === 1 ? 'call' : 'calls'} of ${model}`
      log.warn(
        why === 'unpriced'
          ? `no price is known for ${of} (${sums.tokens} tokens): cost 0, marked unpriced (the option prices adds prices)`
          : `nothing says what ${of} used: in no sum, marked uncounted_calls (OpenAI's streams need include_usage)`,
      )
    },
    unreadUsage(attribute, origin) {
      if (isNewAttribute(`${attribute} ${origin}`))
        log.warn(
          `no dialect reads ${attribute} of ${origin}, which looks like usage: if it is, the option attributes says which`,
        )
    },
  }
}
