#!/usr/bin/env node
import { keepCompiledModules } from './commands/command-line/compile-cache.ts'

for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe)
keepCompiledModules(process.env)
// loaded after that, since what is imported at the top is compiled before
const { runCommandLine } = await import('./commands/command-line/run-command-line.ts')
const { isOneOfSeveral } = await import('./receiver/processes.ts')
process.exitCode = await runCommandLine(process.argv)
// the channel to the first process would keep this process alive
if (isOneOfSeveral) process.channel?.unref()

/**
 * A reader that has seen enough closes the pipe (`spanledger --help | head -1`). The command goes on without its output:
 * `serve` keeps serving, `demo` still takes its rows out, and the exit code is that of the work.
 */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
