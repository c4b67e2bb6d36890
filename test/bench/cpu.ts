import fs from 'node:fs'

/** CPU time by the name of the process, in clock ticks since boot (Linux only; empty elsewhere). */
export function cpuTicks(): Map<string, number> {
  const ticks = new Map<string, number>()
  if (!fs.existsSync('/proc/self/stat')) return ticks
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [name, used] = statOf(pid)
    const label = Number(pid) === process.pid ? 'senders' : name
    ticks.set(label, (ticks.get(label) ?? 0) + used)
  }
  return ticks
}

/** What each of the processes that matter used between two looks, in microseconds a span. */
export function cpuPerSpan(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  spans: number,
): string {
  const microsecondsPerTick = 10_000
  return ['node', 'postgres', 'senders']
    .map((name) => [name, ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * (microsecondsPerTick / spans)] as const)
    .filter(([, used]) => used > 0)
    .map(([name, used]) => `${name} ${used.toFixed(0)} µs`)
    .join(', ')
}

/** A process may end while it is looked at. */
function statOf(pid: string): [name: string, ticks: number] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return [text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), Number(fields[11]) + Number(fields[12])]
  } catch {
    return ['', 0]
  }
}
