/**
 * All that this room offers. The doors hand it to the store as one thing (`import * as settling`): the store knows what
 * it writes, and settles nothing itself.
 */

export { forgetContent } from './content.ts'
export { addDays, dateOf, dayOf, noDay } from './day.ts'
export { diffTable, written } from './diff.ts'
export { namedId, taskId } from './ids.ts'
export { pinCosts, usageIds } from './pin.ts'
export { overtakenBy, partOf, reasonOf } from './reason.ts'
export {
  billReports,
  changesOfReports,
  keepWritten,
  keptReport,
  reportKeys,
  shareOfReports,
  withBilled,
} from './reports.ts'
export { noRowChanges } from './rows.ts'
export { settle } from './settle.ts'
export { foldShares, noShare, replaceShare } from './share.ts'
export { storedId } from './stand.ts'
export { taskEvents, taskRow, usd } from './task.ts'
export { emptyTrace, workflowOf } from './trace.ts'

export type Settling = typeof import('./settling.ts')
