import type { Command } from 'commander'
import { inProject, streams } from './declare.ts'

/** The command for a conversation on this machine. */
export function declareChatting(program: Command): void {
  inProject(program.command('chat').argument('[agent]', 'sit in its place (default: work on the project)'))
    .summary('talk with the model about the project, or in the place of an agent')
    .description(
      'Opens a conversation in this terminal. The model knows the project (AGENTS.md, its agents, what is wrong with it) and ' +
        'can read and change it; with an agent, it has the instructions, parameters and credentials of that agent. It runs as ' +
        'you, without isolation. Needs a terminal. Ctrl-C stops what it does; pressed again, it leaves.',
    )
    .option('-c, --cloud', "with the agent's credentials from the cloud, instead of those of this machine")
    .addHelpText(
      'after',
      `
Examples:
  al chat                        make and change agents
  al chat dev                    try out what dev can do
  al chat dev -c -E production   the same with its deployed credentials`,
    )
    .action(async (agent, options) =>
      (await import('../commands/chat.ts')).chat(agent, options, await streams(options)),
    )
}
