import type { About, Dialect } from '../table/dialect.ts'
import { type FieldName, fieldNames, fieldTable } from '../table/fields.ts'
import type { Source } from '../table/source.ts'
import { dialects } from './dialects.ts'

/** One line of the documentation: which attribute fills which column. */
export interface AttributeRow {
  readonly dialect: string
  readonly attribute: string
  readonly column: string
  /** The attribute's place among those that fill the same column, from 1; functions and paths inside JSON count too. */
  readonly precedence: number
}

/** One line of the documentation about a dialect. */
export interface DialectRow extends About {
  readonly dialect: string
  /** What the dialect's own attributes and messages contain, besides the plain attributes on the same spans. */
  readonly tells: readonly string[]
}

/** The words of the documentation, and the fields (or messages) of which a dialect must have one. */
const contents: readonly (readonly [string, readonly (FieldName | 'messages')[]])[] = [
  ['run', ['workflowId']],
  ['user', ['user']],
  ['session', ['session', 'conversation']],
  ['agents', ['agent']],
  ['question', ['query', 'messages']],
  ['answer', ['result', 'messages']],
  ['tokens', ['prompt', 'completion', 'total']],
  ['cached tokens', ['cacheRead']],
  ['reasoning tokens', ['reasoning']],
  ['cost', ['cost']],
  ['tools', ['tool', 'messages']],
]

/** Returns all dialects in the order of their precedence. */
export function dialectTable(): DialectRow[] {
  return dialects.map((dialect) => ({
    dialect: dialect.name,
    ...dialect.about,
    tells: contents.filter(([, fields]) => fields.some((field) => hasField(dialect, field))).map(([word]) => word),
  }))
}

function hasField({ fields, messages, events }: Dialect, field: FieldName | 'messages'): boolean {
  if (field !== 'messages') return (fields[field]?.length ?? 0) > 0
  return messages !== undefined || Object.values(events ?? {}).some((rule) => rule.message !== undefined)
}

/** Returns the attributes of all dialects with the columns that they fill, in the order of precedence. */
export function attributeTable(): AttributeRow[] {
  return dialects.flatMap((dialect) =>
    fieldNames.flatMap((field) => rowsOf(dialect.name, field, dialect.fields[field] ?? [])),
  )
}

function rowsOf(dialect: string, field: FieldName, sources: readonly Source[]): AttributeRow[] {
  return sources.flatMap((source, index) => {
    const attribute = attributeOf(source)
    if (attribute === null) return []
    return [{ dialect, attribute, column: fieldTable[field].column, precedence: index + 1 }]
  })
}

function attributeOf(source: Source): string | null {
  if (typeof source === 'string') return source
  if (typeof source === 'function') return null
  return 'path' in source && source.path.length > 0 ? `${source.key} → ${source.path.join('.')}` : source.key
}
