import type { ExportFile } from '../files/read-file.ts'
import { Unreadable } from '../unreadable.ts'
import { anthropicAnalytics, anthropicCsv, anthropicReports } from './anthropic.ts'
import { awsCostAndUsage, bedrockLogs } from './aws.ts'
import { azureCostDetails } from './azure.ts'
import { focus } from './focus.ts'
import type { ExportFormat } from './format.ts'
import { generic } from './generic.ts'
import { googleBilling } from './google.ts'
import { litellmSpendLogs } from './litellm.ts'
import { openaiCsv, openaiPages } from './openai.ts'
import { openrouterActivity, openrouterGenerations } from './openrouter.ts'

/** Every format, the most particular first: a file is of the first one that it matches. */
export const formats: readonly ExportFormat[] = [
  anthropicAnalytics,
  anthropicReports,
  openaiPages,
  openaiCsv,
  anthropicCsv,
  openrouterActivity,
  openrouterGenerations,
  litellmSpendLogs,
  awsCostAndUsage,
  bedrockLogs,
  azureCostDetails,
  googleBilling,
  focus,
  generic,
]

/** Columns of exports that can't be compared, and what to export instead. */
const unfit: readonly (readonly [column: string, advice: string])[] = [
  ['ncontexttokenstotal', "it is OpenAI's activity export of before 2025: export usage or costs anew"],
  ['estimatedcostamount', 'it is an estimate of Claude Code, and no bill: export the usage report'],
]

/** Returns the format of a file. Throws `Unreadable` where none is known by its shape, or it is fit for no comparison. */
export function exportFormatOf(file: ExportFile, named: string | null): ExportFormat {
  if (named !== null) return formats.find(({ name }) => name === named)!
  const advice = unfit.find(([column]) => file.columns.has(column))?.[1]
  if (advice !== undefined) throw new Unreadable(`${file.path}: ${advice}`)
  const format = formats.find((one) => one.matches(file))
  if (format !== undefined) return format
  const columns = [...file.columns].slice(0, 8).join(', ') || 'none'
  throw new Unreadable(
    `${file.path}: no export that is known looks like it (its columns: ${columns}). Name it with --format, or write it as docs/reconcile.md describes.`,
  )
}
