import { type DiagLogger, diag } from '@opentelemetry/api'
import { onlyOnce, throttle } from '../log-throttle.ts'
import type { PipelineEvents } from '../pipeline.ts'

/** What an exporter has to say goes to the SDK's own logger: it is given no attribute value, no prompt, no secret. */
export interface Telling extends PipelineEvents {
  error(text: string): void
}

/** The same line comes at most every 10 s; `clock` gives milliseconds. */
export function openTelling(
  log: DiagLogger = diag.createComponentLogger({ namespace: 'spanledger-exporter' }),
  clock: () => number = Date.now,
): Telling {
  const often = throttle(clock)
  const isNewModel = onlyOnce(100)
  let away = false
  const tell = (level: 'warn' | 'error', text: string) => {
    const count = often(text)
    if (count > 0) log[level](count > 1 ? `${text} (${count} times)` : text)
  }
  return {
    error: (text) => tell('error', text),
    warning: (text) => tell('warn', text),
    spanRefused: (reason) => tell('warn', `refused: ${reason}. It is kept in spanledger.refused_spans.`),
    requestAnswered: (signal, tally) => log.debug(`${signal} answered`, tally),
    batchCommitted: ({ items, milliseconds }) => log.debug(`committed ${items} in ${Math.round(milliseconds)} ms`),
    databaseAway(why) {
      if (!away) log.error(`the database is away: ${why}`)
      away = true
    },
    databaseBack() {
      if (away) log.info('the database is back')
      away = false
    },
    unpricedModel(model) {
      if (isNewModel(model))
        log.warn(`no price is known for ${model}: its calls cost 0, marked unpriced (the option prices adds prices)`)
    },
  }
}
