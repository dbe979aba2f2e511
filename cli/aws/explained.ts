import { StackFailure } from '../../infra/aws/deploy/stack-progress.ts'
import { exitCodes, UserError } from '../errors.ts'
import { failureLines, type NameOf } from './show-progress.ts'

/** Does work on stacks; a failure names the resources by where they belong, and says why. */
export async function explained<T>(nameOf: NameOf, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StackFailure)) throw error
    const lines = failureLines(error.failures, nameOf).map((line) => `  ${line}`)
    const next = '  CloudFormation goes back to the previous state; fix the cause, and `al deploy` goes on from there'
    throw new UserError([error.message, ...lines, ...(lines.length > 0 ? [next] : [])].join('\n'), exitCodes.cloud)
  }
}
