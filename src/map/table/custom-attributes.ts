import { type FieldName, fieldNames, fieldTable } from './fields.ts'
import type { Source } from './source.ts'

/** The fields by their names in the settings, in which operators name attributes of their own. */
export const customAttributeFields: Readonly<Record<string, FieldName>> = Object.fromEntries(
  fieldNames.map((name) => [fieldTable[name].setting, name]),
)

/**
 * The custom attributes of one field. `first` are read before the sources of the dialects, `last` after them.
 * `app.usage -> tokens.in` is a path inside an attribute that holds JSON text or a structure.
 */
export interface CustomKeys {
  readonly first: readonly string[]
  readonly last: readonly string[]
}

/** Custom attributes by the fields' names in the settings. */
export type CustomAttributes = Readonly<Record<string, CustomKeys>>

/** Parses a custom attribute of the settings: a key, or a key and a path inside its value. */
export function sourceOf(text: string): Source {
  const [key = '', path] = text.split(/\s*(?:->|→)\s*/, 2)
  return path === undefined
    ? text
    : { key, path: path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)) }
}
