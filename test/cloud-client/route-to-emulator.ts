/**
 * Preloaded into a process under test: what it sends to the address of a deployed HTTP API arrives at the emulator, which serves
 * all APIs at one port. It stands for the name service; the process believes to speak to AWS.
 */
const { AWS_ENDPOINT_URL: emulator } = process.env
const real = globalThis.fetch

export const emulated = (url: string, endpoint: string): string =>
  url.replace(/^https:\/\/([0-9a-z]+)\.execute-api\.[^/]+\.amazonaws\.com/, `${endpoint}/_aws/execute-api/$1/$default`)

if (emulator !== undefined) {
  globalThis.fetch = (input, init) => real(typeof input === 'string' ? emulated(input, emulator) : input, init)
}
