/** What the scripted model says in one conversation, turn after turn. A conversation longer than its script is an error. */
export interface Script {
  /** Plays for conversations that have this text in their first user message. Without it: for the model `scripted/<name>`. */
  readonly prompt?: string
  readonly turns: readonly Turn[]
  /** The answer to a request to summarize the conversation. */
  readonly summary?: string
}

export type Turn = Answer | Failure

/** One turn of the assistant. */
export interface Answer {
  readonly text?: string
  readonly thinking?: string
  readonly tools?: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[]
  /** Tokens. Default: 100 in, 20 out, nothing cached. */
  readonly usage?: {
    readonly input?: number
    readonly output?: number
    readonly cacheRead?: number
    readonly cacheWrite?: number
  }
  /** Milliseconds between the pieces of the stream. */
  readonly pace?: number
  /** The answer ends at the limit of output tokens. */
  readonly cut?: boolean
}

/** Something that goes wrong before the next answer. A script that ends with a failure repeats it for ever. */
export interface Failure {
  readonly fail:
    | 'rate_limit'
    | 'overloaded'
    | 'server'
    | 'auth'
    | 'forbidden'
    | 'quota'
    | 'overflow'
    | 'bad_request'
    /** Status 200, and then an error inside the stream. */
    | 'overloaded_in_stream'
    /** The connection breaks in the middle of the answer. */
    | 'broken'
    /** The request is accepted, and nothing ever comes. */
    | 'hang'
  /** How often; default 1. */
  readonly times?: number
  /** The header `Retry-After`: seconds, or a date. */
  readonly retryAfter?: number | string
  /** What the error says; default: what a provider says in such a case. */
  readonly message?: string
}

/** The failures that come before an answer, one entry for each time, and the answer; none if the script ends there. */
export interface Step {
  readonly failures: readonly Failure[]
  readonly answer?: Answer
}

export function stepsOf({ turns }: Script): Step[] {
  const steps: Step[] = []
  let failures: Failure[] = []
  for (const turn of turns) {
    if ('fail' in turn) {
      failures = [...failures, ...Array.from({ length: turn.times ?? 1 }, () => turn)]
    } else {
      steps.push({ failures, answer: turn })
      failures = []
    }
  }
  return failures.length === 0 ? steps : [...steps, { failures }]
}
