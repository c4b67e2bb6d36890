/** What budgets cost a receiver under full load. `npm run bench:budgets` */

import { compareSettings } from './settings-pairs.ts'

/** A budget of every kind, for every value. */
const budgets = ['user', 'tenant', 'model', 'workflow_name'].map((per) => {
  return { name: `each-${per}`, per, period: 'day', usd: 5 }
})

await compareSettings('budgets', { SPANLEDGER_BUDGETS: JSON.stringify(budgets) })
