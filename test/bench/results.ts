import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const file = process.env.BENCH_JSON ?? path.join(import.meta.dirname, '..', '..', '.cache', 'bench.json')

/** Keeps the figures of one measurement in the file, in place of its last ones, with the machine that they are of. */
export async function writeResult(name: string, figures: Readonly<Record<string, number>>): Promise<void> {
  const earlier = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')).results : {}
  const machine = { processor: os.cpus()[0]?.model, processors: os.cpus().length, node: process.version }
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(
    file,
    `${JSON.stringify({ date: new Date().toISOString(), machine, results: { ...earlier, [name]: figures } }, null, 2)}\n`,
  )
}

/** The median of an even number of values is the greater of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
