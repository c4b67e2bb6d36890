import { type BillLine, billLine } from '../bill.ts'
import { countOf } from '../decimal.ts'
import { isObject, parseExportJson } from '../files/json-text.ts'
import { objectRow, type Row } from '../files/rows.ts'
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

/** A FOCUS cost and usage data set. It has no column for the model or the kind of tokens: both are found in others. */
export const focus: ExportFormat = {
  name: 'focus',
  title: 'FOCUS cost and usage',
  source: 'a FOCUS 1.0 to 1.4 data set as CSV or Parquet; rows of other services are left alone',
  provider: null,
  restates: false,
  describesModels: true,
  matches: ({ columns }) => columns.has('chargeperiodstart') && columns.has('billedcost'),
  async read({ rows }, out, options) {
    for await (const row of rows) {
      const from = readTime(row.get('ChargePeriodStart') ?? '')
      const to = readTime(row.get('ChargePeriodEnd') ?? row.get('ChargePeriodStart') ?? '')
      const day = dayAround(from)
      const span = to > day.to ? { from, to } : day
      const line = lineOf(row, span, options)
      if (line === null) continue
      out.covers(span.from, span.to)
      out.add(line)
    }
  },
}

/** The line of a row; null for a row of another service. */
function lineOf(row: Row, span: Pick<BillLine, 'from' | 'to'>, options: ReadOptions): BillLine | null {
  const details = detailsOf(row)
  const meter = row.get('SkuMeter', 'ChargeDescription', 'SkuId') ?? ''
  const kind = kindOf(details.get('x_token_type', 'x_token_kind', 'TokenType') ?? '') ?? kindOf(meter)
  const model = details.get('x_model', 'x_ModelName', 'x_model_id', 'model', 'ModelName', 'ModelId')
  const isModel = model !== null || /\bAI\b|machine learning/i.test(row.get('ServiceCategory') ?? '')
  if (!isModel) return null
  const currency = row.get('BillingCurrency')
  const cost = costIn(row.get('BilledCost') ?? '0', currency, options)
  const list = row.get('ListCost')
  const line = {
    ...span,
    project: row.get('SubAccountId', 'SubAccountName'),
    key: details.get('x_api_key_id'),
    amounts: { cost },
    listCost: list === null ? null : costIn(list, currency, options),
  }
  const category = row.get('ChargeCategory') ?? 'Usage'
  if (category === 'Credit' || cost < 0n) return apartLine(line, 'discount_or_credit', category)
  if (category !== 'Usage' || kind === null)
    return apartLine(line, 'not_tokens', category === 'Usage' ? meter : category)
  const perUnit = tokensPerUnit(row.get('ConsumedUnit'))
  const amount = row.get('ConsumedQuantity')
  return billLine({
    series: 'cost',
    ...line,
    model: model ?? describedModel(meter),
    tier: details.get('x_service_tier') ?? tierIn(meter),
    kind,
    quantity: perUnit === null || amount === null ? null : countOf(amount, perUnit),
  })
}

/** The columns of a row with what its tags and price details say: objects, or their text. */
function detailsOf(row: Row): Row {
  const inside = ['SkuPriceDetails', 'Tags'].flatMap((name) => {
    const text = row.get(name)
    if (text === null || !text.startsWith('{')) return []
    const [object] = parseExportJson(text)
    return isObject(object) ? [objectRow(object)] : []
  })
  return {
    get: (...names) => {
      const nested = names.flatMap((name) => [`SkuPriceDetails.${name}`, `Tags.${name}`])
      return (
        row.get(...names, ...nested) ?? inside.map((one) => one.get(...names)).find((text) => text !== null) ?? null
      )
    },
    list: (name) => row.list(name),
  }
}
