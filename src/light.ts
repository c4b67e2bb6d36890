// The build puts this and all that the commands of cli.ts' `lightCommands` load into one file: compiling and finding three
// hundred small modules takes most of their time. No other command may be run from here: it would load the modules again.
export { runCommandLine } from './commands/command-line/run-command-line.ts'
