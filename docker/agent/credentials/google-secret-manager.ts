import { setTimeout as sleep } from 'node:timers/promises'
import { googleAddress } from '../../../core/google-address.ts'
import { whyNoAnswer } from '../../../core/no-answer.ts'
import { type CredentialSource, refused } from './credential.ts'
import { CredentialsError } from './credentials-error.ts'

type Env = Readonly<Record<string, string | undefined>>

const triesOf = 4
const timeout = 10_000

/** Milliseconds. Source: "Access change propagation" of IAM: two minutes as a rule, seven and more at times. */
const rightsSettleIn = 150_000

/**
 * Google Secret Manager over REST, asked with the job's service account: the newest version of each secret. The token and
 * the project come from the metadata server. `GCE_METADATA_HOST` and `AL_GOOGLE_ENDPOINT` name other
 * addresses.
 */
export function googleSecretManager(env: Env): CredentialSource {
  const base = googleAddress(env.AL_GOOGLE_ENDPOINT)('https://secretmanager.googleapis.com')
  let identity: ReturnType<typeof whoAmI> | undefined
  return {
    name: 'Google Secret Manager',
    place: ({ id }) => `${id} in Google Secret Manager`,
    rights: {
      settleIn: rightsSettleIn,
      async missing(signal) {
        const answer = await askMetadata(env, 'instance/service-accounts/default/email', signal).catch(() => undefined)
        const account = answer?.status === 200 ? answer.text.trim() : 'of this job'
        return `roles/secretmanager.secretAccessor for the service account ${account}`
      },
    },
    async read({ id }, signal) {
      identity ??= whoAmI(env, signal)
      const { project, token } = await identity
      const url = `${base}/v1/projects/${project}/secrets/${encodeURIComponent(id)}/versions/latest:access`
      const { status, text } = await get(url, { authorization: `Bearer ${token}` }, signal)
      if (status === 404) return undefined
      // So is one that is not there: nobody was given a right on it.
      if (status === 403) return refused
      const data = status === 200 ? field(field(parse(text), 'payload'), 'data') : undefined
      if (typeof data !== 'string') throw unreadable(`secret ${id}`, `${hostOf(url)} answered ${status}`)
      return Buffer.from(data, 'base64').toString()
    },
  }
}

async function whoAmI(env: Env, signal: AbortSignal): Promise<{ project: string; token: string }> {
  const ask = async (path: string) => {
    const { status, text } = await askMetadata(env, path, signal)
    if (status !== 200) throw unreadable('the identity of this job', `the metadata server answered ${status}`)
    return text
  }
  const [project, token] = await Promise.all([
    env.GOOGLE_CLOUD_PROJECT || ask('project/project-id'),
    ask('instance/service-accounts/default/token'),
  ])
  const accessToken = field(parse(token), 'access_token')
  if (typeof accessToken !== 'string') throw unreadable('the identity of this job', 'the metadata server gave no token')
  return { project: project.trim(), token: accessToken }
}

function askMetadata(env: Env, path: string, signal: AbortSignal) {
  const host = env.GCE_METADATA_HOST || 'metadata.google.internal'
  return get(`http://${host}/computeMetadata/v1/${path}`, { 'metadata-flavor': 'Google' }, signal)
}

/** What was answered. Asks again, with a growing pause, when a server is busy or gives no answer. */
async function get(url: string, headers: Record<string, string>, signal: AbortSignal) {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) })
      const text = await answer.text()
      const busy = answer.status === 429 || answer.status >= 500
      if (!busy || tries === triesOf) return { status: answer.status, text }
    } catch (error) {
      signal.throwIfAborted()
      // Not the error itself: fetch quotes a header that it cannot send, and the token is in one.
      if (tries === triesOf) throw unreadable('a secret', `${hostOf(url)} gave no answer (${whyNoAnswer(error)})`)
    }
    await sleep(250 * 2 ** tries, undefined, { signal })
  }
}

const unreadable = (what: string, why: string) => new CredentialsError(`${what} could not be read: ${why}`)
const hostOf = (url: string) => new URL(url).host

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
