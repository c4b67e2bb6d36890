import { bridgeFaults } from './faults/bridges.ts'
import { type Apply, type Effect, meetsTransaction } from './faults/effect.ts'
import { embeddedFaults } from './faults/embedded.ts'
import { networkFaults } from './faults/networks.ts'
import { fileFaults } from './faults/secrets.ts'
import { serverFaults } from './faults/servers.ts'
import { sessionFaults } from './faults/sessions.ts'
import type { Fault, FaultKind } from './plan.ts'
import type { World } from './world.ts'

const apply: Readonly<Record<FaultKind, Apply>> = {
  ...bridgeFaults,
  ...serverFaults,
  ...sessionFaults,
  ...networkFaults,
  ...fileFaults,
  ...embeddedFaults,
}

/** Does a fault, and ends what lasts. */
export async function applyFault(world: World, fault: Fault): Promise<Effect> {
  const hitTransaction = await meetsTransaction(world, waitsForTransaction.has(fault.kind) ? 25 : 1)
  const effect = await apply[fault.kind](world, fault)
  return effect ?? { hitTransaction }
}

/** A fault that hits nothing tests nothing: these wait half a second for a transaction. */
const waitsForTransaction: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'bridge killed',
  'bridge frozen',
  'bridge upgraded',
  'clock jumped',
  'server crashed',
  'server restarted at once',
  'server frozen',
  'session ended',
  'statement cancelled',
  'black hole',
  'cut at a byte',
  'certificate renewed',
  'token rotated',
  'key of JWTs rotated',
  'client CAs changed',
])
