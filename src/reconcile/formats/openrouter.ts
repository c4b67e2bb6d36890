import { billLine } from '../bill.ts'
import { countOf, dollarsOf } from '../decimal.ts'
import { apartLine, dayAround, type ExportFormat, readTime } from './format.ts'

/** The activity of OpenRouter: a row a day, model and endpoint. */
export const openrouterActivity: ExportFormat = {
  name: 'openrouter',
  title: 'OpenRouter activity',
  source: 'the answer of `GET /api/v1/activity`, of the last 30 completed days',
  provider: /openrouter/,
  restates: true,
  matches: ({ columns }) => columns.has('modelpermaslug') && columns.has('usage'),
  async read({ rows }, out) {
    for await (const row of rows) {
      const span = dayAround(readTime(row.get('date') ?? ''))
      out.covers(span.from, span.to)
      const groups = {
        model: row.get('model_permaslug', 'model'),
        project: row.get('workspace_id'),
        key: row.get('api_key_hash'),
      }
      const own = row.get('byok_usage_inference')
      if (own !== null && dollarsOf(own) !== 0n) {
        const amounts = { cost: dollarsOf(own) }
        out.add(
          apartLine(
            { ...span, ...groups, amounts },
            'other_product',
            'calls with your own key, which another bill has',
          ),
        )
      }
      out.add(
        billLine({
          series: 'calls',
          ...span,
          ...groups,
          amounts: {
            requests: countOf(row.get('requests') ?? '0'),
            input: countOf(row.get('prompt_tokens') ?? '0'),
            output: countOf(row.get('completion_tokens') ?? '0'),
            cost: dollarsOf(row.get('usage') ?? '0'),
          },
        }),
      )
    }
  },
}

/** Single generations of OpenRouter. What is billed are the model's own tokens, not the normalised ones. */
export const openrouterGenerations: ExportFormat = {
  name: 'openrouter-generations',
  title: 'OpenRouter generations',
  source: 'answers of `GET /api/v1/generation?id=…`, one after the other, or the CSV of the activity page',
  provider: /openrouter/,
  restates: true,
  matches: ({ columns }) =>
    columns.has('nativetokensprompt') || (columns.has('generationid') && columns.has('costtotal')),
  async read({ rows }, out) {
    for await (const row of rows) {
      const at = readTime(row.get('created_at') ?? '')
      const day = dayAround(at)
      out.covers(day.from, day.to)
      const cached = row.get('native_tokens_cached', 'tokens_cached')
      out.add(
        billLine({
          series: 'calls',
          from: at,
          to: at,
          model: row.get('model_permaslug', 'model'),
          tier: row.get('service_tier'),
          amounts: {
            requests: 1n,
            input: countOf(row.get('native_tokens_prompt', 'tokens_prompt') ?? '0'),
            ...(cached !== null && { cache_read: countOf(cached) }),
            output: countOf(row.get('native_tokens_completion', 'tokens_completion') ?? '0'),
            cost: dollarsOf(row.get('total_cost', 'cost_total', 'usage') ?? '0'),
          },
          id: row.get('id', 'generation_id'),
        }),
      )
    }
  },
}
