import { Malformed, TooLarge } from '../../errors.ts'
import { maxItemWeight, mostEnclosures, tooMuchInItem } from '../decode-state.ts'
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
  /** The objects and arrays in it, but for those in that list. */
  brackets: number
}

/**
 * The most objects and arrays of an item that is parsed, and of what is around it. One that holds no more than `maxItemWeight`
 * has fewer, since each of them weighs one at least, but for the item and its lists.
 */
const maxItemBrackets = maxItemWeight + 16

/** Where an item is: from its first byte to the one after its last, and in which objects. */
export interface ItemPlace {
  readonly outer: Enclosing
  readonly middle: Enclosing
  readonly from: number
  readonly end: number
  /** The objects and arrays in it. */
  readonly brackets: number
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
  /** Parses the value that was skipped last, which is at the place of a list or object; of a long one the type will do. */
  const parsed = (from: number, end: number): unknown => {
    if (!isTooLarge(cursor)) return parseBody(body.subarray(from, end))
    return body[from] === 0x5b ? [] : {}
  }
  /** Reads an object; calls `readElement` at each element of the list in it that has this name. */
  function* readObject(name: string, readElement: (object: Enclosing) => Generator<void>): Generator<void> {
    if (++enclosures > mostEnclosures)
      throw new TooLarge('The request holds too many resources and scopes: send smaller batches.')
    const object: Enclosing = { from: cursor.at, end: 0, listFrom: 0, listEnd: 0, brackets: 0 }
    for (let hasMember = cursor.enter(); hasMember; hasMember = cursor.nextMember()) {
      const key = cursor.key()
      const isList = key === name || key === snakeCase(name)
      const from = cursor.at
      if (!isList || !cursor.isAtArray) {
        const end = yield* cursor.skip()
        object.brackets += cursor.brackets
        if (isList) listOf(parsed(from, end), name)
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
    objectOf(parsed(from, end), name)
  }
  function* readItem(outer: Enclosing, middle: Enclosing): Generator<void> {
    const from = cursor.at
    const end = yield* cursor.skip()
    const isNull = end - from === 4 && body[from] === 0x6e
    if (isNull) parseBody(body.subarray(from, end))
    else if (places.length <= mostItems) places.push({ outer, middle, from, end, brackets: cursor.brackets })
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
    for (const place of places) {
      const { outer, middle, from, end } = place
      const bytes = body.subarray(from, end)
      const around = { outer: outerAt(outer), middle: middleAt(middle) }
      // one that holds too much is refused, which needs its ids and name alone
      if ([outer, middle, place].some(isTooLarge)) yield { ...around, item: plainMembers(bytes), fault: tooMuchInItem }
      else yield { ...around, item: parseBody(bytes) }
    }
  }
}

/** Parses the members of an object that are neither objects nor arrays; any other value has none. */
function plainMembers(bytes: Uint8Array): JsonObject {
  const cursor = new JsonCursor(bytes)
  const members: [string, unknown][] = []
  if (!cursor.isAtObject) return {}
  for (let hasMember = cursor.enter(); hasMember; hasMember = cursor.nextMember()) {
    const key = cursor.key()
    const isPlain = !cursor.isAtObject && !cursor.isAtArray
    const from = cursor.at
    const skip = cursor.skip()
    let step = skip.next()
    while (!step.done) step = skip.next()
    if (isPlain) members.push([key, parseBody(bytes.subarray(from, step.value))])
  }
  return Object.fromEntries(members)
}

function isTooLarge({ brackets }: { readonly brackets: number }): boolean {
  return brackets > maxItemBrackets
}

/** Parses an object with no item in it. One that holds too much is empty. */
function parseEnclosing(body: Uint8Array, object: Enclosing): JsonObject {
  const { from, end, listFrom, listEnd } = object
  if (isTooLarge(object)) return {}
  if (listEnd === 0) return parseBody(body.subarray(from, end)) as JsonObject
  const around = [body.subarray(from, listFrom), emptyList, body.subarray(listEnd, end)]
  return parseBody(Buffer.concat(around)) as JsonObject
}
