/** Returns how often a property is tried: as often as `npm run test:laws` says, otherwise as `usual` says. */
export function propertyRuns(usual: number): number {
  return Number(process.env.SPANLEDGER_PROPERTY_RUNS ?? usual)
}
