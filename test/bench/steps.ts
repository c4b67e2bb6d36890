import { createHash } from 'node:crypto'

/** A span of an agent's run before anybody has encoded or started it; times in milliseconds from the run's start. */
export interface Step {
  readonly parent: number | null
  readonly name: string
  readonly from: number
  readonly to: number
  readonly attributes: Readonly<Record<string, string | number>>
}

export interface Run {
  readonly round: string
  readonly index: number
  readonly workflow: string
}

/** A root, an agent, four model calls, four tool runs; `parent` is a place in this list, before the child's. */
export function stepsOf({ round, index, workflow }: Run): Step[] {
  const root = {
    workflow_id: workflow,
    user_id: `user-${index % 50}`,
    session_id: `session-${index % 500}`,
    query: 'What is the weather in Lisbon, and is there news about a port strike there?',
    final_answer: 'Lisbon is 21 C and sunny. The news search found no strike.'.repeat(4),
    mode: 'STANDARD',
  }
  const callId = (k: number) => `call_${drawn(`${round} tool ${index} ${k}`).slice(0, 24)}`
  const calls = [0, 1, 2, 3].flatMap((k) => [
    step(1, 'chat gpt-4o-mini', [20 + 200 * k, 150 + 200 * k], {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
      'gen_ai.response.id': `chatcmpl-${drawn(`${round} response ${index} ${k}`)}`,
      'gen_ai.usage.input_tokens': 200 + k,
      'gen_ai.usage.output_tokens': 40 + k,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.output.messages': JSON.stringify([
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: callId(k), name: 'search', arguments: { q: 'Lisbon port strike' } }],
        },
      ]),
      'server.address': 'api.example.com',
      'server.port': 443,
    }),
    step(1, 'execute_tool search', [150 + 200 * k, 210 + 200 * k], {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.tool.call.id': callId(k),
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.arguments': '{"q":"Lisbon port strike"}',
      'gen_ai.tool.call.result':
        'No strike was reported in the last seven days in any of the sources that were asked. '.repeat(3),
      'http.request.method': 'GET',
      'url.full': 'https://search.example.com/v1/query?q=Lisbon+port+strike',
    }),
  ])
  return [
    step(null, 'workflow.run', [0, 1000], root),
    step(0, 'invoke_agent trip_agent', [10, 990], {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'trip_agent',
      'gen_ai.agent.description': 'Plans a trip, looks up the weather and the news, and answers in two sentences.',
    }),
    ...calls,
  ]
}

/** An id as providers draw them: other traces are searched for it. */
function drawn(text: string): string {
  return createHash('sha256').update(text).digest('base64url').replace(/[-_]/g, 'x').slice(0, 29)
}

function step(
  parent: number | null,
  name: string,
  [from, to]: readonly [number, number],
  attributes: Step['attributes'],
): Step {
  return { parent, name, from, to, attributes }
}
