import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

const toolIn = (attributes: Record<string, AnyValue>, other: Partial<Span> = {}) =>
  mapSpan(spanWith({ 'step.type': 'tool', ...attributes }, other), options).tool

test('a tool run has name, id, input and output', () => {
  const attributes = { tool_name: 'search', tool_call_id: 'c1', tool_args: '{"q":1}', tool_result: 'nothing' }
  expect(toolIn(attributes)).toEqual({
    name: 'search',
    callId: 'c1',
    input: '{"q":1}',
    output: 'nothing',
    success: true,
    error: null,
  })
})

test('a tool without a name has that of its span, else `tool`', () => {
  expect(toolIn({}, { name: 'look up' })).toMatchObject({ name: 'look up', callId: null, input: null, output: null })
  expect(toolIn({}, { name: '' })?.name).toBe('tool')
})

test('a tool run by the Model Context Protocol is marked', () => {
  expect(toolIn({ tool_name: 'search', 'mcp.method.name': 'tools/call' })?.isMcp).toBe(true)
  expect(toolIn({ tool_name: 'search' })).not.toHaveProperty('isMcp')
})

test('a class of LangChain is no name of a tool', () => {
  expect(toolIn({ tool_name: 'DynamicStructuredTool' })?.name).toBeNull()
})

test('a failed tool run has no success and a reason', () => {
  const failed = { status: { code: 2, message: 'no backend' } }
  expect(toolIn({ tool_name: 'search' }, failed)).toMatchObject({ success: false, error: 'no backend' })
})

test('a span of another kind is no tool run', () => {
  expect(mapSpan(spanWith({ 'step.type': 'agent', tool_name: 'search' }), options).tool).toBeNull()
})

test('input and output are limited', () => {
  const attributes = { 'step.type': 'tool', tool_args: { q: 'x' }.q.repeat(300), tool_result: 'x'.repeat(300) }
  const limits = { ...defaultLimits, text: 100 }
  const { tool } = mapSpan(spanWith(attributes), { ...options, limits })
  expect([tool!.input!.length, tool!.output!.length]).toEqual([100, 100])
})
