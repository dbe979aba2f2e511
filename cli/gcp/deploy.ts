import type { Deployment } from '../commands/deploy.ts'
import { CloudError } from '../errors.ts'

export async function deployToGoogle({ plan }: Deployment): Promise<void> {
  throw new CloudError(`${plan.project} is for Google Cloud, which al cannot deploy to yet`)
}
