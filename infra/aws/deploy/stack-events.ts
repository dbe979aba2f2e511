import { type CloudFormationClient, DescribeStackEventsCommand, type StackEvent } from '@aws-sdk/client-cloudformation'

/**
 * What has happened to a stack since it was asked the last time, oldest first; at first, the last page of all that ever
 * has. A large stack does more between two looks than one page holds, and the reason of a failure may be on any.
 */
export function stackEvents(
  client: Pick<CloudFormationClient, 'send'>,
  stackId: string,
): () => Promise<readonly StackEvent[]> {
  const seen = new Set<string | undefined>()
  return async () => {
    const isFirst = seen.size === 0
    const found: StackEvent[] = []
    let NextToken: string | undefined
    for (;;) {
      const page = await client.send(new DescribeStackEventsCommand({ StackName: stackId, NextToken }))
      const events = page.StackEvents ?? []
      const news = events.filter(({ EventId }) => !seen.has(EventId))
      found.push(...news)
      NextToken = page.NextToken
      if (isFirst || NextToken === undefined || news.length < events.length) break
    }
    for (const { EventId } of found) seen.add(EventId)
    return found.reverse()
  }
}
