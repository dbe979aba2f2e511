import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromPayload } from '../../core/scheduler/start-message.ts'
import { errorFields, messageOf } from './ending.ts'
import { type Interrupter, interrupter } from './interruption.ts'
import { type Invocation, type RuntimeApi, runtimeApi } from './lambda-api.ts'
import { output } from './log.ts'
import { oneRun, type RunEnd } from './one-run.ts'
import { loadParts, type Parts } from './parts.ts'
import type { Environment, Places } from './places.ts'

import { redactor } from './redact.ts'
import { onCrash } from './run-process.ts'

export interface LambdaOptions {
  /** Host and port of the runtime API. */
  readonly api: string
  readonly env: Environment
  readonly places: Places
  readonly parts?: () => Promise<Parts>
}

/**
 * Takes one invocation after the other, for as long as Lambda keeps this process. Each is a run of its own: no file, no process, no
 * variable and no timer of it is there in the next. Where that cannot be had, the process ends before it has answered, and Lambda
 * starts another one. Rejects when the runtime API cannot be reached.
 */
export async function serveLambda({ api, env, places, parts = loadParts }: LambdaOptions): Promise<never> {
  const { log } = output(process.stdout, redactor())
  const runtime = runtimeApi(api)
  let current: Interrupter | undefined
  onCrash(() => current)
  // Before the first invocation computing is free.
  const loaded = parts()
  // Awaited by each invocation: until then a rejection would count as unhandled.
  loaded.catch(() => undefined)
  for (;;) {
    const invocation = await runtime.next()
    current = interrupter()
    try {
      await emptied(places.work)
      const end = await answered(invocation, runtime, { env, places, interrupter: current, parts: () => loaded })
      if (end.clean) continue
      log('error', 'something of the run may still be at work, ending the process')
    } catch (error) {
      log('error', 'lambda handler error', errorFields(error))
      await runtime.fail(invocation, messageOf(error))
    } finally {
      current = undefined
    }
    process.exit(1)
  }
}

interface InvocationOptions {
  readonly env: Environment
  readonly places: Places
  readonly interrupter: Interrupter
  readonly parts: () => Promise<Parts>
}

async function answered(invocation: Invocation, runtime: RuntimeApi, options: InvocationOptions): Promise<RunEnd> {
  const start = fromPayload(invocation.payload)
  if (start === undefined) {
    await runtime.answer(invocation, {
      statusCode: 400,
      error: 'this function runs an agent and takes start messages of its gateway only; start it with `al run`',
    })
    return { code: 1, clean: true }
  }
  const killedAt = performance.now() + invocation.deadline - Date.now()
  const container = async () => invocation.id
  const end = await oneRun({ ...options, start, killedAt, container, sink: process.stdout })
  if (!end.clean) return end
  await emptied(options.places.work)
  await runtime.answer(invocation, { statusCode: end.code === 0 ? 200 : end.code })
  return end
}

/** Everything in it is gone; the directory itself is the platform's. */
async function emptied(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const names = await readdir(directory)
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true, maxRetries: 2 })))
}
