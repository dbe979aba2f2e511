import type { Command } from 'commander'
import { streams, withHost, withJson } from './declare.ts'

/** The commands that change what a running project does, and the dry run of a webhook. */
export function declareSteering(program: Command): void {
  withHost(program.command('pause').argument('[agent]', 'only this one (default: the whole project)'))
    .summary('pause an agent, or the whole project')
    .description(
      'Starts no more runs, of an agent or of the project. Runs under way go on; schedules are skipped, webhooks and calls ' +
        'wait. It lasts until `al resume`, even if the host is restarted.',
    )
    .addHelpText('after', '\nExamples:\n  al pause\n  al pause dev')
    .action(async (agent, options) =>
      (await import('../commands/pause.ts')).pause(agent, options, await streams(options)),
    )

  withHost(program.command('resume').argument('[agent]', 'only this one (default: the whole project)'))
    .summary('undo a pause')
    .description(
      'Undoes `al pause`. For the project it also tries models again whose provider has refused all requests. Agents that ' +
        'were paused individually stay paused.',
    )
    .addHelpText('after', '\nExamples:\n  al resume\n  al resume dev')
    .action(async (agent, options) =>
      (await import('../commands/pause.ts')).resume(agent, options, await streams(options)),
    )

  withHost(program.command('kill').argument('<agent or run>', 'an agent, for all its runs, or the id of a run'))
    .summary('stop runs')
    .description(
      'Stops a run, even one that still waits, or all runs of an agent that are under way. The agent is not paused: its ' +
        'next waiting run starts then.',
    )
    .addHelpText('after', '\nExamples:\n  al kill dev\n  al kill dev-zjo4w6ul1abcdefghijk')
    .action(async (target, options) =>
      (await import('../commands/kill.ts')).kill(target, options, await streams(options)),
    )

  withHost(program.command('retry').argument('<run>', 'the id of a run that is over'))
    .summary('start a finished run again, with the same input')
    .description('Starts a new run with the input of one that is over. It does not wait for its end.')
    .addHelpText('after', '\nExamples:\n  al retry dev-zjo4w6ul1abcdefghijk')
    .action(async (id, options) => (await import('../commands/retry.ts')).retry(id, options, await streams(options)))

  const webhook = program.command('webhook').summary('try out webhooks').description('Tries out webhooks.')
  const collect = (one: string, before: readonly string[]) => [...before, one]
  withJson(webhook.command('test').argument('<source>', 'a source of [webhooks], or a provider for all of its sources'))
    .summary('show what a delivery would start, without sending it')
    .description(
      'Shows what agents would be told of a delivery, which triggers match it, and why each does or does not. Needs no host ' +
        'and starts nothing. The signature is not checked.',
    )
    .requiredOption('-f, --file <path>', 'the payload; - reads it from standard input')
    .option('--event <name>', 'the event, where the provider has it in a header (github, sentry)')
    .option('--header <name=value>', 'a header of the delivery; may be repeated', collect, [])
    .addHelpText(
      'after',
      `
Examples:
  al webhook test github --event issues --file issue.json
  al webhook test linear --file payload.json --json | jq .starts`,
    )
    .action(async (source, options) =>
      (await import('../commands/webhook-test.ts')).webhookTest(source, options, await streams(options), new Date()),
    )
}
