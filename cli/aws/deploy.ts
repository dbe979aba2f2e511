import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, openAccount } from '../../infra/aws/account.ts'
import { type Assembly, temporaryAssembly } from '../../infra/aws/deploy/assembly.ts'
import { bootstrapVersion } from '../../infra/aws/deploy/bootstrap-version.ts'
import { type Change, changeOf, type StandingStack } from '../../infra/aws/deploy/change.ts'
import { phasesOf } from '../../infra/aws/deploy/phases.ts'
import { concurrentFunctions } from '../../infra/aws/deploy/quotas.ts'
import type { OnProgress } from '../../infra/aws/deploy/stack-progress.ts'
import { type StackWork, stackWork } from '../../infra/aws/deploy/stack-work.ts'
import { changedSince, standingStacks, standingStates } from '../../infra/aws/deploy/standing.ts'
import { placesIn } from '../../infra/aws/deploy/template.ts'
import { type Deployer, loadToolkit, openDeployer } from '../../infra/aws/deploy/toolkit.ts'
import type { Choice } from '../../infra/images/choose-builder.ts'
import type { Deployment } from '../commands/deploy.ts'
import { imageBuilder } from '../deploy/building-images.ts'
import { checkSecrets } from '../deploy/check-secrets.ts'
import { throughGateway } from '../deploy/deployed-gateway.ts'
import { drainAgents, resumeAgents } from '../deploy/drain.ts'
import type { OpenCloud } from '../deploy/open-cloud.ts'
import { showDeployed } from '../deploy/show-deployed.ts'
import { CloudError, exitCodes, UserError } from '../errors.ts'
import { quotaWarnings } from './check-quotas.ts'
import { explained } from './explained.ts'
import { agentsLosingTheirRuns } from './losing-runs.ts'
import { openAws } from './open-cloud.ts'
import { type Published, publishProjectImages, removeOldImages } from './publish-images.ts'
import { recoverStacks, waitForOthers } from './recover.ts'
import { showChange } from './show-change.ts'
import { namesIn, showProgress } from './show-progress.ts'

/** Deploys a project to AWS: compares, shows the change, asks, and makes it. Throws a `UserError`. */
export async function deployToAws({ options, plan, ui, ask, interruption }: Deployment): Promise<void> {
  const begun = Date.now()
  let assembly: Assembly | undefined
  try {
    const account = await interruption.unless(openAccount(plan.target))
    const cloud = await openAws(plan, account)
    ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) in ${cloud.where}` })
    assembly = await temporaryAssembly(plan, options.project)
    await deployAssembly({ options, plan, account, cloud, assembly, interruption, ask, ui, begun })
  } finally {
    assembly?.remove()
  }
}

interface Work extends Deployment {
  readonly account: Account
  readonly cloud: OpenCloud
  readonly assembly: Assembly
  /** Epoch milliseconds. */
  readonly begun: number
}

async function deployAssembly(work: Work): Promise<void> {
  const { options, plan, account, cloud, assembly, interruption, ask, ui } = work
  const states = await interruption.unless(standingStates(plan, account))
  if (options.dryRun !== true) {
    await waitForOthers(
      states,
      stackWork(account, () => undefined, { signal: interruption.signal }),
      ui,
    )
  }
  const standing = await interruption.unless(standingStacks(plan, account))
  const change = changeOf(assembly.templates, standing)
  const bootstrapped = await interruption.unless(bootstrapVersion(assembly.bootstrap.parameter, account))
  showChange(change, plan, ui, { brief: true })

  const concurrency = change.any ? await interruption.unless(concurrentFunctions(account)) : undefined
  if (concurrency !== undefined) {
    for (const text of quotaWarnings(plan, concurrency)) ui.emit({ kind: 'warning', text })
  }
  const secrets = await interruption.unless(checkSecrets(plan, cloud.secrets, ui))
  if (options.dryRun === true) return await showDeployed(work, change, { deployed: false })
  if (!change.any && secrets.absent === 0) {
    await secrets.push()
    return await showDeployed(work, change, { deployed: true })
  }

  const [builder] = await interruption.unless(Promise.all([imageBuilder(plan), loadToolkit()]))
  const needsBootstrap = bootstrapped === undefined || bootstrapped < assembly.bootstrap.version
  const isHarmless = !change.resources.some(({ kind }) => kind === 'remove' || kind === 'replace')
  if (needsBootstrap) {
    const what = bootstrapped === undefined ? 'not bootstrapped' : 'bootstrapped by an older version'
    ui.emit({ kind: 'text', text: '' })
    ui.emit({
      kind: 'text',
      text: `the account is ${what} for the CDK in ${account.region}: a stack CDKToolkit comes first, with a bucket, an image repository and five roles. CloudFormation acts as one of them, with every right in the account`,
    })
  }
  ui.emit({ kind: 'text', text: '' })
  const question = `${needsBootstrap ? 'Bootstrap and deploy' : 'Deploy'} to account ${account.account}, ${account.region}?`
  if (!(await ask.confirm({ text: question, flag: '--yes', initial: isHarmless }))) {
    throw new UserError('nothing was deployed', exitCodes.failure)
  }
  const moved = await interruption.unless(changedSince(standing, plan, account))
  if (moved.length > 0) {
    const text = `nothing was deployed: ${moved.join(', ')} changed since then, so this would not be the deploy that was shown`
    throw new CloudError(`${text}; run \`al deploy\` again`)
  }
  await secrets.push()
  await apply({ ...work, builder }, change, standing, needsBootstrap)
  await showDeployed(work, change, { deployed: true })
}

const inTheCloud = 'CloudFormation ends what it has begun by itself; `al deploy` waits for that and goes on from there'

/** Everything that changes something, in order. Each step may be repeated by the next deploy. */
async function apply(
  work: Work & { readonly builder: Choice | undefined },
  change: Change,
  standing: ReadonlyMap<string, StandingStack>,
  needsBootstrap: boolean,
): Promise<void> {
  const { plan, account, assembly, builder, interruption, ask, ui } = work
  const { signal } = interruption
  const nameOf = namesIn(placesIn, assembly.templates)
  const onProgress: OnProgress = showProgress(plan, nameOf, ui)
  const deployer = await openDeployer(account, (progress) => {
    if (!signal.aborted) onProgress(progress)
  })
  const stacks = stackWork(account, onProgress, { signal })
  const during = <T>(what: () => Promise<T>) => interruption.unless(explained(nameOf, what))

  if (needsBootstrap) {
    interruption.stage(`the bootstrap stack was begun. ${inTheCloud}`)
    await during(() => deployer.bootstrap())
  }
  interruption.stage(`what an earlier deploy left is being repaired. ${inTheCloud}`)
  const states = new Map([...standing].map(([name, { status }]) => [name, status]))
  await during(() => recoverStacks(states, stacks, ask, ui))

  const toDeploy = change.stacks.filter(({ kind }) => kind === 'create' || kind === 'update')
  const isForAgents = toDeploy.some(({ stack }) => stack !== plan.names.stack)
  const images = once(builder === undefined || !isForAgents ? undefined : () => publish(work, builder))
  const losing = agentsLosingTheirRuns(change)
  interruption.stage('no stack was changed')
  // A build that fails has changed nothing then.
  if (builder !== undefined && canBuildNow(builder, standing.get(plan.names.stack))) await images()
  const drained = losing.length === 0 ? undefined : await drain(work, losing)
  let published: Published | undefined
  try {
    published = await applyStacks(work, change, { toDeploy, images, deployer, stacks, during })
  } finally {
    if (drained !== undefined) await resumeAgents(drained.paused, drained.gateway, ui)
  }
  interruption.stage('everything is deployed; old images were not removed')
  if (published !== undefined) await interruption.unless(removeOldImages(plan, account, published, ui))
}

const once = <T>(work: (() => Promise<T>) | undefined): (() => Promise<T | undefined>) => {
  let done: Promise<T> | undefined
  return async () => {
    done ??= work?.()
    return await done
  }
}

/** CodeBuild's project is part of the control plane: before the first deploy there is nothing to build with. */
const canBuildNow = ({ builder }: Choice, control: StandingStack | undefined): boolean =>
  builder === 'docker' ||
  Object.values(control?.template?.Resources ?? {}).some(({ Type }) => Type === 'AWS::CodeBuild::Project')

/** Waits for it, since it cancels its builds before it ends. */
const publish = ({ options, plan, account, assembly, interruption, ui }: Work, builder: Choice): Promise<Published> =>
  publishProjectImages({
    plan,
    account,
    directory: options.project,
    builder,
    named: assembly.imageTags,
    ui,
    signal: interruption.signal,
  })

interface Tools {
  readonly toDeploy: Change['stacks']
  /** Brings images that are missing into the registry, if that has not been done; answers where they are, if any were asked for. */
  readonly images: () => Promise<Published | undefined>
  readonly deployer: Deployer
  readonly stacks: StackWork
  readonly during: <T>(what: () => Promise<T>) => Promise<T>
}

/** The control plane, the images that could not be built before, then the agents. Returns where the images are. */
async function applyStacks(
  { plan, assembly, interruption }: Work,
  change: Change,
  { toDeploy, images, deployer, stacks, during }: Tools,
): Promise<Published | undefined> {
  const control = toDeploy.find(({ stack }) => stack === plan.names.stack)
  if (control !== undefined) {
    interruption.stage(`the control plane was begun, agents were not. ${inTheCloud}`)
    await during(() =>
      // The table is kept when its stack is deleted or could not be made: it is taken back in.
      deployer.deploy(assembly.directory, [control.stack], { importExisting: control.kind === 'create' }),
    )
  }
  interruption.stage('the control plane is deployed, agents are not: `al deploy` goes on from there')
  const published = await images()
  for (const phase of phasesOf(change, plan.names.stack)) {
    interruption.stage(`the control plane is deployed, agents were begun. ${inTheCloud}`)
    if (phase.deploy.length > 0) await during(() => deployer.deploy(assembly.directory, phase.deploy))
    for (const stack of phase.remove) await during(() => stacks.remove(stack))
  }
  return published
}

const drain = (work: Work, agents: readonly string[]) =>
  throughGateway(work, `runs of ${agents.join(', ')} are not waited for`, async (gateway) => {
    const { options, interruption, ui } = work
    const pause = (ms: number) => sleep(ms, undefined, { signal: interruption.signal })
    return { gateway, paused: await drainAgents({ agents, gateway, now: options.now === true, ui, pause }) }
  })
