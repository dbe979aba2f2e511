import { RepositoryIamMember } from '@pulumi/gcp/artifactregistry/repositoryIamMember.js'
import { JobIamMember } from '@pulumi/gcp/cloudrunv2/jobIamMember.js'
import { IAMMember } from '@pulumi/gcp/projects/iammember.js'
import { SecretIamMember } from '@pulumi/gcp/secretmanager/secretIamMember.js'
import type { Account } from '@pulumi/gcp/serviceaccount/account.js'
import { BucketIAMMember } from '@pulumi/gcp/storage/bucketIAMMember.js'
import type { Resource } from '@pulumi/pulumi/resource.js'
import type { Statement } from '../../../core/plan/schema.ts'
import type { Site } from '../site.ts'
import { roleName } from './roles.ts'

/**
 * The statements of the plan as bindings of one account, each in the policy of the one thing it is about. What has no policy
 * of its own, a database or a bucket that Google makes later, is a condition in the project's.
 */
export function addGrants(
  site: Site,
  id: string,
  { member }: Account,
  statements: readonly Statement[],
): readonly Resource[] {
  return statements.flatMap(({ why, actions, resources }) =>
    rolesFor(site, actions).flatMap((role) =>
      resources.flatMap((unfilled) => {
        const resource = site.fill(unfilled)
        if (isAbsent(site, resource)) return []
        return [addGrant(site, id, { member, role, resource, why })]
      }),
    ),
  )
}

const isAbsent = ({ inputs, project }: Site, resource: string): boolean => {
  const secrets = `projects/${project}/secrets/`
  return resource.startsWith(secrets) && (inputs.absentSecrets?.has(resource.slice(secrets.length)) ?? false)
}

interface Grant {
  readonly member: Account['member']
  readonly role: string
  readonly resource: string
  readonly why: string
}

/** `projects/P`, `projects/P/kind/NAME` or `projects/P/locations/L/kind/NAME`; a bucket's project is `_`. */
const resourceName = /^projects\/([^/]+)(?:(?:\/locations\/([^/]+))?\/([a-z]+)\/([^/]+))?$/

function addGrant(site: Site, id: string, { member, role, resource, why }: Grant): Resource {
  const match = resourceName.exec(resource)
  if (match === null) throw new Error(`no policy is known for ${resource}`)
  const [, project = '', location = '', kind = 'project', last = ''] = match
  const name = `${id}/${kind}/${last || role.slice(role.lastIndexOf('/') + 1)}`
  const binding = { role, member }
  const dependsOn = [site.made.get(resource), site.made.get(role)].filter((one) => one !== undefined)
  const conditional = (expression: string) => {
    const condition = { title: last.slice(0, 100), description: why, expression }
    return new IAMMember(name, { project: site.project, ...binding, condition }, { dependsOn })
  }
  switch (kind) {
    case 'project':
      return new IAMMember(name, { project, ...binding }, { dependsOn })
    case 'secrets':
      return new SecretIamMember(name, { project, secretId: last, ...binding }, { dependsOn })
    case 'jobs':
      return new JobIamMember(name, { project, location, name: last, ...binding }, { dependsOn })
    case 'repositories':
      return new RepositoryIamMember(name, { project, location, repository: last, ...binding }, { dependsOn })
    case 'databases':
      return conditional(`resource.name == "${resource}"`)
    case 'buckets':
      return last === site.google.bucket
        ? new BucketIAMMember(name, { bucket: last, ...binding }, { dependsOn })
        : conditional(`resource.name.startsWith("${resource}/")`)
    default:
      throw new Error(`no policy is known for ${resource}`)
  }
}

/** Roles of Google's as they are; single permissions are those of a role of ours. */
function rolesFor({ google, project }: Site, actions: readonly string[]): readonly string[] {
  if (actions.every((action) => action.startsWith('roles/'))) return actions
  const wanted = actions.join()
  const role = google.roles.find(({ permissions }) => permissions.join() === wanted)
  if (role === undefined) throw new Error(`the plan has no role for ${wanted}`)
  return [roleName(project, role.name)]
}
