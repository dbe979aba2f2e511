import type { Plan } from '../../core/plan/schema.ts'
import type { OpenCloud } from '../deploy/open-cloud.ts'
import { CloudError } from '../errors.ts'

export async function openGoogleCloud({ project }: Plan): Promise<OpenCloud> {
  throw new CloudError(`al cannot speak to what runs on Google Cloud yet, and that is where ${project} belongs`)
}
