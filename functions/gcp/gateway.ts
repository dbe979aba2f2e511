import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { gcpHost } from './host.ts'
import { stdoutLog } from './json-log.ts'
import { planFiles } from './plan-files.ts'

/**
 * The entry of the Cloud Run function, in the signature of the Functions Framework. The uploaded package depends on nothing:
 * where its `package.json` does not list the framework, Google's build adds the one it maintains
 * (GoogleCloudPlatform/buildpacks, cmd/nodejs/functions_framework).
 *
 * The framework has read the body by then, and refused one that calls itself JSON and is none; the listener takes the bytes
 * from its `rawBody`, as they were signed.
 *
 * Loading only wires things up; work starts with a request.
 */
export const gateway: (request: IncomingMessage, response: ServerResponse) => Promise<void> = getRequestListener(
  gcpHost({
    ...(await planFiles(fileURLToPath(new URL('.', import.meta.url)))),
    project: setting('AL_PROJECT'),
    region: setting('AL_REGION'),
    gatewayUrl: setting('AL_GATEWAY_URL').replace(/\/+$/, ''),
    schedulerAccount: setting('AL_SCHEDULER_ACCOUNT'),
    log: stdoutLog(process.env.AL_LOG_LEVEL),
  }),
)

function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set; deploy the project again`)
  return value
}
