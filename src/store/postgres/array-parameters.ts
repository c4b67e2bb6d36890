import { BinaryValues } from '../tables/binary-values.ts'

/** How elements of a type are written: the type's number in PostgreSQL's catalogue, and what an element must be. */
interface ElementType {
  readonly oid: number
  readonly fits: (value: unknown) => boolean
  readonly write: (binary: BinaryValues, value: never) => void
}

const uuid = /^[0-9a-f]{8}(-?[0-9a-f]{4}){4}[0-9a-f]{8}$/i
const isText = (value: unknown) => typeof value === 'string'

/** The types of which arrays are sent in binary format, by the names that statements use. Source: pg_type.dat of PostgreSQL. */
const elementTypes: Readonly<Record<string, ElementType>> = {
  uuid: {
    oid: 2950,
    fits: (value) => typeof value === 'string' && uuid.test(value),
    write: (binary, value) => binary.uuid(value),
  },
  text: { oid: 25, fits: isText, write: (binary, value) => binary.text(value) },
  jsonb: { oid: 3802, fits: isText, write: (binary, value) => binary.jsonb(value) },
}

/**
 * Makes the parameters of a statement. Arrays of the types above are sent in binary format, because the driver writes an
 * array in text format, and PostgreSQL reads it, character by character. A parameter of another kind stays as it is.
 */
export function withBinaryArrays(sql: string, values: readonly unknown[]): unknown[] {
  const types = arrayTypes(sql)
  const parameters: unknown[] = []
  for (const [i, value] of values.entries())
    parameters.push(Array.isArray(value) ? binaryArray(elementTypes[types[i] ?? ''], value) : value)
  return parameters
}

function binaryArray(type: ElementType | undefined, values: unknown[]): unknown {
  if (type === undefined || !values.every((value) => value === null || type.fits(value))) return values
  const binary = new BinaryValues()
  binary.array(type.oid, values.length)
  for (const value of values) {
    if (value === null) binary.null()
    else type.write(binary, value as never)
  }
  // the driver may keep the bytes until the connection is free
  const bytes = Buffer.from(binary.bytes())
  binary.release()
  return bytes
}

const typesOf = new Map<string, readonly string[]>()

/** Reads the element types of the array parameters of a statement, by their places: `$1::uuid[]`. */
function arrayTypes(sql: string): readonly string[] {
  const known = typesOf.get(sql)
  if (known !== undefined) return known
  const types: string[] = []
  for (const [, place, type] of sql.matchAll(/\$(\d+)::(\w+)\[\]/g)) types[Number(place) - 1] = type!
  typesOf.set(sql, types)
  return types
}
