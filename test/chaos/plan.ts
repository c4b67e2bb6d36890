import { randomNumbers, shuffled } from '../support/replay.ts'

/** What a fault hits: faults of different lanes happen at the same time, those of one lane one after the other. */
export type Lane = 'bridge 0' | 'bridge 1' | 'network 0' | 'network 1' | 'server' | 'sessions' | 'embedded' | 'files'

/** A kind of fault: how many of a thousand it is, where it happens, and for how long. */
interface Kind {
  readonly share: number
  readonly lanes: readonly Lane[]
  /** The shortest and the longest, in milliseconds. */
  readonly lastsMs: readonly [number, number]
}

const bridges: readonly Lane[] = ['bridge 0', 'bridge 1']
const networks: readonly Lane[] = ['network 0', 'network 1']

/** The kinds of faults. Some freezes and black holes are longer than the limits of the bridge and the server. */
export const kinds = {
  'bridge killed': { share: 120, lanes: bridges, lastsMs: [0, 0] },
  'bridge frozen': { share: 50, lanes: bridges, lastsMs: [200, 11_000] },
  'bridge upgraded': { share: 30, lanes: bridges, lastsMs: [0, 2_000] },
  'clock jumped': { share: 30, lanes: bridges, lastsMs: [200, 3_000] },
  'requests flooded': { share: 10, lanes: bridges, lastsMs: [0, 0] },
  'server crashed': { share: 60, lanes: ['server'], lastsMs: [0, 0] },
  'server restarted at once': { share: 40, lanes: ['server'], lastsMs: [0, 500] },
  'server frozen': { share: 20, lanes: ['server'], lastsMs: [200, 5_000] },
  'read-only server': { share: 10, lanes: ['server'], lastsMs: [500, 1_500] },
  'standby promoted': { share: 10, lanes: ['server'], lastsMs: [500, 1_500] },
  'no connection left': { share: 30, lanes: ['server'], lastsMs: [300, 1_500] },
  'tables maintained': { share: 10, lanes: ['server'], lastsMs: [0, 0] },
  'session ended': { share: 170, lanes: ['sessions'], lastsMs: [0, 0] },
  'error in a statement': { share: 120, lanes: ['sessions'], lastsMs: [0, 0] },
  'statement cancelled': { share: 40, lanes: ['sessions'], lastsMs: [0, 0] },
  'locks held': { share: 20, lanes: ['sessions'], lastsMs: [2_200, 3_000] },
  'cut after COMMIT': { share: 100, lanes: networks, lastsMs: [0, 3_000] },
  'cut at a byte': { share: 50, lanes: networks, lastsMs: [0, 2_000] },
  'black hole': { share: 40, lanes: networks, lastsMs: [500, 7_000] },
  'slow network': { share: 30, lanes: networks, lastsMs: [500, 2_000] },
  'certificate renewed': { share: 10, lanes: ['files'], lastsMs: [0, 1_500] },
  'token rotated': { share: 10, lanes: ['files'], lastsMs: [0, 0] },
  'key of JWTs rotated': { share: 10, lanes: ['files'], lastsMs: [0, 0] },
  'client CAs changed': { share: 10, lanes: ['files'], lastsMs: [0, 0] },
  'embedded killed': { share: 20, lanes: ['embedded'], lastsMs: [0, 0] },
  'embedded frozen': { share: 10, lanes: ['embedded'], lastsMs: [200, 2_000] },
  'embedded disk full': { share: 10, lanes: ['embedded'], lastsMs: [500, 1_500] },
} satisfies Record<string, Kind>

export type FaultKind = keyof typeof kinds

/** One fault; `number` between 0 and 1 decides what else there is to decide. */
export interface Fault {
  readonly kind: FaultKind
  readonly lane: Lane
  readonly lastsMs: number
  readonly number: number
}

/** SQLSTATEs that are raised in a statement: a serialization failure, a deadlock, a full disk, a cancelled statement, and so on. */
export const raised = ['40001', '40P01', '53100', '53200', '55P03', '57014', '58030', '08006'] as const

/** The same seed and number give the same faults in the same order, at least one of each kind. Interleavings differ. */
export function planOf(seed: number, count: number): ReadonlyMap<Lane, readonly Fault[]> {
  const random = randomNumbers(seed)
  const total = Object.values(kinds).reduce((sum, { share }) => sum + share, 0)
  const faults = Object.entries(kinds).flatMap(([kind, { share, lanes, lastsMs }]) => {
    const least = kind === 'error in a statement' ? raised.length : 1
    return Array.from({ length: Math.max(least, Math.ceil((share * count) / total)) }, (_, index): Fault => {
      const [from, to] = lastsMs
      const lane = lanes[index % lanes.length]!
      return { kind: kind as FaultKind, lane, lastsMs: Math.round(from + random() * (to - from)), number: random() }
    })
  })
  const byLane = new Map<Lane, Fault[]>()
  for (const fault of shuffled(faults, random)) byLane.set(fault.lane, [...(byLane.get(fault.lane) ?? []), fault])
  return byLane
}
