import type { SchemaElement } from 'hyparquet'
import type { Session } from '../database.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'

/** A value as a file holds it: whole numbers of 64 bits as bigint, UUIDs and texts as text. */
export type ArchiveValue = number | bigint | boolean | string | null

/** A column of a table, and of the files in which its rows are archived. */
export interface ArchiveColumn {
  readonly name: string
  /** SQL for the value, as JSON can have it: bigints are text. */
  readonly sql: string
  readonly element: SchemaElement
}

interface CatalogColumn {
  readonly name: string
  readonly type: string
  readonly modifier: number
}

/** Reads the columns of a table. Types that Parquet has no equal for are archived as text. */
export async function readColumns(session: Session, relation: string): Promise<ArchiveColumn[]> {
  const columns = await session.query<CatalogColumn>(storeStatement('archive_columns'), [relation])
  return columns.map((column) => {
    const { sql, ...element } = kindOf(column)
    return { name: column.name, sql, element: { name: column.name, repetition_type: 'OPTIONAL', ...element } }
  })
}

type ColumnKind = Pick<ArchiveColumn, 'sql'> & Omit<SchemaElement, 'name' | 'repetition_type'>

/** The most digits of a decimal number that a whole number of 64 bits holds. */
const mostDigits = 18

function kindOf({ name, type, modifier }: CatalogColumn): ColumnKind {
  const column = quoted(name)
  switch (type) {
    case 'int2':
    case 'int4':
      return { sql: column, type: 'INT32' }
    case 'int8':
      return { sql: `${column}::text`, type: 'INT64' }
    case 'bool':
      return { sql: column, type: 'BOOLEAN' }
    case 'float4':
    case 'float8':
      return { sql: `${column}::float8`, type: 'DOUBLE' }
    case 'uuid':
      return { sql: `${column}::text`, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } }
    case 'date':
      return {
        sql: `case when isfinite(${column}) then ${column} - date '1970-01-01' end`,
        type: 'INT32',
        converted_type: 'DATE',
      }
    case 'timestamp':
    case 'timestamptz':
      return {
        sql: `case when isfinite(${column}) then (extract(epoch from ${column}) * 1000000)::bigint::text end`,
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      }
    case 'numeric':
      return decimalKind(column, modifier)
    default:
      return { sql: `${column}::text`, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  }
}

/** A number with precision and scale is a decimal of the same; one without, or with too many digits, is text. */
function decimalKind(column: string, modifier: number): ColumnKind {
  const precision = ((modifier - 4) >> 16) & 0xffff
  const scale = (modifier - 4) & 0x7ff
  if (modifier < 4 || precision > mostDigits || scale > precision)
    return { sql: `${column}::text`, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  return {
    sql: `(${column} * ${10n ** BigInt(scale)})::bigint::text`,
    type: 'INT64',
    converted_type: 'DECIMAL',
    precision,
    scale,
  }
}

/** Makes the value of a file of the value that a row has. */
export function archiveValue({ element }: ArchiveColumn, value: unknown): ArchiveValue {
  if (value === null) return null
  return element.type === 'INT64' ? BigInt(value as string) : (value as number | boolean | string)
}
