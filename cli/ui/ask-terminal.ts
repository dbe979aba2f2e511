import * as prompts from '@clack/prompts'
import { type Choice, type Confirmation, LeftUnanswered, type SecretQuestion, type TextQuestion } from './ask.ts'

/** Standard output belongs to answers of the command: it may be a file. */
const output = process.stderr

/** Asks for yes or no. Throws when the question is left with Ctrl-C. */
export async function confirm({ text: message, initial = false }: Confirmation): Promise<boolean> {
  return answered(await prompts.confirm({ message, initialValue: initial, output }))
}

export async function text({ text: message, initial, check }: TextQuestion): Promise<string> {
  const answer = await prompts.text({
    message,
    output,
    ...(initial !== undefined && { initialValue: initial }),
    validate: (given) => check?.((given ?? '').trim()),
  })
  return answered(answer).trim()
}

export async function secret({ text: message, check }: SecretQuestion): Promise<string> {
  const answer = await prompts.password({ message, output, validate: (given) => check?.((given ?? '').trim()) })
  return answered(answer).trim()
}

export async function choose<T extends string>({ text: message, initial, options }: Choice<T>): Promise<T> {
  const answer = await prompts.select<string>({
    message,
    output,
    options: options.map((one) => ({ ...one })),
    ...(initial !== undefined && { initialValue: initial }),
  })
  const given = answered(answer)
  const chosen = options.find(({ value }) => value === given)
  if (chosen === undefined) throw new Error(`"${given}" is not one of the choices`)
  return chosen.value
}

/** Throws when the question was left with Ctrl-C. */
function answered<A>(answer: A): Exclude<A, symbol> {
  if (typeof answer !== 'symbol') return answer as Exclude<A, symbol>
  throw new LeftUnanswered()
}
