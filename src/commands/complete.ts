import type { Command as CommandLine } from 'commander'
import { Misconfigured } from '../errors.ts'

/** Lets a command line answer `complete`: with a script for a shell, or with what may follow a line that a shell has. */
export async function addCompletion(program: CommandLine): Promise<void> {
  const { default: addTo } = await import('@bomb.sh/tab/commander')
  addTo(program)
}

/** Reached without a shell only: with one, `addCompletion` answers. */
export async function run(): Promise<undefined> {
  throw new Misconfigured('say for which shell: bash, zsh, fish or powershell.')
}
