import { lambdaLimits } from '../../core/plan/targets/aws-sizes.ts'
import { defaults } from './defaults.ts'
import type { Meanings } from './keys.ts'

const { project, agent, target, local, lambda } = defaults()

const unused = (why: string) => `accepted and not used: ${why}`
const ofOwnServer = unused('there is no server of your own')

/** Of 0.13, or of a default: whatever stands here is checked against the schemas when the pages are made. */
export const configMeanings: Meanings = {
  projectName: { meaning: 'part of every name in a cloud', default: "the directory's name" },
  timezone: { meaning: 'of schedules, unless an agent names its own', default: project.timezone },
  maxReruns: { meaning: 'how often a chain of `al-rerun` may go on', default: `${project.maxReruns}` },
  maxCallDepth: { meaning: 'how deep calls between agents may go', default: `${project.maxCallDepth}` },
  maxTriggerDepth: 'the old name of `maxCallDepth`',
  workQueueSize: { meaning: 'how many runs of an agent may wait', default: `${project.workQueueSize}` },
  webhookQueueSize: 'the old name of `workQueueSize`',
  scale: { meaning: 'runs of all agents at once', default: 'no limit' },
}

export const overlayMeanings: Meanings = {
  environment: 'the environment of this checkout, when neither `-E` nor `AL_ENV` names one; `al env set` writes it',
}

export const modelMeanings: Meanings = {
  provider:
    'whose model; its key is the credential of the same name (`anthropic_key`), none for `bedrock` and `vertex`',
  model: 'the id that the provider gives it',
  authType: 'of Action Llama; how to log in is seen from the credential. `pi_auth` is refused',
  thinkingLevel: {
    meaning: 'how much it thinks before it answers; the nearest level that the model has',
    default: 'off',
  },
  baseUrl: 'another address than that of the provider; `custom` needs it',
  api: 'the protocol that is spoken there; `custom` needs it',
  headers: 'sent with each request; `${custom_key:house}` stands for a credential',
  contextWindow: { meaning: 'tokens of a conversation, before its older part is summarized', default: 'of the model' },
  maxTokens: { meaning: 'tokens of one answer', default: 'of the model' },
}

export const limitMeanings: Meanings = {
  maxCostPerRun: 'of one run. In `config.toml`: for each agent that does not say',
  maxCostPerDay: 'of a day (UTC): in `config.toml` of all agents together, in `agent-config.toml` of that agent',
  maxRunsPerDay: 'the same of runs',
  maxTurns: 'turns of the model in one run. In `config.toml`: for each agent that does not say',
}

export const localMeanings: Meanings = {
  image: 'another base image, on your machine only',
  memory: {
    meaning: `of a run, here and in a cloud; on Lambda, unless it is set, ${lambda?.memoryMiB} MiB`,
    default: `${local?.memoryMiB}`,
  },
  cpus: { meaning: 'of a run, here and in a cloud; on Lambda they come with memory', default: `${local?.vcpus}` },
  timeout: { meaning: 'of a run, for agents that do not say', default: `${agent.timeout}` },
  runtime: {
    meaning: 'how `al start` runs agents: in containers, or as processes without isolation',
    default: project.local.runtime,
  },
  enabled: unused('agents always run'),
}

export const gatewayMeanings: Meanings = {
  port: { meaning: 'where `al start` listens', default: `${project.gateway.port}` },
  lockTimeout: { meaning: 'of a lock without `--ttl`', default: `${project.gateway.lockTimeout}` },
  url: unused('the address of what is deployed is looked up there'),
}

export const sourceMeanings: Meanings = {
  type: 'who sends',
  credential: 'which secret signs: instance `acme` of `github_webhook_secret`, for example',
  allowUnsigned: { meaning: 'accept deliveries that nobody has signed', default: 'false' },
}

export const telemetryMeanings: Meanings = {
  enabled: { meaning: 'whether traces are sent', default: `${project.telemetry.enabled}` },
  provider: { meaning: '`otel`: by OTLP over HTTP; `xray` sends nothing', default: 'otel, if enabled' },
  endpoint: 'of the collector; `/v1/traces` is added',
  serviceName: { meaning: 'what the traces are called', default: project.telemetry.serviceName },
  headers: 'sent with each export; `${custom_key:otel}` stands for a credential',
  samplingRate: { meaning: 'the share of traces that are sent', default: '1' },
}

const cloudMeanings = {
  architecture: { meaning: 'of agents; Cloud Run has `x86_64` only', default: target.architecture },
  disposable: { meaning: 'delete the state of runs together with the stack', default: `${target.disposable}` },
}

export const ecsMeanings: Meanings = {
  provider: 'AWS',
  ...cloudMeanings,
  shards: {
    meaning: 'stacks that agents are spread over; needed from about 100 agents on',
    default: `${target.shards}`,
  },
  awsRegion: 'where everything runs',
  ecsCluster: { meaning: 'an own cluster for Fargate tasks', default: 'one is made' },
  ecrRepository: { meaning: 'an own repository for images', default: 'that of the bootstrap stack' },
  subnets: { meaning: 'of Fargate tasks', default: 'a network is made' },
  securityGroups: 'of Fargate tasks in `subnets`',
  lambdaSubnets: { meaning: 'of functions', default: 'none: straight to the internet' },
  lambdaSecurityGroups: { meaning: 'of functions in `lambdaSubnets`', default: '`securityGroups`' },
  awsSecretPrefix: { meaning: 'what names of secrets begin with', default: 'action-llama' },
  secretStore: {
    meaning: 'Secrets Manager, or Parameter Store, which costs nothing at rest',
    default: 'secrets-manager',
  },
  build: { meaning: 'what builds images for a deploy', default: target.build },
  logRetentionDays: { meaning: 'how long logs are kept', default: `${target.logRetentionDays}` },
  alarmEmail: 'who is told of dead letters and failed runs',
  dashboard: { meaning: 'a CloudWatch dashboard, and the metrics it shows', default: `${target.dashboard}` },
  executionRoleArn: unused('each agent has a role of its own'),
  taskRoleArn: unused('each agent has a role of its own'),
  lambdaRoleArn: unused('each agent has a role of its own'),
  appRunnerInstanceRoleArn: unused('there is no scheduler service'),
  appRunnerAccessRoleArn: unused('there is no scheduler service'),
  schedulerCpu: unused('there is no scheduler service'),
  schedulerMemory: unused('there is no scheduler service'),
  buildBucket: unused('images go through the bootstrap stack'),
}

export const cloudRunMeanings: Meanings = {
  provider: 'Google Cloud',
  ...cloudMeanings,
  shards: unused('nothing limits how many resources a deploy has'),
  gcpProject: 'the Google Cloud project',
  region: 'where everything runs',
  artifactRegistry: { meaning: 'an own repository for images', default: 'one is made' },
  serviceAccount: unused('each agent has a service account of its own'),
  secretPrefix: { meaning: 'what names of secrets begin with', default: 'action-llama' },
  schedulerCpu: unused('there is no scheduler service'),
  schedulerMemory: unused('there is no scheduler service'),
}

export const serverMeanings: Meanings = Object.fromEntries(
  [
    ...['host', 'user', 'port', 'keyPath', 'basePath', 'provider', 'vultrInstanceId', 'vultrRegion', 'hetznerServerId'],
    ...['hetznerLocation', 'cloudflareZoneId', 'cloudflareDnsRecordId', 'cloudflareHostname'],
  ].map((key) => [key, ofOwnServer]),
)

export const agentMeanings: Meanings = {
  name: 'accepted; the name of the directory counts',
  credentials: { meaning: 'what its tools may use; the key of the model is not listed here', default: 'none' },
  schedule: 'when it starts, to the minute',
  misfire: {
    meaning: 'after downtime: `skip` missed minutes, or start `once` for all of them',
    default: agent.schedule?.misfire ?? 'skip',
  },
  timezone: { meaning: 'of its schedule', default: 'that of the project' },
  model: {
    meaning: 'its own model, whole: nothing is taken over from the one of the project',
    default: 'that of the project',
  },
  params: { meaning: 'anything its instructions refer to; it reads them in `<agent-config>`', default: 'empty' },
  scale: { meaning: 'its runs at once; 0 parks it', default: `${agent.scale}` },
  timeout: {
    meaning: `how long a run may take; on AWS, up to ${lambdaLimits.seconds} is a Lambda function, more a Fargate task`,
    default: '`timeout` of [local]',
  },
}

export const triggerMeanings: Meanings = {
  source: 'a source of `[webhooks]` in `config.toml`',
  events: 'what has happened: `issues`, `pull_request`',
  actions: 'what of it: `labeled`, `opened`',
  repos: '`owner/name`',
  org: 'the owner of the repository',
  orgs: 'any of these owners',
  organizations: 'ids of organizations',
  projects: 'names of projects',
  labels: 'at least one of these labels',
  assignee: 'who it is assigned to',
  author: 'who has opened it',
  branches: 'of pushes, pull requests and workflows; an event without a branch passes',
  conclusions: 'of workflows: `success`, `failure`; an event without one passes',
  resources: 'what has happened, in the words of Sentry: `event_alert`, `issue`',
}

export const preflightMeanings: Meanings = {
  provider: 'the kind of step',
  required: { meaning: 'whether the run fails when the step does', default: 'true' },
  params: 'see below; `${NAME}` stands for a variable of the environment',
}

export const preflightParamMeanings = {
  shell: {
    command: 'run by `sh -c`',
    output: 'where what it prints goes; else into the log',
  },
  http: {
    url: 'what is fetched; an answer other than 2xx is a failure',
    output: 'where the answer goes',
    method: { meaning: 'of the request', default: 'GET' },
    headers: 'of the request',
    body: 'of the request',
  },
  'git-clone': {
    repo: '`owner/name` is cloned from GitHub over SSH',
    dest: 'where to',
    branch: { meaning: 'which one', default: "the repository's own" },
    depth: { meaning: 'how many commits', default: 'all' },
  },
} as const satisfies Readonly<Record<string, Meanings>>
