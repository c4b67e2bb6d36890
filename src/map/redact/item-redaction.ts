import type { AnyValue, Attributes } from '../../decode/span.ts'
import { jsonText, parseJson } from '../values/json.ts'
import { addField, isList, type MutableRecord, type ParsedObject, type Tree } from '../values/tree.ts'
import { blockedTexts, deepest } from './blocked-texts.ts'
import { isCard, type PatternName, patternNames, secretIn, withoutSecret } from './patterns.ts'
import { count, type RedactionParts, standIn } from './redaction-parts.ts'
import { unescapedAscii } from './unescape.ts'

/** What stands in place of a text that could not be redacted, and of the value of a blocked key. */
const failedText = '[redaction failed]'
const blockedText = '[redacted]'
const cutMark = '…'
/** A secret that begins before a text is cut is found if so much of it is looked at, in UTF-16 code units. */
const margin = 4_096
/** The most time that the patterns of users may take for the texts of one item. */
const mostMs = 200
/** No pattern finds a secret in a shorter text. */
const shortest = 6
/** Shorter values of blocked keys are replaced only where they are the whole text. */
const leastLiteral = 4
const mostNames = 10_000
/** Escapes of JSON for characters that a secret may have in it. */
const hidingEscape = /\\u00|\\\//

/** How a value with parts is redacted. `left` counts down the code units that are looked at. */
interface Walk {
  readonly most: number
  readonly asName: boolean
  left: number
  changed: boolean
}

/** Redacts the texts of one item: a `Redactor` (redactor.ts). */
export class ItemRedaction {
  private readonly parts: RedactionParts
  /** The texts in the values of blocked attributes; null where they could not be read, so that no text may be stored. */
  private readonly literals: ReadonlySet<string> | null
  private customMs = 0
  private last: { readonly attributes: Attributes; readonly redacted: Attributes } | undefined

  constructor(parts: RedactionParts, values: readonly AnyValue[]) {
    this.parts = parts
    this.literals = parts.blockedHint === null ? noLiterals : this.guarded(() => blockedTexts(parts, values), null)
  }

  text(text: string, most: number): string {
    return this.guarded(() => this.redacted(text, { most, asName: false }), failedText)
  }

  name(name: string): string {
    const { names } = this.parts
    const known = this.literals?.size === 0 ? names.get(name) : undefined
    if (known !== undefined) return known
    const redacted = this.guarded(() => this.redacted(name, { most: Infinity, asName: true }), failedText)
    if (this.literals?.size === 0 && names.size < mostNames) names.set(name, redacted)
    return redacted
  }

  json(json: string): string {
    return this.guarded(() => {
      if (!this.mayHold(json)) return json
      const walk: Walk = { most: Infinity, asName: true, left: Infinity, changed: false }
      const tree = this.tree(JSON.parse(json) as Tree, walk, 0)
      return walk.changed ? jsonText(tree, Infinity) : json
    }, `"${failedText}"`)
  }

  attributes(attributes: Attributes, most: number, mostText: number = most): Attributes {
    // the events of a span's start and end have the same attributes
    if (this.last?.attributes === attributes) return this.last.redacted
    const walk: Walk = { most: mostText, asName: false, left: 8 * most, changed: false }
    const failed: Attributes = new Map([[failedText, failedText]])
    this.last = { attributes, redacted: this.guarded(() => this.tree(attributes, walk, 0) as Attributes, failed) }
    return this.last.redacted
  }

  value(value: AnyValue, most: number): AnyValue {
    const walk: Walk = { most, asName: false, left: 8 * most, changed: false }
    return this.guarded(() => this.tree(value, walk, 0) as AnyValue, failedText)
  }

  /** Fails closed: what can't be redacted isn't stored. */
  private guarded<T>(redact: () => T, failed: T): T {
    try {
      return redact()
    } catch {
      count(this.parts, 'failed')
      return failed
    }
  }

  /**
   * Redacts a text. One that is JSON is redacted as what it holds: escapes would hide secrets, and a replacement in the midst
   * of them would make it something else.
   */
  private redacted(text: string, { most, asName }: Pick<Walk, 'most' | 'asName'>): string {
    const looked = text.length > most + margin ? text.slice(0, most + margin) : text
    if (!this.mayHold(looked)) return looked
    const tree = parseJson(looked)
    if (tree === undefined) return this.replaced(unescapedAscii(looked), asName)
    const walk: Walk = { most: Infinity, asName, left: Infinity, changed: false }
    const redacted = this.tree(tree, walk, 0)
    return walk.changed ? jsonText(redacted, Infinity) : looked
  }

  /** Whether a text may hold something to redact; false is certain. */
  private mayHold(text: string): boolean {
    const { custom, blockedHint, hint, hintWithoutEmail } = this.parts
    if (custom.length > 0 || this.literals?.size !== 0) return true
    if (text.length < shortest) return false
    if ((text.includes('@') ? hint : hintWithoutEmail).test(text)) return true
    return (blockedHint?.test(text) ?? false) || (text.includes('\\') && hidingEscape.test(text))
  }

  /** Replaces what the patterns find, then what is the value of a blocked key. */
  private replaced(text: string, asName: boolean): string {
    const { parts, literals } = this
    if (literals === null) throw new Error('the texts under blocked keys are unknown')
    let redacted = this.withoutFixed(text, asName)
    const startedMs = parts.custom.length === 0 ? 0 : performance.now()
    for (const { name, replace } of parts.custom) {
      if (this.customMs > mostMs) throw new Error('the patterns take too long')
      redacted = replace(redacted, (match) => standIn(parts, name, match, asName))
    }
    if (parts.custom.length > 0) this.customMs += performance.now() - startedMs
    for (const literal of literals) {
      if (literal.length < leastLiteral ? redacted !== literal : !redacted.includes(literal)) continue
      redacted = redacted.replaceAll(literal, () => standIn(parts, 'redacted', literal, asName))
    }
    return redacted
  }

  /** Replaces what the fixed patterns find. The search goes on behind a secret, or behind the first word where there is none. */
  private withoutFixed(text: string, asName: boolean): string {
    const { parts } = this
    const { expression } = parts
    expression.lastIndex = 0
    let [redacted, end] = ['', 0]
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      const name = patternOf(match)
      if (name === undefined) continue
      const secret = secretIn(name, match[0])
      if (secret === null) {
        expression.lastIndex = match.index + withoutSecret(name, match[0])
        continue
      }
      const [from, to] = [match.index + secret.from, match.index + secret.to]
      redacted += text.slice(end, from) + standIn(parts, name, text.slice(from, to), asName)
      expression.lastIndex = end = to
    }
    return end === 0 ? text : redacted + text.slice(end)
  }

  /** Returns the same object where nothing in it changes. */
  private tree(tree: Tree, walk: Walk, depth: number): Tree {
    if (typeof tree === 'string') return this.leaf(tree, walk)
    if (typeof tree === 'number' || typeof tree === 'bigint') return this.number(tree, walk)
    if (typeof tree !== 'object' || tree === null) return tree
    if (depth > deepest) return cutMark
    if (tree instanceof Uint8Array) return this.bytes(tree, walk)
    if (isList(tree)) {
      const list = tree.map((part) => this.tree(part, walk, depth + 1))
      return list.some((part, i) => part !== tree[i]) ? list : tree
    }
    return this.record(tree as Attributes | ParsedObject, walk, depth)
  }

  private leaf(text: string, walk: Walk): string {
    if (walk.left < 0) return cutMark
    walk.left -= Math.min(text.length, walk.most + margin)
    const redacted = this.redacted(text, walk)
    if (redacted !== text) walk.changed = true
    return redacted
  }

  private number(number: number | bigint, walk: Walk): Tree {
    const digits = this.parts.hasCards && number > 1e12 ? String(number) : ''
    if (!isCard(digits)) return number
    walk.changed = true
    return standIn(this.parts, 'card', digits, walk.asName)
  }

  /** Bytes are stored in base64, in which nothing would be found. */
  private bytes(bytes: Uint8Array, walk: Walk): Tree {
    const text = Buffer.from(bytes.subarray(0, Math.min(walk.most + margin, bytes.length))).toString('latin1')
    if (this.replaced(text, false) === text) return bytes
    walk.changed = true
    return blockedText
  }

  private record(record: Attributes | ParsedObject, walk: Walk, depth: number): Tree {
    return record instanceof Map ? this.map(record, walk, depth) : this.object(record as ParsedObject, walk, depth)
  }

  private map(map: ReadonlyMap<string, Tree>, walk: Walk, depth: number): Tree {
    let redacted: Map<string, Tree> | undefined
    // over the keys: an array for each entry is most of what a walk that changes nothing would allocate
    for (const key of map.keys()) {
      const value = map.get(key)!
      const [name, part] = [this.key(key), this.field(key, value, walk, depth)]
      if (redacted === undefined && name === key && part === value) continue
      redacted ??= mapBefore(map, key)
      redacted.set(name, part)
    }
    if (redacted === undefined) return map as Attributes
    walk.changed = true
    return redacted as Attributes
  }

  private object(object: ParsedObject, walk: Walk, depth: number): Tree {
    const fields: MutableRecord = {}
    let changed = false
    for (const key of Object.keys(object)) {
      const [name, part] = [this.key(key), this.field(key, object[key]!, walk, depth)]
      changed ||= name !== key || part !== object[key]
      addField(fields, name, part)
    }
    if (!changed) return object
    walk.changed = true
    return fields
  }

  private key(key: string): string {
    return this.parts.isBlocked(key) ? key : this.name(key)
  }

  private field(key: string, value: Tree, walk: Walk, depth: number): Tree {
    if (!this.parts.isBlocked(key)) return this.tree(value, walk, depth + 1)
    if (value === null) return null
    count(this.parts, 'redacted')
    return blockedText
  }
}

/** The entries of a map before that of a key. */
function mapBefore(map: ReadonlyMap<string, Tree>, key: string): Map<string, Tree> {
  const before = new Map<string, Tree>()
  for (const [one, value] of map) {
    if (one === key) break
    before.set(one, value)
  }
  return before
}

/** The pattern that has found something; undefined for a data URL. */
function patternOf({ groups = {} }: RegExpExecArray): PatternName | undefined {
  return patternNames.find((name) => groups[name] !== undefined)
}

const noLiterals: ReadonlySet<string> = new Set()
