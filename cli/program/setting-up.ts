import { type Command, Option } from 'commander'
import { streams, withJson } from './declare.ts'

/** The commands that make a project ready for a cloud, and for being deployed by CI. */
export function declareSettingUp(program: Command): void {
  const setup = program
    .command('setup')
    .summary('make a project ready for a cloud')
    .description('Makes a project ready for a cloud.')
  withJson(setup.command('cloud'))
    .summary('choose a cloud, check the account, let CI sign in')
    .description(
      'Prepares a project for its first deploy, and asks as it goes: adds [cloud] to config.toml, checks the credentials, ' +
        'bootstraps an AWS account for the CDK or enables the APIs of a Google Cloud project, and makes what GitHub Actions ' +
        'signs in with to compare and to deploy, without keys. When it is run again, it does what is left.',
    )
    .addOption(new Option('--provider <name>', 'the cloud').choices(['ecs', 'cloud-run']))
    .option('--region <name>', 'the region of that cloud')
    .option('--gcp-project <id>', 'the Google Cloud project, for cloud-run')
    .option('--account <id>', 'stop if the credentials are of another AWS account, or the project has another number')
    .option('--bootstrap', 'bootstrap the account if it is not')
    .option('--no-bootstrap', 'do not bootstrap the account')
    .option('--github <owner/name>', 'make two identities for the workflows of this repository')
    .option('--no-github', 'make no identities for GitHub')
    .option('--branch <name>', 'the branch whose workflows may deploy', 'main')
    .option('--github-environment <name>', 'the environment on GitHub whose jobs may deploy, instead of a branch')
    .option('-y, --yes', 'answer yes to every question; GitHub is trusted only if --github names a repository')
    .addHelpText(
      'after',
      `
Examples:
  al setup cloud
  al setup cloud --provider ecs --region eu-west-1 --yes
  al setup cloud --github acme/agents --yes
  al setup cloud -E prod --github acme/agents --github-environment production`,
    )
    .action(async (options) => (await import('../commands/setup.ts')).setupCloud(options, await streams(options)))

  const ci = program.command('ci').summary('let a CI deploy the project').description('Lets a CI deploy the project.')
  withJson(ci.command('github'))
    .summary('write a workflow for GitHub Actions')
    .description(
      'Writes a workflow that compiles every pull request, comments what merging it would change in the cloud, and ' +
        'deploys the branch. It signs in by OpenID Connect with what `al setup cloud` made: there are no keys to keep.',
    )
    .option('-o, --out <file>', 'where to write (default: .github/workflows/al.yml of the checkout, or al-<env>.yml)')
    .option('--force', 'overwrite a file with other contents')
    .option('--branch <name>', 'the branch that is deployed', 'main')
    .option(
      '--account <id>',
      'the AWS account, or the number of the Google Cloud project, where `al setup cloud` made them',
    )
    .option('--role-arn <arn>', 'the AWS role that deploys (default: by --account, else the variable AL_DEPLOY_ROLE)')
    .option(
      '--diff-role-arn <arn>',
      'the AWS role that compares (default: by --account, else the variable AL_DIFF_ROLE)',
    )
    .option('--github-environment <name>', 'the environment on GitHub to deploy in, with its protection rules')
    .addHelpText(
      'after',
      `
Examples:
  al ci github --account 123456789012
  al ci github -E prod --branch release --github-environment production`,
    )
    .action(async (options) => (await import('../commands/ci.ts')).ciGithub(options, await streams(options)))
}
