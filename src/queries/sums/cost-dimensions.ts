/** What costs are summed up by. */
export const costDimensions = ['model', 'provider', 'user', 'day', 'agent', 'mode', 'tenant', 'service-tier'] as const

export type CostDimension = (typeof costDimensions)[number]
