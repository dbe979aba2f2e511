import type { Command } from 'commander'
import { inProject, runtimeOption, type SetExitCode, streams, wholeNumber, withHost } from './declare.ts'

/** The commands that run agents on this machine. */
export function declareRunning(program: Command, setExitCode: SetExitCode): void {
  inProject(program.command('start'))
    .summary('run the project on this machine')
    .description(
      'Runs the whole project on this machine: schedules, webhooks, calls, locks, and the agents in Docker or as plain ' +
        'processes. Ctrl-C waits for runs to end; pressed again, it stops them. Queues are kept.',
    )
    .option('-H, --headless', 'print lines instead of the live view (the default without a terminal)')
    .option(
      '--port <number>',
      'listen on this port (default: gateway.port of config.toml, else 8080)',
      wholeNumber(0, 65_535),
    )
    .option('-e, --expose', 'listen on all addresses of this machine, not on loopback alone')
    .option('-w, --web-ui', 'serve the web dashboard; on a terminal, print a link that opens it')
    .addOption(runtimeOption())
    .option('--run-now', 'also start every agent that has a schedule once, right away')
    .option('--json', 'print what happens as lines of JSON')
    .addHelpText(
      'after',
      `
Examples:
  al start                       run the project in this directory
  al start --runtime process     without Docker, and without isolation
  al start -H > al.log           as a service`,
    )
    .action(async (options) => (await import('../commands/start.ts')).start(options))

  withHost(
    program.command('run').argument('<agent>', 'its name'),
    "print the run's record as JSON at the end; its log goes to standard error",
  )
    .summary('run an agent once, and wait for its end')
    .description(
      'Runs an agent once, shows what it does, and waits for its end: through the host of the project if one runs, else in ' +
        'this process, for this run alone; with -c, in the cloud. If it asks for a rerun, it waits for that as well. Ctrl-C stops ' +
        'the run; pressed again, it leaves without waiting.',
    )
    .option('--input <json>', 'what the run is told, as JSON; - reads it from standard input')
    .option('-H, --headless', 'print plain lines (it always does)')
    .addOption(runtimeOption())
    .addHelpText(
      'after',
      `
Exit code: that of the first run. 0 it completed (or asked to go on), 10 to 16 what it said with al-exit,
17 a limit ended it, 124 it timed out, 137 it was killed, 1 any other failure. 130: you left before its end.

Examples:
  al run dev
  al run dev --input '{"issue": 7}'
  al run dev --json | jq .usage.cost
  al run dev -c -E production`,
    )
    .action(async (agent, options) => {
      setExitCode(await (await import('../commands/run.ts')).run(agent, options, await streams(options)))
    })

  withHost(program.command('stop'))
    .summary('stop the host of the project')
    .description(
      'Stops what `al start` runs, and waits until it has ended. Queued runs start with the next `al start`.',
    )
    .option('--now', 'kill runs, instead of giving them 30 seconds to end')
    .addHelpText('after', '\nExamples:\n  al stop\n  al stop --now')
    .action(async (options) => (await import('../commands/stop.ts')).stop(options, await streams(options)))
}
