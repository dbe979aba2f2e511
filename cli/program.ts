import { isAbsolute } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { exitCodes } from './errors.ts'
import { declareChatting } from './program/chatting.ts'
import { declareCredentials } from './program/credentials.ts'
import { type SetExitCode, streams, withJson } from './program/declare.ts'
import { declareDeploying } from './program/deploying.ts'
import { declareDoctor } from './program/doctoring.ts'
import { declareEarlier } from './program/earlier-commands.ts'
import { declareEnvironments } from './program/environments.ts'
import { declareMaking } from './program/making.ts'
import { asUserError } from './program/plain-error.ts'
import { declareRunning } from './program/running.ts'
import { declareSettingUp } from './program/setting-up.ts'
import { declareSteering } from './program/steering.ts'
import { declareWatching } from './program/watching.ts'
import type { Given } from './ui/same-place.ts'
import { whyUnwritable } from './unwritable.ts'
import { version } from './version.ts'

/**
 * What can be typed. A command is described here and loaded when it runs, so that `--help` stays instant however much a
 * deploy needs.
 */
export function describe(setExitCode: SetExitCode): Command {
  const program = new Command('al')
    .description('Runs a directory of LLM agents: on this machine, or compiled into serverless infrastructure.')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 credentials, 5 cloud.
Environment: AL_ENV selects an environment, AL_CREDENTIALS_HOME is where credentials are (default:
~/.action-llama/credentials), NO_COLOR turns colours off, DEBUG=1 prints stack traces.`,
    )

  declareMaking(program)
  declareChatting(program)
  declareRunning(program, setExitCode)
  declareWatching(program)
  declareSteering(program)
  declareDeploying(program, setExitCode)
  declareDoctor(program)
  declareCredentials(program)
  declareEnvironments(program)
  declareSettingUp(program)

  withJson(program.command('synth'), 'print the plan as JSON, and nothing else, on standard output')
    .summary('compile the project into a cloud assembly, without touching any cloud')
    .description(
      'Compiles the project into CloudFormation templates and assets (a CDK cloud assembly), and prints what would run, ' +
        'what it listens to and what it would cost. Needs no account, no credentials, no network and no Docker.',
    )
    .option('-o, --out <dir>', 'where to write (default: <project>/cdk.out, for Google Cloud <project>/pulumi.out)')
    .addOption(
      new Option('--provider <name>', 'compile for this provider, whatever the project says').choices([
        'ecs',
        'cloud-run',
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  al synth                       compile the project in this directory
  al synth -p acme -E staging    another project, with its staging environment
  al synth --json | jq .cost     the plan for a script`,
    )
    .action(async (options) => (await import('./commands/synth.ts')).synth(options, await streams(options), new Date()))

  return program
}

/** Runs one command line and answers the exit code. Never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  // A home that is no absolute path would mean another directory, with its own credentials, wherever this is typed.
  if (process.env.HOME !== undefined && !isAbsolute(process.env.HOME)) delete process.env.HOME
  let exitCode: number = exitCodes.ok
  tellUnwritten((code) => {
    exitCode = code
  })
  const program = describe((code) => {
    exitCode = code
  })
  declareEarlier(program)
  for (const command of everyCommand(program)) {
    command.exitOverride().showHelpAfterError('(run with --help for what can be typed)')
  }
  let given: Given = {}
  program.hook('preAction', (_, command) => {
    const { project, env } = command.opts<Given>()
    given = { ...(project !== undefined && { project }), ...(env !== undefined && { env }) }
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    return await report(error, given)
  }
}

/** What cannot be printed is told once, on the other stream, and is no reason to leave the work half done. */
function tellUnwritten(setExitCode: SetExitCode): void {
  let told = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that has seen enough (`al synth | head`) is no error.
      if (error.code === 'EPIPE' || told) return
      told = true
      // The command may be over by now: then nobody asks for its code any more.
      setExitCode(exitCodes.failure)
      process.exitCode = exitCodes.failure
      if (stream === process.stderr) return
      process.stderr.write(`error: cannot write to standard output: ${whyUnwritable(error) ?? error.message}\n`)
    })
  }
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

async function report(error: unknown, given: Given): Promise<number> {
  // Commander has printed its own message: help and version end in 0, everything else is a matter of usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const { emit } = await streams(given)
  const known = await asUserError(error)
  const text = known?.message ?? (error instanceof Error ? error.message : String(error))
  emit({ kind: 'error', text: known ? text : `${text}\n  this should not happen; DEBUG=1 shows where it did` })
  const debug = process.env.DEBUG
  if (debug !== undefined && debug !== '' && error instanceof Error) emit({ kind: 'note', text: error.stack ?? '' })
  // What was left to itself, as an update that CloudFormation goes on with, is still being watched: nobody waits for that.
  if (known?.name === 'Interrupted') process.exit(known.exitCode)
  return known?.exitCode ?? exitCodes.failure
}
