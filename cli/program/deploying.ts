import type { Command } from 'commander'
import { type SetExitCode, streams, withJson } from './declare.ts'

/** The commands that bring a project to the cloud, and take it away again. */
export function declareDeploying(program: Command, setExitCode: SetExitCode): void {
  withJson(program.command('deploy'))
    .summary('deploy the project, or what has changed')
    .description(
      'Shows what would change, asks, and changes it: images that are missing, the control plane, agents. Needs ' +
        'credentials for its cloud. The next deploy continues one that was interrupted or failed; if nothing has changed, ' +
        'nothing is done.',
    )
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--now', 'kill runs of agents that are removed or replaced, instead of waiting for them')
    .addHelpText(
      'after',
      `
Examples:
  al deploy                      look, then answer
  al deploy -E production --yes  in a pipeline
  al deploy --dry-run --json | jq .change.resources`,
    )
    .action(async (options) => (await import('../commands/deploy.ts')).deploy(options, await streams(options)))

  withJson(program.command('diff'))
    .summary('show what a deploy would change')
    .description(
      'Compares the project with what is deployed: resources by agent, and who may do more or less than before. Needs ' +
        'credentials that may read; changes nothing.',
    )
    .option('--exit-code', 'end with 1 if something would change')
    .addHelpText('after', '\nExamples:\n  al diff\n  al diff -E production --exit-code')
    .action(async (options) => (await import('../commands/diff.ts')).diff(options, await streams(options), setExitCode))

  withJson(program.command('destroy'))
    .summary('remove what is deployed')
    .description(
      "Removes the stacks of a project and environment, after asking for the project's name. The table with the state of " +
        'runs and the secrets are kept; the next deploy uses the same table again.',
    )
    .option('-y, --yes', 'do not ask')
    .option('--all', 'remove the state of runs, and the secrets that nothing else uses, too')
    .addHelpText('after', '\nExamples:\n  al destroy -E preview --yes\n  al destroy --all')
    .action(async (options) => (await import('../commands/destroy.ts')).destroy(options, await streams(options)))

  withJson(program.command('cost'))
    .summary('estimate what the project costs')
    .description(
      'Estimates what the project costs at rest and per run, from list prices. Needs no account and no network.',
    )
    .addHelpText('after', '\nExamples:\n  al cost\n  al cost --json | jq .atRestPerMonth.usd')
    .action(async (options) => (await import('../commands/cost.ts')).cost(options, await streams(options)))
}
