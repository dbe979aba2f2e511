import type { Script } from './script.ts'

/** What `serve.ts` plays unless it is given other scripts. */
export const scripts: Readonly<Record<string, Script>> = {
  default: {
    turns: [
      { text: 'I look around.', tools: [{ name: 'bash', input: { command: 'pwd; ls' } }] },
      { text: 'Nothing to do.' },
    ],
  },
  hello: { turns: [{ text: 'Hello.' }] },
  rerun: {
    turns: [
      { text: 'There is more to do.', tools: [{ name: 'bash', input: { command: 'al-rerun' } }] },
      { text: 'Done for now.' },
    ],
  },
  'rate-limited': { turns: [{ fail: 'rate_limit', times: 2, retryAfter: 1 }, { text: 'Patience helped.' }] },
  'wrong-key': { turns: [{ fail: 'auth' }] },
  'no-money': { turns: [{ fail: 'quota' }] },
}
