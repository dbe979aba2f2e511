import type { Destruction } from '../commands/destroy.ts'
import { CloudError } from '../errors.ts'

export async function destroyGoogle({ plan }: Destruction): Promise<void> {
  throw new CloudError(`${plan.project} is for Google Cloud, which al cannot deploy to yet`)
}
