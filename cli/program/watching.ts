import type { Command } from 'commander'
import { streams, wholeNumber, withHost } from './declare.ts'

/** The commands that look at a running project. */
export function declareWatching(program: Command): void {
  withHost(program.command('stat').argument('[agent]', 'only this one, in detail'))
    .summary('show what is going on')
    .description(
      'Shows agents, runs and locks. Where nothing runs, it shows what the configuration says; with -c, what is deployed.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  al stat\n  al stat dev\n  al stat -c -E production\n  al stat --json | jq .running',
    )
    .action(async (agent, options) =>
      (await import('../commands/stat.ts')).stat(agent, options, await streams(options), Date.now()),
    )

  withHost(
    program.command('logs').argument('[agent or run]', 'an agent, or the id of a run (default: the scheduler)'),
    'print an object of JSON per line',
  )
    .summary('show logs of the scheduler, an agent or a run')
    .description(
      'Shows what an agent says and does. Of a project that does not run, the logs on this machine. With -c, what CloudWatch Logs keeps. Times and days are ' +
        'those of this machine.',
    )
    .option('-f, --follow', 'go on with what comes, until Ctrl-C or the end of the run')
    .option('-n, --lines <number>', 'entries to show at first, at most 1000', wholeNumber(1, 1000), 50)
    .option('-d, --date <day>', 'only those of a day, YYYY-MM-DD')
    .option('-i, --instance <run>', 'only those of a run: its id, or with an agent the last 20 characters of it')
    .option('-r, --raw', 'every entry with all its fields, a line each')
    .addHelpText(
      'after',
      `
Examples:
  al logs                        what the scheduler does
  al logs dev -f                 what dev does, as it does it
  al logs dev -d 2026-11-21 --raw
  al logs dev -c -f              the same of what is deployed, from the cloud's log service`,
    )
    .action(async (target, options) =>
      (await import('../commands/logs.ts')).logs(target, options, await streams(options)),
    )

  withHost(program.command('locks'))
    .summary('show the locks that are held')
    .description('Shows the locks that runs hold now, by whom, and until when.')
    .addHelpText('after', '\nExamples:\n  al locks\n  al locks --json | jq -r .locks[].resourceKey')
    .action(async (options) =>
      (await import('../commands/locks.ts')).locks(options, await streams(options), Date.now()),
    )

  withHost(program.command('calls').argument('[agent]', 'only calls that it made or got'))
    .summary('show which agents called which')
    .description('Shows calls between agents, the newest first. The id of a call is that of the run it made.')
    .addHelpText('after', '\nExamples:\n  al calls\n  al calls reviewer')
    .action(async (agent, options) =>
      (await import('../commands/calls.ts')).calls(agent, options, await streams(options), Date.now()),
    )
}
