import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

/** Returns a function that maps spans of one scope with a name and attributes. */
export function mapper(scopeName: string) {
  const scope = { name: scopeName, version: '', attributes: new Map(), schemaUrl: '' }
  return (name: string, attributes: Readonly<Record<string, AnyValue>> = {}, other: Partial<Span> = {}): Facts =>
    mapSpan(spanWith(attributes, { name, scope, ...other }), options)
}

export function operation(name: string): Record<string, AnyValue> {
  return { 'gen_ai.operation.name': name }
}
