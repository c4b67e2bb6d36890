import { type BillLine, billLine } from '../bill.ts'
import { countOf, dollarsOf } from '../decimal.ts'
import { isObject, listIn, objectIn, textIn } from '../files/json-text.ts'
import { columnName, type Row, textRow } from '../files/rows.ts'
import {
  apartLine,
  costIn,
  dayAround,
  describedModel,
  type ExportFormat,
  kindOf,
  type LineCollector,
  type ReadOptions,
  readTime,
  tierIn,
  tokensPerUnit,
} from './format.ts'

/** The lines of models in Azure's cost details, of enterprise (EA) and customer (MCA) agreements. */
export const azureCostDetails: ExportFormat = {
  name: 'azure',
  title: 'Azure cost details',
  source:
    'an export of Cost Management, CSV or Parquet, or answers of its Query API; other services in it are left alone',
  provider: /^az/,
  restates: false,
  describesModels: true,
  matches: ({ columns, documents }) =>
    (columns.has('metercategory') && (columns.has('costinbillingcurrency') || columns.has('costinusd'))) ||
    documents.some((document) => isObject(document) && 'columns' in objectIn(document.properties)),
  async read({ rows, documents }, out, options) {
    const answers = documents.filter(isObject).map(({ properties }) => objectIn(properties))
    if (answers.some((answer) => 'columns' in answer)) {
      for (const { columns, rows: list, nextLink } of answers) {
        const names = listIn(columns).map((column) => columnName(textIn(objectIn(column).name) ?? ''))
        for (const cells of listIn(list))
          addRow(
            textRow(
              names,
              listIn(cells).map((cell) => textIn(cell) ?? ''),
            ),
            out,
            options,
          )
        out.page({ series: 'query', from: 0, to: 0, hasMore: textIn(nextLink) !== null, isByTime: false })
      }
      return
    }
    for await (const row of rows) addRow(row, out, options)
  },
}

function addRow(row: Row, out: LineCollector, options: ReadOptions): void {
  const what = [
    row.get('MeterCategory'),
    row.get('MeterSubCategory'),
    row.get('ProductName'),
    row.get('ServiceName'),
  ].join(' ')
  const meter = row.get('MeterName', 'Meter') ?? ''
  // an answer that is grouped by meter alone has no category
  if (what.trim() !== '' && !/openai|foundry|cognitive|azure ai/i.test(what)) return
  const span = dayAround(readTime(row.get('Date', 'UsageDate') ?? ''))
  out.covers(span.from, span.to)
  out.add(lineOf(row, { ...span, meter }, options))
}

function lineOf(
  row: Row,
  { from, to, meter }: Pick<BillLine, 'from' | 'to'> & { readonly meter: string },
  options: ReadOptions,
): BillLine {
  const dollars = row.get('CostInUsd', 'CostUSD')
  const billed = row.get('CostInBillingCurrency', 'Cost', 'PreTaxCost') ?? '0'
  const cost =
    dollars !== null
      ? dollarsOf(dollars)
      : costIn(billed, row.get('BillingCurrencyCode', 'BillingCurrency', 'Currency'), options)
  const line = { from, to, project: row.get('ResourceId')?.split('/').at(-1) ?? null, amounts: { cost } }
  const type = row.get('ChargeType') ?? 'Usage'
  if (/refund|credit/i.test(type) || cost < 0n) return apartLine(line, 'discount_or_credit', type)
  const kind = kindOf(meter)
  if (!/usage/i.test(type) || kind === null) return apartLine(line, 'not_tokens', /usage/i.test(type) ? meter : type)
  const perUnit = tokensPerUnit(row.get('UnitOfMeasure'))
  const amount = row.get('Quantity', 'UsageQuantity')
  return billLine({
    series: 'cost',
    ...line,
    model: describedModel(meter),
    tier: /\b(bch|batch)\b/i.test(meter) ? 'batch' : tierIn(meter),
    kind,
    quantity: perUnit === null || amount === null ? null : countOf(amount, perUnit),
    listCost: dollars === null ? null : listCost(row),
  })
}

function listCost(row: Row): bigint | null {
  const list = row.get('PaygCostInUsd')
  return list === null ? null : dollarsOf(list)
}
