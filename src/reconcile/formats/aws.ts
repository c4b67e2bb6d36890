import { type BillLine, billLine } from '../bill.ts'
import { countOf } from '../decimal.ts'
import type { Row } from '../files/rows.ts'
import {
  apartLine,
  costIn,
  dayAround,
  describedModel,
  type ExportFormat,
  kindOf,
  type ReadOptions,
  readTime,
  tierIn,
  tokensPerUnit,
} from './format.ts'

/** The lines of Amazon Bedrock in a Cost and Usage Report. */
export const awsCostAndUsage: ExportFormat = {
  name: 'aws-cur',
  title: 'AWS Cost and Usage Report, Amazon Bedrock',
  source: 'a data export CUR 2.0 (or the legacy report), CSV in gzip or Parquet; other services in it are left alone',
  provider: /^(aws|amazon|bedrock)/,
  restates: false,
  describesModels: true,
  matches: ({ columns }) => columns.has('lineitemusagetype') && columns.has('lineitemunblendedcost'),
  async read({ rows }, out, options) {
    for await (const row of rows) {
      const isBedrock = /bedrock/i.test(
        [
          row.get('line_item_product_code'),
          row.get('product_product_name', 'product.product_name'),
          row.get('line_item_line_item_description'),
        ].join(' '),
      )
      if (!isBedrock) continue
      const span = dayAround(readTime(row.get('line_item_usage_start_date') ?? ''))
      out.covers(span.from, span.to)
      out.add(lineOf(row, span, options))
    }
  },
}

function lineOf(row: Row, span: Pick<BillLine, 'from' | 'to'>, options: ReadOptions): BillLine {
  const type = row.get('line_item_line_item_type') ?? 'Usage'
  const usage = row.get('line_item_usage_type') ?? ''
  const currency = row.get('line_item_currency_code')
  const list = costIn(row.get('line_item_unblended_cost') ?? '0', currency, options)
  const net = row.get('line_item_net_unblended_cost')
  const cost = net === null ? list : costIn(net, currency, options)
  const groups = { project: row.get('line_item_usage_account_id'), user: row.get('line_item_iam_principal') }
  const line = { ...span, ...groups, amounts: { cost } }
  if (/credit|refund|discount/i.test(type)) return apartLine(line, 'discount_or_credit', type)
  const kind = kindOf(usage)
  if (!/usage/i.test(type) || kind === null) return apartLine(line, 'not_tokens', /usage/i.test(type) ? usage : type)
  const perUnit = tokensPerUnit(row.get('pricing_unit'))
  const amount = row.get('line_item_usage_amount')
  return billLine({
    series: 'cost',
    ...line,
    model: modelOf(row, usage),
    tier: tierIn(usage),
    isLong: /long/i.test(usage) ? true : null,
    kind,
    quantity: perUnit === null || amount === null ? null : countOf(amount, perUnit),
    listCost: net === null ? null : list,
  })
}

/** The model of the resource where that is one, else that which the usage type describes: `USE1-Claude4.5Sonnet-input-tokens`. */
function modelOf(row: Row, usage: string): string {
  const [, ofResource] = /:foundation-model\/(.+)$/.exec(row.get('line_item_resource_id') ?? '') ?? []
  return ofResource ?? describedModel(usage.replace(/^[A-Z]{2,4}\d?-/, '').replace(/^MP:[A-Z0-9]+_/, ''))
}

/** The model invocation logs of Amazon Bedrock: single requests, without money. */
export const bedrockLogs: ExportFormat = {
  name: 'bedrock-logs',
  title: 'Amazon Bedrock model invocation logs',
  source: 'the JSON lines that model invocation logging writes, in gzip or not',
  provider: /^(aws|amazon|bedrock)/,
  restates: true,
  matches: ({ columns }) => columns.has('modelid') && columns.has('requestid') && columns.has('inputinputtokencount'),
  async read({ rows }, out) {
    for await (const row of rows) {
      const at = readTime(row.get('timestamp') ?? '')
      const day = dayAround(at)
      out.covers(day.from, day.to)
      const count = (name: string) => countOf(row.get(name) ?? '0')
      const read = count('input.cacheReadInputTokenCount')
      const written = count('input.cacheWriteInputTokenCount')
      const input = count('input.inputTokenCount') + read + written
      const output = count('output.outputTokenCount')
      if (row.get('errorCode') !== null && input + output === 0n) continue
      out.add(
        billLine({
          series: 'usage',
          from: at,
          to: at,
          model: row.get('modelId'),
          project: row.get('accountId'),
          user: row.get('identity.arn'),
          amounts: { requests: 1n, input, cache_read: read, cache_write: written, output },
          id: row.get('requestId'),
        }),
      )
    }
  },
}
