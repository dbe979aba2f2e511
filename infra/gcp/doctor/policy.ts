import type { GoogleAccount } from '../account.ts'
import { answered, type GoogleAnswer } from '../google-api.ts'

/** Something that has an IAM policy. */
export interface Guarded {
  /** For people, and the same for the same thing: `secret action-llama--…`. */
  readonly name: string
  /** `get` and `set` of its policy. */
  readonly read: { readonly method: 'GET' | 'POST'; readonly url: string; readonly body?: unknown }
  readonly write: { readonly method: 'POST' | 'PUT'; readonly url: string; readonly wrapped: boolean }
  /** Once it is gone, only a deploy makes it again. */
  readonly comesByDeploy?: boolean
}

export interface Condition {
  readonly title?: string
  readonly description?: string
  readonly expression?: string
}

export interface Binding {
  readonly role: string
  readonly members?: readonly string[]
  readonly condition?: Condition
}

interface Policy {
  readonly version?: number
  readonly etag?: string
  readonly bindings?: readonly Binding[]
}

/** How often a policy that somebody else changes at the same time is read and written again. */
const rounds = 5

/** Of conditions, only this version shows all, and lets itself be written. */
const version = 3

const byPath = (name: string, url: string): Guarded => ({
  name,
  read: { method: 'GET', url: `${url}:getIamPolicy?options.requestedPolicyVersion=${version}` },
  write: { method: 'POST', url: `${url}:setIamPolicy`, wrapped: true },
})

/** Pub/Sub and Artifact Registry take the version in the same place; a bucket's policy is a resource of its own. */
export const guarded = {
  project: (project: string): Guarded => {
    const url = `https://cloudresourcemanager.googleapis.com/v3/projects/${project}`
    return {
      name: `project ${project}`,
      read: { method: 'POST', url: `${url}:getIamPolicy`, body: { options: { requestedPolicyVersion: version } } },
      write: { method: 'POST', url: `${url}:setIamPolicy`, wrapped: true },
    }
  },
  serviceAccount: (project: string, email: string): Guarded => {
    const url = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts/${email}`
    return {
      name: `service account ${email}`,
      read: { method: 'POST', url: `${url}:getIamPolicy?options.requestedPolicyVersion=${version}` },
      write: { method: 'POST', url: `${url}:setIamPolicy`, wrapped: true },
    }
  },
  secret: (project: string, id: string): Guarded =>
    byPath(`secret ${id}`, `https://secretmanager.googleapis.com/v1/projects/${project}/secrets/${id}`),
  job: (project: string, region: string, id: string): Guarded =>
    byPath(`job ${id}`, `https://run.googleapis.com/v2/projects/${project}/locations/${region}/jobs/${id}`),
  service: (project: string, region: string, id: string): Guarded => ({
    ...byPath(`gateway ${id}`, `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services/${id}`),
    comesByDeploy: true,
  }),
  repository: (project: string, region: string, id: string): Guarded =>
    byPath(
      `repository ${id}`,
      `https://artifactregistry.googleapis.com/v1/projects/${project}/locations/${region}/repositories/${id}`,
    ),
  topic: (project: string, id: string): Guarded => ({
    ...byPath(`topic ${id}`, `https://pubsub.googleapis.com/v1/projects/${project}/topics/${id}`),
    comesByDeploy: true,
  }),
  bucket: (name: string): Guarded => {
    const url = `https://storage.googleapis.com/storage/v1/b/${name}/iam`
    return {
      name: `bucket ${name}`,
      read: { method: 'GET', url: `${url}?optionsRequestedPolicyVersion=${version}` },
      write: { method: 'PUT', url, wrapped: false },
    }
  },
}

/** The bindings of a thing's policy; nothing where the thing is not there. Throws a `GoogleFailure`. */
export async function bindingsOf({ read }: Guarded, { api }: GoogleAccount): Promise<readonly Binding[] | undefined> {
  const policy = (await answered(api(read.method, read.url, ask(read)))) as Policy | undefined
  return policy && (policy.bindings ?? [])
}

/** Changes a policy as it is now: what others write meanwhile is kept. Throws a `GoogleFailure`. */
export async function changeBindings(
  { read, write }: Guarded,
  change: (bindings: readonly Binding[]) => readonly Binding[],
  { api }: GoogleAccount,
): Promise<void> {
  for (let left = rounds; ; left--) {
    const { etag, bindings = [] } = ((await answered(api(read.method, read.url, ask(read)), [])) ?? {}) as Policy
    const policy = { version, etag, bindings: change(bindings) }
    const answer = await api(write.method, write.url, { body: write.wrapped ? { policy } : policy, repeatable: false })
    if (answer.status < 300) return
    if (!isConflict(answer) || left === 0) throw answer.failure()
  }
}

/** A read may be repeated even where it is a POST. */
const ask = ({ body }: Guarded['read']) => ({ ...(body !== undefined && { body }), repeatable: true })

const isConflict = ({ status }: GoogleAnswer): boolean => status === 409 || status === 412
