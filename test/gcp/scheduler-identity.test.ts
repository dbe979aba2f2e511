import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { googleAddress } from '../../core/google-address.ts'
import { googleKeys } from '../../functions/gcp/google-keys.ts'
import { verifyScheduler } from '../../functions/gcp/scheduler-identity.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'
import { signer } from './signer.ts'

const identity = { audience: 'https://gateway.example', account: 'scheduler@p.iam.gserviceaccount.com' }
const google = signer('key-1')
const stranger = signer('key-1')
let fake: FakeGoogle
let clock = 0
let keys: ReturnType<typeof googleKeys>

beforeAll(async () => {
  fake = await fakeGoogle()
})
beforeEach(() => {
  clock = Date.now()
  fake.keys.splice(0, Number.POSITIVE_INFINITY, google.key)
  fake.calls.length = 0
  fake.state.keysDown = false
  fake.state.maxAge = 3600
  keys = googleKeys({ now: () => clock, addressOf: googleAddress(fake.endpoint) })
})
afterAll(() => fake.close())

const seconds = () => Math.floor(Date.now() / 1000)
const claims = () => ({
  iss: 'https://accounts.google.com',
  aud: identity.audience,
  email: identity.account,
  email_verified: true,
  iat: seconds(),
  exp: seconds() + 3600,
})
const verify = (token: string) => verifyScheduler(`Bearer ${token}`, identity, keys)

test('a token that Google signed for this gateway and the scheduler is genuine', async () => {
  expect(await verify(google.sign(claims()))).toEqual({ genuine: true })
  expect(await verify(google.sign({ ...claims(), iss: 'accounts.google.com' }))).toEqual({ genuine: true })
  // Our clock may be a little behind.
  expect(await verify(google.sign({ ...claims(), iat: seconds() + 5 }))).toEqual({ genuine: true })
  expect(fake.calls).toHaveLength(1)
})

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that uses the public key as if it were a shared secret. */
function confused(): string {
  const signed = `${base64({ alg: 'HS256', typ: 'JWT', kid: 'key-1' })}.${base64(claims())}`
  return `${signed}.${createHmac('sha256', google.pem).update(signed).digest('base64url')}`
}

/** The claims of one token with the signature of another. */
function grafted(): string {
  const [header, , signature] = google.sign({ ...claims(), aud: 'https://elsewhere.example' }).split('.')
  return `${header}.${base64(claims())}.${signature}`
}

test.each<[string, string, () => string]>([
  ['signed by somebody else', 'JwtTokenSignatureMismatched', () => stranger.sign(claims())],
  [
    'with a key that Google does not have',
    'signed with a key that is not one of Google',
    () => signer('key-9').sign(claims()),
  ],
  ['not signed', 'JwtHeaderInvalid', () => `${base64({ alg: 'none', typ: 'JWT', kid: 'key-1' })}.${base64(claims())}.`],
  ['signed with the public key as a secret', 'JwtSymmetricAlgorithmNotAllowed', confused],
  ['with the signature of another token', 'JwtTokenSignatureMismatched', grafted],
  ['without a key id', 'not an identity token', () => google.sign(claims(), { kid: undefined })],
  ['for another audience', 'JwtTokenAudience', () => google.sign({ ...claims(), aud: 'https://elsewhere.example' })],
  ['without an audience', 'JwtPayloadRequiresAud', () => google.sign({ ...claims(), aud: undefined })],
  [
    'of another issuer',
    'JwtTokenIssuer',
    () => google.sign({ ...claims(), iss: 'https://accounts.google.com.example' }),
  ],
  ['of another account', 'it is of another account', () => google.sign({ ...claims(), email: 'somebody@gmail.com' })],
  [
    'whose address is not verified',
    'its email address is not verified',
    () => google.sign({ ...claims(), email_verified: 'true' }),
  ],
  ['that has expired', 'JwtTokenExpired', () => google.sign({ ...claims(), exp: seconds() - 1 })],
  ['that never expires', 'it never expires', () => google.sign({ ...claims(), exp: undefined })],
  ['that is none', 'not an identity token', () => 'a.b.c'],
])('a token %s is refused', async (_, why, token) => {
  const verdict = await verify(token())
  expect(verdict).toEqual({ genuine: false, why })
  expect(JSON.stringify(verdict)).not.toContain(token().slice(0, 20))
})

test.each([undefined, '', 'Bearer', 'Basic abc', 'Bearer a b'])('the header %o is refused', async (header) => {
  expect(await verifyScheduler(header, identity, keys)).toMatchObject({ genuine: false })
  expect(fake.calls).toHaveLength(0)
})

test('keys are kept as long as Google says, and unknown ones are looked for at most once a minute', async () => {
  const next = signer('key-2')
  await verify(google.sign(claims()))
  clock += 59_000
  expect(await verify(next.sign(claims()))).toMatchObject({ genuine: false })
  expect(fake.calls).toHaveLength(1)
  fake.keys.push(next.key)
  clock += 1000
  expect(await verify(next.sign(claims()))).toEqual({ genuine: true })
  expect(fake.calls).toHaveLength(2)
  clock += 3600_000
  await verify(next.sign(claims()))
  expect(fake.calls).toHaveLength(3)
})

test('when the keys cannot be had nobody is taken for the scheduler, and the next call asks again', async () => {
  fake.state.keysDown = true
  await expect(verify(google.sign(claims()))).rejects.toThrow("Google's keys could not be read: HTTP 500")
  fake.state.keysDown = false
  expect(await verify(google.sign(claims()))).toEqual({ genuine: true })
})
