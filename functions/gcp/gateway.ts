import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { cloudLoggingStamp, stdoutLog } from '../cloud/json-log.ts'
import { decisionsIn, handoutsIn } from '../cloud/plan-files.ts'
import { needed } from '../cloud/settings.ts'
import { pageFilesIn } from '../gateway/dashboard/page-files.ts'
import { gcpHost } from './host.ts'

const directory = fileURLToPath(new URL('.', import.meta.url))
const project = needed(process.env, 'AL_PROJECT')

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
    decisions: await decisionsIn(directory),
    handout: handoutsIn(directory),
    dashboard: pageFilesIn(directory),
    project,
    region: needed(process.env, 'AL_REGION'),
    gatewayUrl: needed(process.env, 'AL_GATEWAY_URL').replace(/\/+$/, ''),
    schedulerAccount: needed(process.env, 'AL_SCHEDULER_ACCOUNT'),
    googleEndpoint: process.env.AL_GOOGLE_ENDPOINT,
    log: stdoutLog(cloudLoggingStamp(project), process.env.AL_LOG_LEVEL),
  }),
)
