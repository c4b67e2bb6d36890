import { expect, test } from 'vitest'
import { type Attributes, recordOf } from './coding-agent.ts'

const counters = { input_token_count: 100, output_token_count: 20, thoughts_token_count: 7 }
const response = (attributes: Attributes) =>
  recordOf('gemini-cli', 'gemini_cli.api_response', { 'session.id': 's-1', model: 'm', ...counters, ...attributes })

test('the reasoning is added to the output, which excludes it', () => {
  expect(response({}).usage).toMatchObject({ prompt: 100, completion: 27 })
})

test('the result is the text of all chunks without thoughts, of the conversation only', () => {
  const chunk = (part: object) => ({ candidates: [{ content: { parts: [part] } }] })
  const chunks = JSON.stringify([
    chunk({ text: 'It is ' }),
    chunk({ text: 'hm', thought: true }),
    chunk({ text: 'done.' }),
  ])
  const answer = (role: string) => response({ response_text: chunks, role }).statements.result?.value
  expect(answer('main')).toBe('It is done.')
  expect(answer('utility_router')).toBeUndefined()
})

test('a tool call without an id is a tool run with the stated duration', () => {
  const facts = recordOf('gemini-cli', 'gemini_cli.tool_call', {
    'session.id': 's-1',
    function_name: 'read_file',
    function_args: '{"file_path":"/x"}',
    success: false,
    error: 'not there',
    duration_ms: 250,
  })
  expect(facts.tool).toMatchObject({
    name: 'read_file',
    input: '{"file_path":"/x"}',
    success: false,
    error: 'not there',
  })
  expect(facts.endNs - facts.startNs).toBe(250_000_000n)
  expect(facts.events.map(({ type }) => type)).toEqual(['tool.called', 'gemini_cli.tool_call', 'tool.failed'])
})
