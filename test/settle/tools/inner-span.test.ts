import { expect, test } from 'vitest'
import type { ToolRun } from '../../../src/map/facts/facts.ts'
import { isInnerSpan } from '../../../src/settle/tools/inner-span.ts'
import { nodeOf, settled, span, tool } from '../facts.ts'

/** Whether a tool span is inside the tool span above it. */
function isInside(inner: Partial<ToolRun>, outer: Partial<ToolRun>): boolean {
  const spans = [
    span(1, 0, { kind: 'tool', tool: tool(outer) }),
    span(2, 1),
    span(3, 2, { kind: 'tool', tool: tool(inner) }),
  ]
  return isInnerSpan(nodeOf(settled(spans).trace, 3))
}

test('a span is inside another one with the same name or the same call id', () => {
  expect(isInside({}, {})).toBe(true)
  expect(isInside({ name: 'mcp search', callId: 'c1' }, { callId: 'c1' })).toBe(true)
})

test('a request to an MCP server is inside a span whose name is a prefix and the name of its tool', () => {
  const request = { name: 'my-tool', isMcp: true } as const
  for (const name of ['mcp__srv__my-tool', 'srv_my-tool', 'mcp__srv__my_tool', 'srv.my-tool'])
    expect(isInside(request, { name })).toBe(true)
  for (const name of ['summy-tool', 'my-tool_all', 'other']) expect(isInside(request, { name })).toBe(false)
  expect(isInside({ name: null, isMcp: true }, { name: 'srv_' })).toBe(false)
})

test('a span whose name only ends alike is a run of its own', () => {
  expect(isInside({ name: 'my_tool' }, { name: 'mcp__srv__my_tool' })).toBe(false)
})

test('a span with another name and call id is a run of its own', () => {
  expect(isInside({ name: 'fetch' }, {})).toBe(false)
  expect(isInside({ name: 'fetch', callId: 'c2' }, { callId: 'c1' })).toBe(false)
})

test('two spans without names or ids are not known to be one run', () => {
  expect(isInside({ name: null }, { name: null })).toBe(false)
})

test('an agent between two spans makes the lower one a run of its own', () => {
  const run = { kind: 'tool', tool: tool() } as const
  const { trace } = settled([span(1, 0, run), span(2, 1, { kind: 'agent' }), span(3, 2, run)])
  expect(isInnerSpan(nodeOf(trace, 3))).toBe(false)
})
