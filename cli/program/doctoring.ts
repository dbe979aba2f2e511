import type { Command } from 'commander'
import { streams, withJson } from './declare.ts'

/** The command that says what is missing, and puts it right. */
export function declareDoctor(program: Command): void {
  withJson(program.command('doctor'))
    .summary('check what a project needs, here or in the cloud, and put it right')
    .description(
      'Checks the project, its models, credentials and webhook sources, Docker, the port of the gateway, the disk, and what a ' +
        'deploy would refuse: everything in one go, with the command that puts it right. On a terminal it asks for the ' +
        'credentials that are missing. With -c it brings the ' +
        'cloud in line: pushes the credentials that the project refers to and that have changed, and compares deployed roles, ' +
        'functions, schedules and task definitions with what was deployed. It shows what it found, and asks before it ' +
        'changes anything. Values of credentials are never shown.',
    )
    .option('-c, --cloud', 'in the cloud that the project names')
    .option(
      '--check',
      'report, ask nothing and change nothing; with -c ends with 5 where something is not as it should be',
    )
    .option('-y, --yes', 'do not ask')
    .option('--prune', 'also remove secrets that al made for this project and environment, and that nothing refers to')
    .addHelpText(
      'after',
      `
Examples:
  al doctor                      what is missing on this machine
  al doctor -c                   push credentials, show drift, ask, repair
  al doctor -c --check --json    in a pipeline, every night`,
    )
    .action(async (options) => (await import('../commands/doctor.ts')).doctor(options, await streams(options)))
}
