import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The value of each sample of a scrape, by its name with its labels as Prometheus writes them. */
export type Samples = ReadonlyMap<string, number>

/** Scrapes a receiver (a base URL). */
export async function scrape(baseUrl: string): Promise<{ readonly text: string; readonly samples: Samples }> {
  const response = await fetch(`${baseUrl}/metrics`)
  if (response.status !== 200) throw new Error(`/metrics answers ${response.status}: ${await response.text()}`)
  const text = await response.text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return {
    text,
    samples: new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    ),
  }
}

/** The sum of the samples of a metric whose labels have these values. */
export function sumOf(samples: Samples, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return [...samples]
    .filter(([sample]) => sample.split('{')[0] === name && pairs.every((pair) => sample.includes(pair)))
    .reduce((sum, [, value]) => sum + value, 0)
}

/** Prometheus's own tool: PROMTOOL names it, or it is on the PATH; undefined where there is none. */
export const promtool: string | undefined = [
  process.env.PROMTOOL ?? '',
  ...(process.env.PATH ?? '').split(':').map((folder) => `${folder}/promtool`),
].find((file) => file !== '' && existsSync(file))

/** Runs promtool, and returns what it prints. Throws with its output where it finds a fault. */
export function runPromtool(args: readonly string[], input: string = ''): string {
  try {
    return execFileSync(promtool!, args, { input, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`)
  }
}
