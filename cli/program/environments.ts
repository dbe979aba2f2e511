import { type Command, Option } from 'commander'
import { environmentKinds } from '../env/kinds.ts'
import { streams } from './declare.ts'

const inThisProject = (command: Command): Command =>
  command
    .option('-p, --project <dir>', 'the project: the directory that holds config.toml', '.')
    .option('--json', 'print JSON, and nothing else, on standard output')

/** The commands for environments: the layers that `-E` selects. */
export function declareEnvironments(program: Command): void {
  const env = program
    .command('env')
    .summary('the environments of the project')
    .description(
      'An environment is a layer over config.toml, environments/<name>.toml or ~/.action-llama/environments/<name>.toml. -E ' +
        'selects it, else AL_ENV, else `environment` in .env.toml.',
    )

  inThisProject(env.command('init').argument('<name>', 'its name'))
    .summary('make an environment')
    .description('Writes a first version of environments/<name>.toml.')
    .addOption(new Option('-t, --type <kind>', 'what it is for').choices(environmentKinds).default('local'))
    .option('--region <name>', 'the region, for a cloud')
    .option('--gcp-project <id>', 'the Google Cloud project, for cloud-run')
    .option('--home', 'in the home directory, for all projects')
    .option('-y, --yes', 'accept the suggested answers')
    .addHelpText('after', '\nExamples:\n  al env init staging\n  al env init production -t ecs --region eu-west-1')
    .action(async (name, options) =>
      (await import('../commands/env.ts')).envInit(name, options, await streams(options)),
    )

  inThisProject(env.command('list'))
    .summary('list environments')
    .description('Lists environments, what they are for, and which is selected.')
    .addHelpText('after', '\nExamples:\n  al env list\n  al env list --json | jq -r .[].name')
    .action(async (options) => (await import('../commands/env.ts')).envList(options, await streams(options)))

  inThisProject(env.command('show').argument('<name>', 'its name'))
    .summary('print an environment')
    .description('Prints the file of an environment. One that holds a secret is refused.')
    .addHelpText('after', '\nExamples:\n  al env show staging')
    .action(async (name, options) =>
      (await import('../commands/env.ts')).envShow(name, options, await streams(options)),
    )

  inThisProject(env.command('set').argument('[name]', 'its name; none: clear it'))
    .summary('select an environment for this checkout')
    .description('Writes `environment` into .env.toml, which git ignores, and keeps what else stands there.')
    .addHelpText('after', '\nExamples:\n  al env set staging\n  al env set')
    .action(async (name, options) => (await import('../commands/env.ts')).envSet(name, options, await streams(options)))

  inThisProject(env.command('check').argument('<name>', 'its name'))
    .summary('compile the project with an environment')
    .description(
      'Compiles the project with an environment, for this machine and for its cloud; ends with 3 if it does not compile.',
    )
    .addHelpText('after', '\nExamples:\n  al env check production')
    .action(async (name, options) =>
      (await import('../commands/env.ts')).envCheck(name, options, await streams(options)),
    )
}
