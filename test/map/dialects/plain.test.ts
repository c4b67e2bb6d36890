import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { vocabularyWith } from '../../../src/map/lookup/vocabulary.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

const kindOf = (attributes: Record<string, AnyValue>, other = {}): string =>
  mapSpan(spanWith(attributes, other), options).kind

describe('kinds', () => {
  test.each([
    [{ 'step.type': 'llm' }, 'llm'],
    [{ 'step.type': 'Tool', model: 'gpt-4o' }, 'tool'],
    [{ 'step.type': 'rerank' }, 'rerank'],
    [{ prompt_tokens: 3 }, 'llm'],
    [{ 'prompt.tokens': '3' }, 'llm'],
    [{ model: 'gpt-4o-mini' }, 'llm'],
    [{ model: 'House', provider: 'acme' }, 'llm'],
    [{ tool_name: 'search', total_tokens: 9 }, 'tool'],
    [{ agent_name: 'writer' }, 'agent'],
    [{ workflow_id: 'wf', agent_name: 'writer' }, 'agent'],
    [{ workflow_id: 'wf', query: 'why?' }, 'workflow'],
  ])('%j is %s', (attributes, kind) => {
    expect(kindOf(attributes as Record<string, AnyValue>)).toBe(kind)
  })

  test('a root with a workflow id or a query is a workflow, also with counters', () => {
    expect(kindOf({ workflow_id: 'wf' }, atTop)).toBe('workflow')
    expect(kindOf({ query: 'why?' }, atTop)).toBe('workflow')
    const run = mapSpan(
      spanWith({ workflow_id: 'wf', query: 'why?', model: 'gpt-4o', total_tokens: 9 }, atTop),
      options,
    )
    expect(run).toMatchObject({ kind: 'workflow', usage: { role: 'aggregate', prompt: 9 } })
  })

  test('below another span, a workflow id alone makes no workflow: it may be stamped on every span', () => {
    expect(mapSpan(spanWith({ workflow_id: 'wf', 'db.system': 'postgresql' }), options)).toMatchObject({
      kind: 'plain',
      workflowId: 'wf',
      dialect: 'plain attributes',
    })
  })

  test.each([
    { 'user.id': 'u', 'session.id': 's' },
    { model: 'User' },
    { 'http.request.method': 'GET' },
    { query: 'select 1' },
    { workflow_id: 'None' },
  ])('a span with %j is not recognised', (attributes) => {
    const facts = mapSpan(spanWith(attributes as Record<string, AnyValue>), options)
    expect(facts).toMatchObject({ kind: 'plain', dialect: '', workflowId: null, usage: null, tool: null, events: [] })
  })

  test('the query of a database client at the top is no workflow', () => {
    expect(kindOf({ query: 'select 1' }, { ...atTop, kind: 3 })).toBe('plain')
  })
})

describe('ids', () => {
  test.each(['', 'none', 'Unknown', 'DEFAULT', 'undefined', 'null', '<nil>', ' none '])('%j is no id', (id) => {
    const facts = mapSpan(spanWith({ workflow_id: id, user_id: id, session_id: id, tenant_id: id }, atTop), options)
    expect(facts).toMatchObject({ workflowId: null, statements: {} })
    expect(Object.keys(facts.statements)).toEqual([])
  })

  test('an id is read where an earlier attribute holds a word for nothing', () => {
    expect(mapSpan(spanWith({ user_id: 'default', 'user.id': 'u-1' }), options).statements.user?.value).toBe('u-1')
  })

  test('numbers and JSON-quoted text are ids', () => {
    const facts = mapSpan(spanWith({ workflow_id: '"wf-1"', user_id: 4711, 'enduser.id': 'x' }), options)
    expect(facts).toMatchObject({ workflowId: 'wf-1', statements: { user: { rank: 0, value: '4711' } } })
  })

  test('long ids that differ only at the end stay different', () => {
    const [one, two] = ['a', 'b'].map(
      (end) => mapSpan(spanWith({ workflow_id: `${'x'.repeat(300)}${end}` }), options).workflowId!,
    )
    expect(one).toMatch(/^x{230}~[0-9a-f]{24}$/)
    expect(two).not.toBe(one)
  })

  test('custom attributes come first, and the first with an id is read', () => {
    const configured = { ...options, vocabulary: vocabularyWith({ workflow_id: { first: ['job', 'run'], last: [] } }) }
    expect(mapSpan(spanWith({ workflow_id: 'w', run: 'r', job: 'none' }), configured).workflowId).toBe('r')
  })

  test('a tenant that is no UUID becomes one', () => {
    const tenantOf = (tenant_id: string): string | undefined =>
      mapSpan(spanWith({ tenant_id }), options).statements.tenantId
    expect(tenantOf('6BA7B810-9DAD-11D1-80B4-00C04FD430C8')).toBe('6ba7b810-9dad-11d1-80b4-00c04fd430c8')
    expect(tenantOf('acme')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(tenantOf('acme')).not.toBe(tenantOf('acme2'))
  })
})

describe('statements', () => {
  test('mode, complexity and workflow name are read', () => {
    const said = {
      workflow_id: 'wf',
      mode: 'COMPLEX',
      complexity_score: 0.456,
      workflow_name: 'trip',
      query: 'q',
      result: 'r',
    }
    expect(mapSpan(spanWith(said), options).statements).toEqual({
      query: { rank: 0, value: 'q' },
      result: { rank: 0, value: 'r' },
      mode: 'COMPLEX',
      complexity: 0.46,
      workflowName: 'trip',
    })
  })

  test('a complexity on another scale is dropped', () => {
    expect(mapSpan(spanWith({ workflow_id: 'wf', complexity_score: 7 }), options).statements.complexity).toBeUndefined()
  })

  test('the query of a tool is not the query of the run', () => {
    expect(
      mapSpan(spanWith({ tool_name: 'search', query: 'port strike', workflow_id: 'wf' }), options).statements.query,
    ).toBeUndefined()
  })
})

describe('usage and tools', () => {
  test('counters, cost and cache hit are read', () => {
    const attributes = {
      provider: 'OpenAI',
      model: 'gpt-4o',
      prompt_tokens: 100,
      completion_tokens: '20',
      cached_tokens: 40,
      cache_creation_tokens: 10,
      reasoning_tokens: 5,
      cost_usd: 0.000054,
      cache_hit: 'True',
    }
    expect(mapSpan(spanWith(attributes), options).usage).toEqual({
      role: 'call',
      class: 'chat',
      trust: 20,
      prompt: 100,
      completion: 20,
      cacheRead: 40,
      cacheWrite: 10,
      reasoning: 5,
      responseId: null,
      provider: 'openai',
      model: 'gpt-4o',
      responseModel: null,
      statedCostNano: 54_000,
      cacheHit: true,
      elsewhere: false,
      cacheSemantics: 'as reported',
    })
  })

  test('arguments are read as an object, an object as text, bare text and JSON in JSON', () => {
    const inputOf = (tool_args: AnyValue): string | null =>
      mapSpan(spanWith({ tool_name: 't', tool_args }), options).tool!.input
    expect(inputOf(new Map([['n', 9_007_199_254_740_993n]]))).toBe('{"n":9007199254740993}')
    expect(inputOf('{"n":9007199254740993}')).toBe('{"n":9007199254740993}')
    expect(inputOf('Lisbon')).toBe('"Lisbon"')
    expect(inputOf('{"cut off')).toBe('"{\\"cut off"')
    expect(inputOf('"{\\"a\\":1}"')).toBe('{"a":1}')
  })

  test('a tool with `success` false failed', () => {
    const facts = mapSpan(
      spanWith({ tool_name: 't', success: false, error: 'no backend', tool_result: 'ERROR' }),
      options,
    )
    expect(facts.tool).toEqual({
      name: 't',
      callId: null,
      input: null,
      output: 'ERROR',
      success: false,
      error: 'no backend',
    })
  })
})
