import type { Handout } from '../../../core/plan/decisions.ts'
import { type RunTrace, untraced } from '../telemetry.ts'
import { gitClone } from './git-clone.ts'
import { http } from './http.ts'
import { PreflightError } from './preflight-error.ts'
import { shell } from './shell.ts'
import type { Step, StepContext } from './step.ts'

const providers: Readonly<Record<string, Step>> = { shell, http, 'git-clone': gitClone }

export interface PreflightOptions extends StepContext {
  readonly steps: Handout['preflight']
  readonly trace?: Pick<RunTrace, 'around'>
}

/**
 * Runs the steps one after the other. Rejects with a `PreflightError` that names the step when one failed that is required
 * (as all are that do not say otherwise), and with the signal's reason when it is aborted; every process is gone then.
 *
 * Parameters are logged as they are written, without values. What programs print is logged as it is: the caller's log
 * takes secrets out.
 */
export async function runPreflight({ steps, trace = untraced, ...context }: PreflightOptions): Promise<void> {
  const { log, signal } = context
  if (steps.length === 0) return
  log('info', 'preflight starting', { stepCount: steps.length })
  for (const [i, { provider, required, params }] of steps.entries()) {
    signal.throwIfAborted()
    const name = `preflight step [${i + 1}/${steps.length}] ${provider}`
    try {
      await trace.around({ name: `preflight ${provider}` }, async () => stepOf(provider)(params, context))
      log('info', `${name} done`)
    } catch (error) {
      signal.throwIfAborted()
      const { message, details } = asPreflightError(error)
      if (required === false) {
        log('warn', `${name} failed (optional, continuing)`, { error: message, ...details })
      } else {
        log('error', `${name} failed (required)`, { error: message, ...details })
        throw new PreflightError(`${name} failed: ${message}`, details)
      }
    }
  }
  log('info', 'preflight complete')
}

function stepOf(provider: string): Step {
  const step = Object.hasOwn(providers, provider) ? providers[provider] : undefined
  if (step !== undefined) return step
  throw new PreflightError(`there is no preflight provider "${provider}", only ${Object.keys(providers).join(', ')}`)
}

/** An error that no step foresaw may quote anything, so only its kind is told. */
const asPreflightError = (error: unknown): PreflightError =>
  error instanceof PreflightError
    ? error
    : new PreflightError(
        `unexpected ${(error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : 'error')}`,
      )
