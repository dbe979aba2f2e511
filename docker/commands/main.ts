/** The commands an agent types in its shell: one program under several names. The name is its first argument. */
import type { CommandName } from '../../core/image/commands.ts'
import { commands } from './by-name.ts'
import { type Ended, failed, UsageError } from './command.ts'
import { exits } from './exit-codes.ts'

async function endOf(name: string, args: readonly string[]): Promise<Ended> {
  const command = Object.hasOwn(commands, name) ? commands[name as CommandName] : undefined
  if (command === undefined) return failed(exits.usage, `no such command: ${name.slice(0, 50)}`)
  const usage = `usage: ${command.usage}`
  if (args.length === 1 && args[0] === '--help') return failed(exits.usage, usage)
  try {
    // Read only when a command asks for it: opening it takes time.
    const around = {
      environment: process.env,
      get stdin() {
        return process.stdin
      },
    }
    return await command.run(args, around)
  } catch (error) {
    if (error instanceof UsageError) return failed(exits.usage, `${error.message}; ${usage}`)
    return failed(exits.unexpected, String(error))
  }
}

const [name = '', ...args] = process.argv.slice(2)
const { exit, output } = await endOf(name, args)
// Who does not read the answer still gets the exit code.
process.stdout.on('error', () => {})
process.stdout.write(`${'json' in output ? output.json : JSON.stringify(output.value)}\n`, () => process.exit(exit))
