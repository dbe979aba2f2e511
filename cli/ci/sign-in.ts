/** How a job signs in to a cloud: an action, and what it is told. */
export interface SignIn {
  readonly uses: string
  readonly with: Readonly<Record<string, string>>
}

/** What a workflow is told about its cloud. */
export interface WorkflowCloud {
  /** Variables of all jobs. */
  readonly env: Readonly<Record<string, string>>
  /** The directory that compiling writes. */
  readonly compiled: string
  /** Images are built on the runner, which has to be of the kind they are for. */
  readonly architecture: 'x86_64' | 'arm64'
  readonly signIn: { readonly deploy: SignIn; readonly diff: SignIn }
}

/** What the command line says about identities. */
export interface IdentityFlags {
  readonly account?: string
  readonly roleArn?: string
  readonly diffRoleArn?: string
}

/** A cloud of workflows, and what is left to do. */
export interface CiCloud {
  readonly cloud: WorkflowCloud
  /** For scripts: who is signed in as. */
  readonly identities: Readonly<Record<string, string>>
  /** Variables of the repository that somebody has to fill, and with what. */
  readonly variables: readonly string[]
  readonly filledWith: string
  /** Packages of npm that deploying there needs beside al. */
  readonly tools: readonly string[]
  /** Those of them that a lock file with al has not. */
  readonly besideLockFile: readonly string[]
}

/** An expression of GitHub Actions. Such a thing never stands in a script, where what it becomes would be run. */
export const expression = (text: string): string => `\${{ ${text} }}`
