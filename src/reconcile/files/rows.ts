import { type ExportObject, isObject, type Json } from './json-text.ts'

/**
 * A row of a table. Names are compared without their case and signs, since exports spell them differently:
 * `CostInBillingCurrency`, `costInBillingCurrency`, `line_item_usage_type`, `lineItem/UsageType`.
 */
export interface Row {
  /** The text of the first of these columns that is there and not empty; null for none. */
  get(...names: readonly string[]): string | null
  /** The value of a column of JSON or Parquet that is a list. */
  list(name: string): readonly Json[]
}

/** The name by which a column is found. */
export function columnName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The row of a CSV file. */
export function textRow(names: readonly string[], cells: readonly string[]): Row {
  return rowOver(new Map(names.map((name, i) => [name, cells[i] ?? ''])), new Map())
}

/** The row that a JSON object is; `usage: {amount: 1}` is the column `usage.amount`. */
export function objectRow(object: ExportObject): Row {
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly Json[]>()
  collect(object, '', texts, lists)
  return rowOver(texts, lists)
}

/** The columns of a JSON object. */
export function columnsIn(object: ExportObject): Set<string> {
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly Json[]>()
  collect(object, '', texts, lists)
  return new Set([...texts.keys(), ...lists.keys()])
}

function collect(
  object: ExportObject,
  prefix: string,
  texts: Map<string, string>,
  lists: Map<string, readonly Json[]>,
): void {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + columnName(name)
    if (Array.isArray(value)) lists.set(path, value)
    else if (isObject(value)) collect(value, path, texts, lists)
    else texts.set(path, value === null || value === undefined ? '' : String(value))
  }
}

function rowOver(texts: ReadonlyMap<string, string>, lists: ReadonlyMap<string, readonly Json[]>): Row {
  return {
    get(...names) {
      for (const name of names) {
        const text = texts.get(columnName(name))?.trim()
        if (text !== undefined && text !== '' && text.toLowerCase() !== 'null') return text
      }
      return null
    },
    list: (name) => lists.get(columnName(name)) ?? [],
  }
}
