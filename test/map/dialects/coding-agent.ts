import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, recordWith, spanWith } from '../make.ts'

export type Attributes = Parameters<typeof spanWith>[0]

/** The facts of a log record without a trace, as coding agents send it: its name is an attribute. */
export function recordOf(scope: string, name: string, attributes: Attributes): Facts {
  return mapRecord(
    recordWith({
      traceId: '',
      spanId: '',
      eventName: 'event src/telemetry.rs:703',
      scope: { name: scope, version: '', attributes: new Map(), schemaUrl: '' },
      attributes: new Map(Object.entries({ 'event.name': name, ...attributes })),
    }),
    options,
  )
}

/** The facts of a span at the top of its trace. */
export function spanOf(scope: string, name: string, attributes: Attributes): Facts {
  const where = { name: scope, version: '', attributes: new Map(), schemaUrl: '' }
  return mapSpan(spanWith(attributes, { ...atTop, name, scope: where }), options)
}
