import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Account } from './account.ts'
import { awsFailure } from './aws-failure.ts'

/** One event of a log group, as CloudWatch Logs keeps it. */
export interface LogEvent {
  /** Never that of another event; of one without an id, what it says stands for it. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly time: number
  /** Name of the log stream: the events of one container, one after the other. */
  readonly stream: string
  readonly text: string
}

export interface LogRange {
  readonly group: string
  /** Absent: all of them. */
  readonly stream?: string
  /** Epoch milliseconds, inclusive. */
  readonly from: number
  /** The same; absent: whatever is there. */
  readonly to?: number
}

/** Reads log groups. A group or stream that is not there has no events. Throws an `AwsFailure`. */
export type LogEvents = (range: LogRange) => AsyncIterable<LogEvent>

/** The log groups of an account, by time. */
export function logEvents(
  account: Pick<Account, 'region' | 'credentials'>,
  client: Pick<CloudWatchLogsClient, 'send'> = new CloudWatchLogsClient(account),
): LogEvents {
  return async function* ({ group, stream, from, to }) {
    let nextToken: string | undefined
    do {
      const command: FilterLogEventsCommand = new FilterLogEventsCommand({
        logGroupName: group,
        ...(stream !== undefined && { logStreamNames: [stream] }),
        startTime: Math.max(0, from),
        endTime: to,
        nextToken,
      })
      const page = await send(client, command)
      for (const { eventId, timestamp, message: text = '', logStreamName: name = '' } of page?.events ?? []) {
        if (timestamp === undefined) continue
        yield { id: eventId ?? `${name} ${timestamp} ${text}`, time: timestamp, stream: name, text }
      }
      // A page without events may have another one behind it.
      nextToken = page?.nextToken
    } while (nextToken !== undefined)
  }
}

async function send(
  client: Pick<CloudWatchLogsClient, 'send'>,
  command: FilterLogEventsCommand,
): Promise<FilterLogEventsCommandOutput | undefined> {
  try {
    return await client.send(command)
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw awsFailure(error) ?? error
  }
}
