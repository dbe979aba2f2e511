import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Measured, measure } from '../measure.ts'

export interface Cold {
  readonly clients: Measured
  /** The same, and the requests to AWS that the first answer takes. */
  readonly used: Measured
  readonly gateway: Measured
  readonly bundleBytes: number
}

/**
 * A fresh process until its first answer of a signed webhook, all requests to AWS included, beside one that only loads the
 * same clients. Whole processes, in turns.
 */
export async function coldStart(directory: string): Promise<Cold> {
  const cloud = spawn(process.execPath, [join(import.meta.dirname, 'fake-cloud.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: cloud.stdout }), 'line')) as [string]
  const env = JSON.parse(line) as NodeJS.ProcessEnv
  try {
    const [clients, used, gateway] = measure(
      [
        { name: 'the clients alone', args: [join(directory, 'clients.mjs')], env },
        { name: 'the clients, used once', args: [join(import.meta.dirname, 'clients-used.mjs'), directory], env },
        { name: 'gateway, first answer', args: [join(import.meta.dirname, 'first-answer.mjs'), directory], env },
      ],
      21,
    )
    if (clients === undefined || used === undefined || gateway === undefined) throw new Error('nothing measured')
    return { clients, used, gateway, bundleBytes: statSync(join(directory, 'gateway', 'index.mjs')).size }
  } finally {
    cloud.kill()
  }
}
