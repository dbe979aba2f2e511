/**
 * What a run is made of. A run decides in which order these come and when they end; each of them knows one thing. Loading takes a
 * while, so it is begun while the run is still being claimed.
 */
export async function loadParts() {
  const [{ loadCredentials }, { agentEnvironment }, { runPreflight }, { runSession }, prompt] = await Promise.all([
    import('./credentials/load.ts'),
    import('./credentials/agent-environment.ts'),
    import('./preflight/run-preflight.ts'),
    import('./session/session.ts'),
    import('../../core/prompt/prompt.ts'),
  ])
  // Node loads `fetch` when it is first used, which takes as long as a claim on this machine. Every model client uses it.
  new Headers()
  const { systemPrompt, userPrompt } = prompt
  return { loadCredentials, agentEnvironment, runPreflight, runSession, systemPrompt, userPrompt }
}

export type Parts = Awaited<ReturnType<typeof loadParts>>
