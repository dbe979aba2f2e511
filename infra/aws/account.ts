import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { AwsFailure, awsFailure } from './aws-failure.ts'

/** An account that can be asked: what every client of an AWS service is made with (`new XClient(account)`). */
export interface Account {
  /** Twelve digits. */
  readonly account: string
  readonly region: string
  readonly credentials: Credentials
  /** How often a request is sent before it counts as failed; absent: three times. */
  readonly maxAttempts?: number
  /** Who asks, as an ARN. */
  readonly caller: string
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string
}

type Credentials = STSClient['config']['credentials']

export interface AccountRequest {
  /** Default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region. */
  readonly region?: string
  /** The account it has to be; absent, any. */
  readonly account?: string
}

/** Everybody in an account together may ask a few times a second, and a deploy has time to wait for its turn. */
const patience = 8

/**
 * The account that the default credential chain leads to, asked for once. Throws an `AwsFailure` in plain words:
 * `credentials` when there are none, they have expired or are of another account, `configuration` when no region is
 * known, `network` when nobody answers.
 */
export async function openAccount(
  request: AccountRequest = {},
  client = (region: string | undefined) => new STSClient(region === undefined ? {} : { region }),
): Promise<Account> {
  const sts = client(request.region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined))
  try {
    const region = await regionOf(sts)
    const { Account: account = '', Arn: caller = '' } = await sts.send(new GetCallerIdentityCommand({}))
    if (request.account !== undefined && request.account !== account) {
      throw new AwsFailure(
        'credentials',
        `the project belongs to account ${request.account}, and the credentials at hand to ${account}: use a profile of ${request.account} (AWS_PROFILE)`,
      )
    }
    const partition = caller.split(':')[1] || 'aws'
    return { account, region, caller, partition, credentials: sts.config.credentials, maxAttempts: patience }
  } catch (error) {
    throw awsFailure(error) ?? error
  } finally {
    sts.destroy()
  }
}

async function regionOf(sts: STSClient): Promise<string> {
  try {
    return await sts.config.region()
  } catch {
    throw new AwsFailure(
      'configuration',
      'no region: `al setup cloud` writes [cloud] with awsRegion into config.toml; or set AWS_REGION in the environment',
    )
  }
}
