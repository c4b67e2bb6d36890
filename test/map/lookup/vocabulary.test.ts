import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { vocabularyWith } from '../../../src/map/lookup/vocabulary.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import type { CustomAttributes } from '../../../src/map/table/custom-attributes.ts'
import { load } from '../load.ts'
import { atTop, options, recordWith, spanWith } from '../make.ts'

const inFront = (...first: string[]) => ({ first, last: [] })
const behind = (...last: string[]) => ({ first: [], last })

const recordings = readdirSync(new URL('../../recordings/', import.meta.url))

function mapped(own: CustomAttributes, attributes: Readonly<Record<string, AnyValue>>, other = {}): Facts {
  return mapSpan(spanWith(attributes, other), { ...options, vocabulary: vocabularyWith(own) })
}

const tokens = { prompt_tokens: inFront('app.in'), completion_tokens: inFront('app.out') }

describe('kinds', () => {
  test.each([
    [tokens, { 'app.in': 7, 'app.out': 3 }, 'llm'],
    [{ total_tokens: behind('app.all') }, { 'app.all': 10 }, 'llm'],
    [{ tool_name: behind('app.tool') }, { 'app.tool': 'search' }, 'tool'],
    [{ agent_name: inFront('app.agent') }, { 'app.agent': 'planner' }, 'agent'],
    [{ agent_name: inFront('app.agent') }, { 'app.agent': '' }, 'plain'],
    [{ ...tokens, tool_name: inFront('app.tool') }, { 'gen_ai.operation.name': 'chat', 'app.tool': 'f' }, 'llm'],
    [{ ...tokens, agent_name: inFront('app.agent') }, { 'app.agent': 'planner', 'app.in': 7 }, 'llm'],
  ] as const)('with %j, %j is %s', (own, attributes, kind) => {
    expect(mapped(own, attributes).kind).toBe(kind)
  })

  test('a span of embeddings has counters in custom attributes', () => {
    expect(mapped(tokens, { 'app.in': 7 }, { name: 'embed texts' }).usage).toMatchObject({
      class: 'embedding',
      prompt: 7,
    })
  })

  test('a span at the top with a custom workflow id and query is a workflow', () => {
    const own = { workflow_id: inFront('app.run'), query: inFront('app.question'), ...tokens }
    const facts = mapped(own, { 'app.run': 'r', 'app.question': 'why?', 'app.in': 7, 'app.out': 3 }, atTop)
    expect(facts).toMatchObject({ kind: 'workflow', workflowId: 'r', usage: { role: 'aggregate', prompt: 7 } })
    expect(facts.statements.query).toEqual({ rank: 0, value: 'why?' })
  })
})

describe('custom attributes', () => {
  test('are read in every dialect that a recording has', () => {
    const own = { model: inFront('app.model'), agent_name: inFront('app.agent'), user_id: inFront('app.user') }
    const spans = recordings.flatMap((recording) => load(recording).spans)
    const used = spans.filter((span) => mapSpan(span, options).usage !== null)
    const configured = { ...options, vocabulary: vocabularyWith(own) }
    const dialects = new Set<string>()
    for (const span of used) {
      const more = { 'app.model': 'm', 'app.agent': 'a', 'app.user': 'u' }
      const attributes = new Map<string, AnyValue>([...span.attributes, ...Object.entries(more)])
      const facts = mapSpan({ ...span, attributes }, configured)
      expect(facts, span.name).toMatchObject({
        agent: 'a',
        usage: { model: 'm' },
        statements: { user: { value: 'u' } },
      })
      dialects.add(facts.dialect)
    }
    expect(dialects.size).toBeGreaterThan(25)
  })

  test('named `first` come before the sources of all dialects, `last` after them', () => {
    const known = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.output_tokens': 2 }
    const own = { prompt_tokens: inFront('app.in'), completion_tokens: behind('app.out') }
    expect(mapped(own, { ...known, 'app.in': 7, 'app.out': 9 }).usage).toMatchObject({ prompt: 7, completion: 2 })
  })

  test('named `last` come after the plain attributes too', () => {
    const own = { user_id: behind('app.user'), tool_name: behind('app.tool'), tenant_id: behind('app.tenant') }
    const known = { 'gen_ai.operation.name': 'execute_tool', user_id: 'u', tool_name: 't' }
    const facts = mapped(own, { ...known, 'app.user': 'x', 'app.tool': 'y', 'app.tenant': 'acme' })
    expect(facts).toMatchObject({ tool: { name: 't' }, statements: { user: { value: 'u' } } })
    expect(facts.statements.tenantId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('may be a path inside JSON text or a structure', () => {
    const own = { prompt_tokens: inFront('app.usage -> in.0.text'), completion_tokens: inFront('app.usage → out') }
    const structure = new Map<string, AnyValue>([
      ['in', [new Map([['text', 7]])]],
      ['out', 3],
    ])
    for (const usage of ['{"in":[{"text":7}],"out":3}', structure])
      expect(mapped(own, { 'app.usage': usage })).toMatchObject({ kind: 'llm', usage: { prompt: 7, completion: 3 } })
    expect(mapped(own, { 'app.usage': '{"other":1}' }).kind).toBe('plain')
  })

  test('for texts and ids are read below other spans, where plain attributes are not', () => {
    const own = { query: inFront('app.question'), workflow_id: inFront('app.run') }
    const facts = mapped(own, { 'app.question': 'why?', 'app.run': 'r', query: 'select 1', 'db.system': 'x' })
    expect(facts).toMatchObject({ workflowId: 'r', statements: { query: { value: 'why?' } } })
    expect(mapped(own, { 'app.question': 'why?', query: 'select 1' }).statements.query?.value).toBe('why?')
  })

  test('are read on log records', () => {
    const own = { ...options, vocabulary: vocabularyWith({ workflow_id: inFront('app.run') }) }
    const record = recordWith({ attributes: new Map([['app.run', 'r']]) })
    expect(mapRecord(record, own).workflowId).toBe('r')
  })
})
