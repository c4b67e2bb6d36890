import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The APIs of OpenAI, Anthropic and Google, as far as one question needs them: each answers "sunny" for 12 and 3 tokens. */
export interface ModelApi extends AsyncDisposable {
  readonly url: string
}

export async function openModelApi(): Promise<ModelApi> {
  const server = createServer((request, response) => {
    const answer = answers.find(([path]) => path.test(request.url ?? ''))?.[1]
    request.resume()
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const model = 'gpt-4o-mini-2024-07-18'
const answers: readonly (readonly [RegExp, object])[] = [
  [
    /\/chat\/completions$/,
    {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_790_000_000,
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'sunny' } }],
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    },
  ],
  [
    /\/responses$/,
    {
      id: 'resp_1',
      object: 'response',
      created_at: 1_790_000_000,
      model,
      status: 'completed',
      parallel_tool_calls: true,
      tool_choice: 'auto',
      tools: [],
      output: [
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'sunny', annotations: [] }],
        },
      ],
      usage: {
        input_tokens: 12,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 15,
      },
    },
  ],
  [
    /\/v1\/messages/,
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5-20250929',
      content: [{ type: 'text', text: 'sunny' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 3 },
    },
  ],
  [
    /:generateContent/,
    {
      responseId: 'gemini-1',
      modelVersion: 'gemini-2.5-flash',
      candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [{ text: 'sunny' }] } }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 3, totalTokenCount: 15 },
    },
  ],
]
