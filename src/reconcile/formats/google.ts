import { scaled } from '../amounts.ts'
import { type BillLine, billLine } from '../bill.ts'
import { countOf, readDecimal } from '../decimal.ts'
import { objectIn, textIn } from '../files/json-text.ts'
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

/** The lines of models in Google's billing export to BigQuery. Its rows are in UTC, though its invoices are not. */
export const googleBilling: ExportFormat = {
  name: 'google',
  title: "Google's billing export to BigQuery",
  source:
    'rows of `gcp_billing_export_v1_…` or `…_resource_v1_…` as JSON lines or CSV; other services in it are left alone',
  provider: /^(gcp|google|vertex)/,
  restates: false,
  describesModels: true,
  matches: ({ columns }) => columns.has('skudescription') && columns.has('usagestarttime'),
  async read({ rows }, out, options) {
    for await (const row of rows) {
      if (
        !/vertex|gemini|generative language|ai platform|agent platform/i.test(
          row.get('service.description') ?? 'gemini',
        )
      )
        continue
      const span = dayAround(readTime(row.get('usage_start_time') ?? ''))
      out.covers(span.from, span.to)
      out.add(lineOf(row, span, options))
    }
  },
}

function lineOf(row: Row, span: Pick<BillLine, 'from' | 'to'>, options: ReadOptions): BillLine {
  const sku = row.get('sku.description') ?? ''
  const list = dollarsIn(row.get('cost') ?? '0', row, options)
  const credits = row.list('credits').map((credit) => textIn(objectIn(credit).amount) ?? '0')
  const flat = row.get('credits_amount', 'credits.amount')
  if (flat !== null) credits.push(flat)
  const cost = credits.reduce((sum, credit) => sum + dollarsIn(credit, row, options), list)
  const line = {
    ...span,
    project: row.get('project.id'),
    amounts: { cost },
    listCost: credits.length === 0 ? null : list,
  }
  const type = row.get('cost_type') ?? 'regular'
  if (type !== 'regular') return apartLine(line, 'not_tokens', type)
  const kind = /storage/i.test(sku) ? null : kindOf(sku)
  if (kind === null) return apartLine(line, 'not_tokens', sku)
  const perUnit = tokensPerUnit(row.get('usage.unit'))
  const amount = row.get('usage.amount')
  return billLine({
    series: 'cost',
    ...line,
    model: describedModel(sku),
    tier: tierIn(sku),
    isLong: /\blong\b/i.test(sku) ? true : null,
    kind,
    quantity: perUnit === null || amount === null ? null : countOf(amount, perUnit),
  })
}

const precise = 18

/** The export states how many units of its currency a dollar is. */
function dollarsIn(amount: string, row: Row, options: ReadOptions): bigint {
  const currency = row.get('currency')
  const rate = row.get('currency_conversion_rate')
  if (currency === null || currency === 'USD' || options.rates.has(currency) || rate === null)
    return costIn(amount, currency, options)
  return scaled(readDecimal(amount, 9), 10n ** BigInt(precise), readDecimal(rate, precise))
}
