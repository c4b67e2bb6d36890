import { expect, test } from 'vitest'
import { recordOf } from './coding-agent.ts'

const session = { 'session.id': 's-1' }

test('the output includes the reasoning, unlike that of Gemini CLI', () => {
  const counters = { model: 'm', input_token_count: 100, output_token_count: 20, thoughts_token_count: 7 }
  const { usage, workflowId } = recordOf('qwen-code', 'qwen-code.api_response', { ...session, ...counters })
  expect(usage).toMatchObject({ role: 'call', prompt: 100, completion: 20, reasoning: 7, provider: null })
  expect(workflowId).toBe('s-1')
})

test('a prompt of the user is the query', () => {
  const { statements } = recordOf('qwen-code', 'qwen-code.user_prompt', { ...session, prompt: 'why?' })
  expect(statements.query?.value).toBe('why?')
})
