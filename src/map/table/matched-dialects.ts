import type { CompiledDialect } from './compile.ts'
import type { StampedId } from './fields.ts'
import type { Source } from './source.ts'

/** The dialects that match a span or record, in the order of precedence, the plain attributes last. */
export interface MatchedDialects {
  readonly dialects: readonly CompiledDialect[]
  /** The engine of durable workflows that made the span, even if another dialect knows its kind; undefined for none. */
  readonly engine: CompiledDialect | undefined
  /** The sources of ids in all these dialects, the best first; the workflow id of the engine comes before all others. */
  readonly ids: { readonly [Id in StampedId]: readonly Source[] }
  /** Returns the same dialects with this one first. */
  readonly withFirst: (dialect: CompiledDialect) => MatchedDialects
}

/** Joins the dialects that match an item. The result is cached for all items with the same scope and keys. */
export function matchedDialects(
  dialects: readonly CompiledDialect[],
  engine: CompiledDialect | undefined = dialects.find(({ run }) => run !== undefined),
): MatchedDialects {
  let reordered: Map<CompiledDialect, MatchedDialects> | undefined
  const sourcesOf = (id: StampedId) => dialects.flatMap(({ fields }) => fields[id])
  const ids = {
    workflowId: [...(engine?.fields.workflowId ?? []), ...sourcesOf('workflowId')],
    user: sourcesOf('user'),
    session: sourcesOf('session'),
    tenant: sourcesOf('tenant'),
    parentWorkflow: sourcesOf('parentWorkflow'),
  }
  const matched: MatchedDialects = {
    dialects,
    engine,
    ids,
    withFirst: (dialect) => {
      if (dialect === dialects[0]) return matched
      const others = dialects.filter((other) => other !== dialect)
      const made = reordered?.get(dialect) ?? matchedDialects([dialect, ...others], engine)
      reordered ??= new Map()
      reordered.set(dialect, made)
      return made
    },
  }
  return matched
}
