import fs from 'node:fs'

/** What /proc says of a process. */
interface ProcessState {
  readonly parent: number
  /** CPU time of the process and of its children that have ended, in clock ticks. */
  readonly ticks: number
}

const microsecondsPerTick = 10_000

/** Returns the CPU time that a process and all of its descendants have used so far, in microseconds. Linux only; 0 elsewhere. */
export function cpuMicros(pid: number): number {
  const states = processStates()
  const ticksOf = (one: number): number => {
    const children = [...states].filter(([, { parent }]) => parent === one)
    return children.reduce((sum, [child]) => sum + ticksOf(child), states.get(one)?.ticks ?? 0)
  }
  return ticksOf(pid) * microsecondsPerTick
}

/** Returns the most memory that a process has had resident, in bytes. Linux only; 0 elsewhere. */
export function peakMemory(pid: number): number {
  const text = fs.existsSync(`/proc/${pid}/status`) ? fs.readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

function processStates(): Map<number, ProcessState> {
  const states = new Map<number, ProcessState>()
  if (!fs.existsSync('/proc/self/stat')) return states
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const state = stateOf(pid)
    if (state !== null) states.set(Number(pid), state)
  }
  return states
}

/** Returns null where the process ends while its state is read. */
function stateOf(pid: string): ProcessState | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, parent, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(9, 13).reduce((sum, field) => sum + Number(field), 0)
    return { parent: Number(parent), ticks }
  } catch {
    return null
  }
}
