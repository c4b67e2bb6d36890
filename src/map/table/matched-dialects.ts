import type { Narrow } from './compile.ts'
import type { Source } from './reading.ts'

/** What clients and processors stamp on the spans of others as well: it is asked of all dialects that an item speaks. */
type Stamped = 'workflowId' | 'user' | 'session' | 'tenant' | 'parentWorkflow'

/** The dialects that a span or record speaks, the best first and the plain attributes last. */
export interface Speech {
  readonly dialects: readonly Narrow[]
  /** The durable engine that made the span, whichever dialect knows its kind; undefined for none. */
  readonly engine: Narrow | undefined
  /** Where ids may stand, the best place first; a workflow's id is the engine's before it is anybody else's. */
  readonly ids: { readonly [Id in Stamped]: readonly Source[] }
  /** The same with this dialect before the others. */
  readonly ledBy: (dialect: Narrow) => Speech
}

export function speechOf(
  dialects: readonly Narrow[],
  engine: Narrow | undefined = dialects.find(({ run }) => run !== undefined),
): Speech {
  let led: Map<Narrow, Speech> | undefined
  const placesOf = (id: Stamped) => dialects.flatMap(({ fields }) => fields[id])
  const ids = {
    workflowId: [...(engine?.fields.workflowId ?? []), ...placesOf('workflowId')],
    user: placesOf('user'),
    session: placesOf('session'),
    tenant: placesOf('tenant'),
    parentWorkflow: placesOf('parentWorkflow'),
  }
  const speech: Speech = {
    dialects,
    engine,
    ids,
    ledBy: (dialect) => {
      if (dialect === dialects[0]) return speech
      const made = led?.get(dialect) ?? speechOf([dialect, ...dialects.filter((other) => other !== dialect)], engine)
      led ??= new Map()
      led.set(dialect, made)
      return made
    },
  }
  return speech
}
