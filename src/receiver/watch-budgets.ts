import { thresholds } from '../budgets/budget.ts'
import { type BudgetWatch, openBudgetWatch } from '../budgets/watch.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events/events.ts'
import type { Metrics } from '../metrics/registry.ts'
import { databaseOf, type TenantServers } from '../store/tenants/tenant-servers.ts'
import { tenantsOf } from '../store/tenants/tenants.ts'

/** Opens the watch of the configured budgets; null where there are none: nothing is done for them then. */
export function watchBudgets(
  { budgets, budgetWebhookUrl: url, budgetWebhookSecret: secrets }: Config,
  servers: TenantServers,
  { events, metrics }: { readonly events: Events; readonly metrics: Metrics },
): BudgetWatch | null {
  if (budgets.length === 0) return null
  countFromZero(budgets, metrics)
  return openBudgetWatch({
    budgets,
    webhook: url === null ? null : { url, secrets: secrets.map((secret) => Buffer.from(secret, 'base64')) },
    databaseOf: (tenant) => databaseOf(servers, tenant),
    listTenants: async () => ['', ...(await tenantsOf(servers))],
    events,
  })
}

/** Without a zero before, the first alert of a budget would be no increase. */
function countFromZero(budgets: Config['budgets'], metrics: Metrics): void {
  for (const { name } of budgets)
    for (const threshold of thresholds)
      metrics.counter('spanledger_budget_alerts_total', name, String(threshold), 'reached').add(0)
  for (const outcome of ['sent', 'failed']) metrics.counter('spanledger_budget_webhooks_total', outcome).add(0)
}
