import { Function as CloudFunction } from '@pulumi/gcp/cloudfunctionsv2/function.js'
import { ServiceIamMember } from '@pulumi/gcp/cloudrunv2/serviceIamMember.js'
import { BucketObject } from '@pulumi/gcp/storage/bucketObject.js'
import { FileArchive } from '@pulumi/pulumi/asset/archive.js'
import type { Resource } from '@pulumi/pulumi/resource.js'
import { serviceMemoryMiB } from '../../../core/plan/targets/service-memory.ts'
import type { Site } from '../site.ts'
import { addIdentity } from './identity.ts'

/** The control plane: one function from a zip, which anybody may call; each route asks for what it needs itself. */
export function addGateway(site: Site): Resource {
  const { plan, google, project, region, inputs, made, emailOf, gatewayUrl } = site
  const { gateway: name } = plan.names
  const { account } = addIdentity(site, 'gateway', {
    account: google.accounts.gateway,
    description: `Control plane of ${plan.project} (${plan.environment})`.slice(0, 100),
    permissions: plan.gateway.permissions,
  })
  const builder = addIdentity(site, 'builder', {
    account: google.accounts.builder,
    description: `Builds for ${plan.project} (${plan.environment})`.slice(0, 100),
    permissions: plan.builder?.permissions ?? [],
  })
  const bucket = made.get(`projects/_/buckets/${google.bucket}`)
  const code = new BucketObject(
    'gateway-code',
    { bucket: google.bucket, name: `gateway-${inputs.code.hash}.zip`, source: new FileArchive(inputs.code.directory) },
    bucket && { dependsOn: bucket },
  )
  const service = new CloudFunction(
    'gateway',
    {
      project,
      location: region,
      name,
      description: `Control plane of ${plan.project} (${plan.environment})`,
      labels: google.labels,
      buildConfig: {
        runtime: 'nodejs24',
        entryPoint: 'gateway',
        serviceAccount: builder.account.name,
        dockerRepository: google.functionRepository,
        source: { storageSource: { bucket: google.bucket, object: code.name } },
      },
      serviceConfig: {
        ...sizes,
        serviceAccountEmail: account.email,
        environmentVariables: {
          AL_PROJECT: project,
          AL_REGION: region,
          AL_GATEWAY_URL: gatewayUrl,
          AL_SCHEDULER_ACCOUNT: emailOf(google.accounts.caller),
        },
      },
    },
    { dependsOn: [...builder.grants] },
  )
  // Cloud Run could be told not to ask for a right at all, which a policy of the organization on members does not forbid; but a
  // function has no such setting, and its service belongs to it: the next build may put back what was changed there.
  // Source: https://github.com/hashicorp/terraform-provider-google/issues/23360
  new ServiceIamMember(
    'gateway-open',
    { project, location: region, name, role: 'roles/run.invoker', member: 'allUsers' },
    { dependsOn: service },
  )
  return service
}

/**
 * A request ends after 30 s on every host. An instance takes several at once, which needs a whole processor; the largest
 * body is 4 MiB.
 */
const sizes = {
  availableMemory: `${serviceMemoryMiB}M`,
  availableCpu: '1',
  timeoutSeconds: 60,
  minInstanceCount: 0,
  maxInstanceCount: 40,
  maxInstanceRequestConcurrency: 20,
  ingressSettings: 'ALLOW_ALL',
  allTrafficOnLatestRevision: true,
} as const
