import { CloudFormationClient, ContinueUpdateRollbackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'
import { describeStack } from '../deployed.ts'
import { stackEvents } from './stack-events.ts'
import { isReason, type OnProgress, type ResourceFailure, StackFailure } from './stack-progress.ts'

/** What is done to stacks beside deploying them. */
export interface StackWork {
  /** Deletes a stack and waits until it is gone. Throws a `StackFailure`. */
  remove(stack: string): Promise<void>
  /** Goes on with a roll back that failed, leaving out the resources named, and waits for its end. */
  continueRollback(stack: string, skip?: readonly string[]): Promise<void>
  /** Waits until nothing happens to a stack, and answers its state; nothing if it is gone. */
  settled(stack: string): Promise<string | undefined>
}

export interface Waiting {
  readonly signal?: AbortSignal
  /** Milliseconds between two looks. */
  readonly every?: number
}

/**
 * Works on stacks with the role that deployed them: the bootstrap stack's deploy role, as the CDK does. Where it may not
 * be assumed, with the caller's own rights.
 */
export function stackWork(account: Account, onProgress: OnProgress, { signal, every = 2000 }: Waiting = {}): StackWork {
  const pause = () => sleep(every, signal)

  const settled = async (stack: string): Promise<string | undefined> => {
    for (;;) {
      const status = (await describeStack(stack, account))?.StackStatus
      if (status === undefined || !isInProgress(status)) return status
      await pause()
    }
  }

  /** Begins something, and tells what happens until it is over. */
  const follow = async (stack: string, isDone: (status: string | undefined) => boolean, begin: Begin) => {
    const found = await describeStack(stack, account)
    if (found === undefined) return
    const id = found.StackId ?? stack
    const client = await deployRole(account)
    const failures: ResourceFailure[] = []
    try {
      const news = stackEvents(client, id)
      await news()
      await begin(client)
      onProgress({ kind: 'stack', stack, did: 'started' })
      let done = 0
      for (;;) {
        for (const event of await news()) {
          if (event.LogicalResourceId === stack) continue
          const { LogicalResourceId: logicalId = '', ResourceType: type = '', ResourceStatus: status = '' } = event
          if (status.endsWith('_COMPLETE')) done++
          if (isReason(status, event.ResourceStatusReason)) {
            failures.push({ stack, logicalId, type, status, reason: event.ResourceStatusReason })
          }
          onProgress({ kind: 'resource', stack, logicalId, type, status, done })
        }
        const now = (await describeStack(stack, account))?.StackStatus
        if (now === undefined || !isInProgress(now)) {
          if (!isDone(now)) throw new StackFailure(`${stack}: ${now ?? 'gone'}`, failures)
          onProgress({ kind: 'stack', stack, did: 'done' })
          return
        }
        await pause()
      }
    } catch (error) {
      throw awsFailure(error) ?? error
    } finally {
      client.destroy()
    }
  }

  return {
    settled,
    remove: (stack) =>
      follow(
        stack,
        (status) => status === undefined,
        (client) => client.send(new DeleteStackCommand({ StackName: stack })),
      ),
    continueRollback: (stack, skip = []) =>
      follow(
        stack,
        (status) => status === 'UPDATE_ROLLBACK_COMPLETE',
        (client) => client.send(new ContinueUpdateRollbackCommand({ StackName: stack, ResourcesToSkip: [...skip] })),
      ),
  }
}

type Begin = (client: CloudFormationClient) => Promise<unknown>

/** Whether CloudFormation is at work on a stack. One that waits for the review of a change set is not. */
export const isInProgress = (status: string): boolean =>
  status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS'

async function deployRole(account: Account): Promise<CloudFormationClient> {
  const { account: id, region, partition } = account
  const sts = new STSClient(account)
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:${partition}:iam::${id}:role/cdk-hnb659fds-deploy-role-${id}-${region}`,
        RoleSessionName: 'al',
      }),
    )
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {}
    if (AccessKeyId === undefined || SecretAccessKey === undefined) return new CloudFormationClient(account)
    return new CloudFormationClient({
      region,
      credentials: {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        ...(SessionToken !== undefined && { sessionToken: SessionToken }),
      },
    })
  } catch (error) {
    const failure = awsFailure(error)
    if (failure?.reason === 'denied') return new CloudFormationClient(account)
    throw failure ?? error
  } finally {
    sts.destroy()
  }
}

/** Rejects with the signal's reason when it is aborted. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
