import { IAMCustomRole } from '@pulumi/gcp/projects/iamcustomRole.js'
import type { Site } from '../site.ts'

/**
 * The roles that Google has none of. One that was deleted can be made again by its name for seven days, and then not until
 * 37 days are over: IAM keeps the name.
 */
export function addRoles({ google, project, made }: Site): void {
  for (const { name, title, permissions } of google.roles) {
    const role = new IAMCustomRole(`role-${name}`, { project, roleId: name, title, permissions, stage: 'GA' })
    made.set(roleName(project, name), role)
  }
}

export const roleName = (project: string, id: string): string => `projects/${project}/roles/${id}`
