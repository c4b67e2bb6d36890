// An app that asks a model once. It knows OpenTelemetry's API only, for the name of its run.
import { trace } from '@opentelemetry/api'
import OpenAI from 'openai'

const client = new OpenAI({ baseURL: `${process.env.MODEL_API}/v1`, apiKey: 'none' })

await trace.getTracer('app').startActiveSpan('question', { attributes: { workflow_id: 'openai' } }, async (span) => {
  const messages = [{ role: 'user', content: 'How is the weather in Lisbon?' }]
  await client.chat.completions.create({ model: 'gpt-4o-mini', messages })
  span.end()
})
