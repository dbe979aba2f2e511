import { open } from 'node:fs/promises'
import { cannotWrite, outputPath } from './output-file.ts'
import { interpolated, optionalText, textParam } from './params.ts'
import { runProgram } from './run-program.ts'
import type { Step } from './step.ts'

/**
 * `command` goes to `/bin/sh` as it is written; the shell finds `$NAME` and `${NAME}` in its environment, so no value is
 * ever read as code. With `output`, standard output is that file; without, it is logged.
 */
export const shell: Step = async (params, context) => {
  const { environment, directory, log } = context
  const command = textParam(params, 'command')
  const output = optionalText(params, 'output')
  log('info', 'preflight shell', { command: command.slice(0, 200) })
  const options = { ...context, name: 'preflight shell' }
  if (output === undefined) return runProgram('/bin/sh', ['-c', command], options)

  const path = await outputPath(interpolated(output, environment), directory, output)
  const file = await open(path, 'w').catch((error: unknown) => {
    throw cannotWrite(output, error)
  })
  try {
    await runProgram('/bin/sh', ['-c', command], { ...options, output: file.fd })
    log('info', 'preflight shell output written', { path: output, bytes: (await file.stat()).size })
  } finally {
    await file.close()
  }
}
