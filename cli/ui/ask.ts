import { exitCodes, UserError } from '../errors.ts'

/** A question was left with Ctrl-C: whoever asked stops, instead of going on with the next one. */
export class LeftUnanswered extends UserError {
  override readonly name = 'LeftUnanswered'
  constructor() {
    super('left without an answer: nothing was changed by it', exitCodes.failure)
  }
}

/** A question. Each names the flag that answers it, for those who cannot be asked. */
interface Question {
  /** Without a question mark at the end of a sentence that is not one: it is printed as it is. */
  readonly text: string
  /** What to type instead of answering: `--yes`, `--region <name>`. */
  readonly flag: string
}

export interface Confirmation extends Question {
  /** What Enter means. Default: no. */
  readonly initial?: boolean
}

export interface TextQuestion extends Question {
  readonly initial?: string
  /** What is wrong with an answer; nothing if it is right. */
  readonly check?: (answer: string) => string | undefined
}

/** A text that is not shown while it is typed. It has no initial answer. */
export interface SecretQuestion extends Question {
  /** What is wrong with an answer; nothing if it is right. */
  readonly check?: (answer: string) => string | undefined
}

export interface Choice<T extends string> extends Question {
  readonly initial?: T
  readonly options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[]
}

/** Where commands get answers from. One code path for terminals, `--yes` and those who cannot be asked. */
export interface Ask {
  /** Whether questions reach a person. */
  readonly reachesPerson: boolean
  /** Yes or no. */
  confirm(question: Confirmation): Promise<boolean>
  text(question: TextQuestion): Promise<string>
  secret(question: SecretQuestion): Promise<string>
  choose<T extends string>(question: Choice<T>): Promise<T>
}

export interface AskOptions {
  /** `--yes`: yes to every confirmation, and the initial answer to everything else that has one. */
  readonly yes?: boolean
  /** Whether somebody is there to answer. Default: standard input and standard error are terminals. */
  readonly isTerminal?: boolean
}

/** Who answers for this command line. Throws a `UserError` (usage) from a question that nobody can answer. */
export function asker({
  yes = false,
  isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true,
}: AskOptions): Ask {
  const person: Ask = isTerminal ? terminal : nobody
  if (!yes) return person
  return {
    reachesPerson: person.reachesPerson,
    confirm: async () => true,
    text: async (question) => question.initial ?? (await person.text(question)),
    secret: person.secret,
    choose: async (question) => question.initial ?? (await person.choose(question)),
  }
}

/** The questions stand in their own module: what draws them is loaded when the first one is asked. */
const terminal: Ask = {
  reachesPerson: true,
  confirm: async (question) => (await import('./ask-terminal.ts')).confirm(question),
  text: async (question) => (await import('./ask-terminal.ts')).text(question),
  secret: async (question) => (await import('./ask-terminal.ts')).secret(question),
  choose: async (question) => (await import('./ask-terminal.ts')).choose(question),
}

const nobody: Ask = {
  reachesPerson: false,
  confirm: async (question) => refuse(question),
  text: async (question) => refuse(question, question.initial),
  secret: async (question) => refuse(question),
  choose: async (question) => refuse(question, question.initial),
}

function refuse({ text, flag }: Question, initial?: string): never {
  const offered = initial === undefined ? '' : `; --yes takes what would be offered, here "${initial}"`
  throw new UserError(`there is no terminal to ask in: answer "${text}" with ${flag}${offered}`, exitCodes.usage)
}
