import { accountId } from '../names.ts'
import type { Plan } from '../schema.ts'

/** Roles of Google's, or permissions for a role of the project's own, and what for. */
export interface GoogleRights {
  readonly why: string
  readonly names: readonly string[]
}

/**
 * What whoever deploys may do in the Google Cloud project: `al deploy`, `al destroy`, `al doctor -c` and the commands with
 * `-c`. Roles of Google's, since what Pulumi makes has no name yet that a narrower right could be about. Whoever may make
 * roles, accounts and bindings may give itself anything; so whoever may deploy is trusted with the whole project.
 */
export const deployRoles: readonly GoogleRights[] = [
  { why: 'see and enable APIs', names: ['roles/serviceusage.serviceUsageAdmin'] },
  { why: 'see the project', names: ['roles/browser'] },
  { why: 'the buckets for state, code and build contexts', names: ['roles/storage.admin'] },
  { why: 'secrets, and who may read each', names: ['roles/secretmanager.admin'] },
  {
    why: 'the repository, pushing images, and who may read and write in it',
    names: ['roles/artifactregistry.admin'],
  },
  { why: 'build images, where Docker is absent; see and cancel builds', names: ['roles/cloudbuild.builds.editor'] },
  {
    why: 'the sink for ends of runs; logs of runs, and of a build that failed',
    names: ['roles/logging.configWriter', 'roles/logging.viewer'],
  },
  { why: 'the database', names: ['roles/datastore.owner'] },
  { why: "jobs, the gateway's service, and who may start them", names: ['roles/run.admin'] },
  { why: "the gateway's function", names: ['roles/cloudfunctions.admin'] },
  { why: 'schedules', names: ['roles/cloudscheduler.admin'] },
  { why: 'the topic that ends of runs go through', names: ['roles/pubsub.admin'] },
  {
    why: 'the accounts of agents and of the control plane, and running as them',
    names: ['roles/iam.serviceAccountAdmin', 'roles/iam.serviceAccountUser'],
  },
  {
    why: 'the roles of the control plane, and its bindings',
    names: ['roles/iam.roleAdmin', 'roles/resourcemanager.projectIamAdmin'],
  },
]

/** What comparing takes beside the state: no value of a secret, nothing of what runs have left. */
export const diffPermissions: readonly GoogleRights[] = [
  { why: 'see the project', names: ['resourcemanager.projects.get'] },
  { why: 'see whether there is a bucket for state, and whose it is', names: ['storage.buckets.get'] },
  { why: 'see whether there is a database, without what is in it', names: ['datastore.databases.getMetadata'] },
  {
    why: 'see which secrets are there, without their values',
    names: ['secretmanager.secrets.get', 'secretmanager.versions.get'],
  },
  {
    why: 'see whether the parts of the control plane are still there',
    names: [
      ...['cloudfunctions.functions.get', 'iam.roles.get', 'logging.sinks.get'],
      ...['pubsub.subscriptions.get', 'pubsub.topics.get'],
    ],
  },
]

/** Read what Pulumi has kept; for that bucket alone. */
export const diffStateRole = 'roles/storage.objectViewer'

/** APIs that signing in from outside goes through, beside those that the project needs. */
export const signInApis = ['iamcredentials.googleapis.com', 'sts.googleapis.com']

/** CI's identities on Google Cloud: two service accounts, the pool of outside identities that may be them, and a role. */
export function googleCiNames({
  project,
  environment,
  names,
  target,
}: Pick<Plan, 'project' | 'environment' | 'names' | 'target'>) {
  const scope = { name: project, environment }
  const account = (whom: string) =>
    `${accountId(scope, whom)}@${target.account ?? '${project}'}.iam.gserviceaccount.com`
  return {
    deploy: account('_deploy'),
    diff: account('_diff'),
    /** The id of a custom role. */
    diffRole: `${names.prefix.replaceAll('-', '_')}_diff`,
    pool: names.prefix,
    provider: 'github',
  }
}
