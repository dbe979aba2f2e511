import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { LogsLocation } from '@aws-sdk/client-codebuild'

const shown = 30
const longestLine = 500

/** What CodeBuild puts before its own words. */
const stamp = /^\[Container\] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)? /

/** The last lines that a build printed, oldest first; a word on why there are none. */
export async function lastLines(
  client: Pick<CloudWatchLogsClient, 'send'>,
  { groupName, streamName }: LogsLocation = {},
): Promise<string> {
  if (groupName === undefined || streamName === undefined) return ''
  try {
    const { events = [] } = await client.send(
      new GetLogEventsCommand({ logGroupName: groupName, logStreamName: streamName, limit: 100, startFromHead: false }),
    )
    return events
      .flatMap(({ message = '' }) => message.split('\n'))
      .map((line) =>
        line
          .slice(line.lastIndexOf('\r') + 1)
          .trimEnd()
          .replace(stamp, ''),
      )
      .filter((line) => line !== '')
      .slice(-shown)
      .map((line) => line.slice(0, longestLine))
      .join('\n')
  } catch (error) {
    return `(its log ${groupName}/${streamName} cannot be read: ${(error as Error).message})`
  }
}
