import { symlinkSync } from 'node:fs'
import { App, type AppProps, DefaultStackSynthesizer, FileAssetPackaging, type Stack } from 'aws-cdk-lib'
import type { Plan, PlannedAgent } from '../../core/plan/schema.ts'
import { imageContext } from '../images/context.ts'
import { platformOf } from '../images/platform.ts'
import { registryTag } from '../images/tag.ts'
import { type StagedAsset, stageAsset } from '../staged-asset.ts'
import { functionCode } from './function-code.ts'
import { AgentsStack } from './stacks/agents-stack.ts'
import { ControlStack, type FunctionCode } from './stacks/control-stack.ts'

/**
 * The CDK app of a plan: one stack for the control plane, one per shard that has agents. Nothing in it depends on the
 * machine, the directory or the time, so that the same plan gives the same bytes.
 */
export async function buildApp(plan: Plan, projectDirectory: string, props: AppProps = {}): Promise<App> {
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    ...props,
    context: {
      // Stack traces would put paths of this machine into the assembly's metadata.
      'aws:cdk:disable-creation-stack-traces': true,
      ...props.context,
    },
  })
  const stage = (tree: Parameters<typeof stageAsset>[1]) => stageAsset(app.outdir, tree, symlinkSync)

  const active = plan.agents.filter(({ compute }) => compute !== 'off')
  const code = await functionCode(plan)
  const functions = { gateway: stage(code.gateway), scheduler: stage(code.scheduler) }
  const images = new Map<string, StagedAsset>()
  for (const image of plan.images) images.set(image.key, stage(await imageContext(image, projectDirectory)))

  const { account, region } = plan.target
  const common = () => ({
    synthesizer: synthesizerOf(plan),
    env: { account, region },
    tags: { 'al:stack': plan.names.prefix },
  })
  const control = new ControlStack(app, plan.names.stack, {
    ...common(),
    description: `Action Llama: control plane of ${plan.project} (${plan.environment})`,
    plan,
    code: (stack) => ({
      gateway: codeAsset(stack, functions.gateway),
      scheduler: codeAsset(stack, functions.scheduler),
    }),
  })
  for (const [shard, agents] of byShard(active)) {
    const stack = new AgentsStack(app, `${plan.names.stack}-agents-${shard}`, {
      ...common(),
      description: `Action Llama: agents of ${plan.project} (${plan.environment}), shard ${shard} of ${plan.target.shards}`,
      plan,
      agents,
      imageUri: (self, key) => imageAsset(self, images.get(key), plan),
    })
    // Schedules are members of a group, and their role has to be there.
    stack.addStackDependency(control)
  }
  return app
}

function byShard(agents: readonly PlannedAgent[]): [number, PlannedAgent[]][] {
  const shards = new Map<number, PlannedAgent[]>()
  for (const agent of agents) {
    const members = shards.get(agent.shard)
    if (members === undefined) shards.set(agent.shard, [agent])
    else members.push(agent)
  }
  return [...shards].sort(([a], [b]) => a - b)
}

function synthesizerOf({ repository }: Plan): DefaultStackSynthesizer {
  if (repository === undefined) return new DefaultStackSynthesizer()
  return new DefaultStackSynthesizer({
    imageAssetsRepositoryName: repository.slice(repository.indexOf('/') + 1),
    // The bootstrap stack's role may push to its own repository only: images go out with the deployer's credentials.
    imageAssetPublishingRoleArn: '',
  })
}

function codeAsset(stack: Stack, { directory, hash }: StagedAsset): FunctionCode {
  const { bucketName, objectKey } = stack.synthesizer.addFileAsset({
    fileName: directory,
    packaging: FileAssetPackaging.ZIP_DIRECTORY,
    sourceHash: hash,
  })
  return { s3Bucket: bucketName, s3Key: objectKey }
}

function imageAsset(stack: Stack, asset: StagedAsset | undefined, plan: Plan): string {
  if (asset === undefined) throw new Error('the plan names an image that it does not describe')
  return stack.synthesizer.addDockerImageAsset({
    directoryName: asset.directory,
    sourceHash: registryTag(asset.hash, plan.target.architecture),
    platform: platformOf(plan),
  }).imageUri
}
