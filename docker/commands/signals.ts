import { type Command, done, type Ended, ended, type Surroundings, UsageError } from './command.ts'
import { exits } from './exit-codes.ts'
import { exitOfAnswer, gatewayOf, parsed, printedAnswer, type Question } from './gateway.ts'
import { checkLength, readInput } from './payload-text.ts'
import { writeSignal } from './signal-file.ts'

/** Asks for one more run after this one. */
export const alRerun: Command = {
  usage: 'al-rerun',
  async run(_args, around) {
    return writeSignal(around, 'rerun', '') ?? (await tell(around, '/signals/rerun', {}))
  },
}

/** Says what the agent is doing, for people to see. */
export const alStatus: Command = {
  usage: 'al-status "<text>"',
  async run(args, around) {
    const text = args.join(' ')
    if (text.trim() === '') throw new UsageError('missing text')
    const read = checkLength('text', text)
    if ('refused' in read) return read.refused
    return writeSignal(around, 'status', text) ?? (await tell(around, '/signals/status', { text }))
  },
}

/** Sets what the run returns to its caller: the arguments, or the standard input. The last one counts. */
export const alReturn: Command = {
  usage: 'al-return [<value>...], or al-return < value',
  async run(args, around) {
    const read = args.length > 0 ? checkLength('value', args.join(' ')) : await readInput('value', around.stdin)
    if ('refused' in read) return read.refused
    const value = read.text
    return writeSignal(around, 'return', value) ?? (await tell(around, '/signals/return', { value }))
  },
}

/** Codes with which an agent may end its run. */
const runCodes = { first: 10, last: 16, usual: 15 } as const

/** Sets the exit code of the run. It goes on until the agent stops. */
export const alExit: Command = {
  usage: 'al-exit [10-16]',
  async run(args, around) {
    const [text = String(runCodes.usual), ...more] = args
    const code = /^\d\d$/.test(text) ? Number(text) : 0
    if (more.length > 0) throw new UsageError('more than one code')
    if (code < runCodes.first || code > runCodes.last) {
      throw new UsageError(`the code must be from ${runCodes.first} to ${runCodes.last}, not "${text.slice(0, 50)}"`)
    }
    return writeSignal(around, 'exit', String(code)) ?? done
  },
}

/** The signal is written, and counts. That the gateway hears of it at once is a courtesy, so its failure is only told. */
async function tell({ environment }: Surroundings, path: Question['path'], body: unknown): Promise<Ended> {
  const ask = gatewayOf(environment)
  if (ask === undefined) return done
  const answer = await ask({ method: 'POST', path, body })
  if (exitOfAnswer(answer) === exits.done) return done
  return ended(exits.done, { ok: true, warning: 'not shown by the gateway', gateway: parsed(printedAnswer(answer)) })
}
