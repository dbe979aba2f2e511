import type { Script } from '../scripted-model/script.ts'

const shell = (text: string, command: string) => ({
  text,
  tools: [{ name: 'bash', input: { command } }],
  usage: { input: 1800, output: 90, cacheRead: 1200 },
})
const lock = "'github issue acme/app#42'"

/** What the model says in the demo. An agent is known by its parameters, which stand in its first message. */
export const scripts: Readonly<Record<string, Script>> = {
  again: {
    prompt: 'This is rerun 1',
    turns: [
      shell('What is left fits in this run.', 'al-status "all failures are filed"'),
      { text: 'Nothing is left.' },
    ],
  },
  devops: {
    prompt: '"opsLabel"',
    turns: [
      shell('Two failures; I file the first one, and ask for another run.', 'al-status "filing 1 of 2" && al-rerun'),
      { text: 'One is filed.' },
    ],
  },
  reviewer: {
    prompt: '"agentBranchPrefix"',
    turns: [
      shell('I read the change.', 'gh pr diff 43 --repo acme/app'),
      shell('It is right, and tested.', `al-return '{"verdict":"approve","summary":"small and tested"}'`),
      { text: 'Approved.' },
    ],
  },
  dev: {
    prompt: '"reviewLabel"',
    turns: [
      shell('I take the issue, so that nobody else works on it.', `rlock ${lock} && gh issue view 42 --repo acme/app`),
      shell(
        'The change is pushed. I ask the reviewer, and wait for the answer.',
        `id=$(printf '{"pr":"https://github.com/acme/app/pull/43"}' | al-call reviewer | sed 's/.*"callId":"\\([^"]*\\)".*/\\1/') && al-wait "$id" --timeout 30`,
      ),
      shell('Approved. I give the lock back.', `runlock ${lock} && al-return 'pull request 43 is approved'`),
      { text: 'acme/app#42 has a pull request that is reviewed.' },
    ],
  },
}
