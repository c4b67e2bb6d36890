import { Malformed, TooLarge } from '../../errors.ts'
import { mostEnclosures } from '../decode-state.ts'
import type { Signal } from '../span.ts'
import { JsonCursor } from './json-cursor.ts'
import { type JsonItem, levels } from './json-extract.ts'
import { type JsonObject, listOf, objectOf, snakeCase, wrongType } from './json-fields.ts'
import { parseBody } from './json-text.ts'

/** An object whose items are elsewhere: the list that holds them is from `listFrom` to `listEnd`; both are 0 where it has none. */
interface Enclosing {
  readonly from: number
  end: number
  listFrom: number
  listEnd: number
}

/** Where an item is: from its first byte to the one after its last, and in which objects. */
export interface ItemPlace {
  readonly outer: Enclosing
  readonly middle: Enclosing
  readonly from: number
  readonly end: number
}

const emptyList = Buffer.from('[]')

/**
 * Finds the items of a request in JSON, and no more than one too many. All of it parsed would take ten times its bytes, and
 * more than a second for 64 MiB. What is around the items is parsed, so that the request is JSON if each of its items is.
 * The generator yields now and then. Throws Malformed, and TooLarge for what only smaller requests may have.
 */
export function* scanItems(signal: Signal, body: Uint8Array, mostItems: number): Generator<void, ItemPlace[]> {
  const names = levels[signal]
  const cursor = new JsonCursor(body)
  const places: ItemPlace[] = []
  let enclosures = 0
  /** Reads an object; calls `readElement` at each element of the list in it that has this name. */
  function* readObject(name: string, readElement: (object: Enclosing) => Generator<void>): Generator<void> {
    if (++enclosures > mostEnclosures)
      throw new TooLarge('The request holds too many resources and scopes: send smaller batches.')
    const object: Enclosing = { from: cursor.at, end: 0, listFrom: 0, listEnd: 0 }
    for (let hasMember = cursor.enter(); hasMember; hasMember = cursor.nextMember()) {
      const key = cursor.key()
      const isList = key === name || key === snakeCase(name)
      const from = cursor.at
      if (!isList || !cursor.isAtArray) {
        const end = yield* cursor.skip()
        if (isList) listOf(parseBody(body.subarray(from, end)), name)
        continue
      }
      if (object.listEnd > 0) throw new TooLarge(`The JSON holds ${name} twice in an object: send smaller batches.`)
      for (let hasElement = cursor.enter(); hasElement; hasElement = cursor.nextElement()) yield* readElement(object)
      object.listFrom = from
      object.listEnd = cursor.at
    }
    object.end = cursor.at
    parseEnclosing(body, object)
  }
  /** Reads an element that has to be an object, or null. */
  function* readEnclosing(name: string, read: () => Generator<void>): Generator<void> {
    if (cursor.isAtObject) return yield* read()
    const from = cursor.at
    const end = yield* cursor.skip()
    objectOf(parseBody(body.subarray(from, end)), name)
  }
  function* readItem(outer: Enclosing, middle: Enclosing): Generator<void> {
    const from = cursor.at
    const end = yield* cursor.skip()
    const isNull = end - from === 4 && body[from] === 0x6e
    if (isNull) parseBody(body.subarray(from, end))
    else if (places.length <= mostItems) places.push({ outer, middle, from, end })
  }
  if (!cursor.isAtObject) throw wrongType('The body', 'an object', parseBody(body))
  yield* readObject(names.outer, () =>
    readEnclosing(names.outer, () =>
      readObject(names.middle, (outer) =>
        readEnclosing(names.middle, () => readObject(names.item, (middle) => readItem(outer, middle))),
      ),
    ),
  )
  if (!cursor.isAtEnd) throw new Malformed('The body is no JSON.')
  return places
}

/** Returns a function that parses items at these places. Neighbours share the objects that they are in. */
export function itemParser(body: Uint8Array): (places: Iterable<ItemPlace>) => Generator<JsonItem> {
  const lastParsed = () => {
    let [last, parsed]: [Enclosing | undefined, JsonObject] = [undefined, {}]
    return (object: Enclosing) => {
      if (object !== last) [last, parsed] = [object, parseEnclosing(body, object)]
      return parsed
    }
  }
  const outerAt = lastParsed()
  const middleAt = lastParsed()
  return function* (places) {
    for (const { outer, middle, from, end } of places)
      yield { outer: outerAt(outer), middle: middleAt(middle), item: parseBody(body.subarray(from, end)) }
  }
}

/** Parses an object with no item in it. */
function parseEnclosing(body: Uint8Array, { from, end, listFrom, listEnd }: Enclosing): JsonObject {
  if (listEnd === 0) return parseBody(body.subarray(from, end)) as JsonObject
  const around = [body.subarray(from, listFrom), emptyList, body.subarray(listEnd, end)]
  return parseBody(Buffer.concat(around)) as JsonObject
}
