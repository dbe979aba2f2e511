import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pinnedHostKeys, pinnedHosts } from './pinned-host-keys.ts'

/**
 * Writes the key and a configuration of `ssh` to `<directory>/.ssh` and answers the `GIT_SSH_COMMAND` that uses them. Only
 * this key is offered, none of an agent or of the user this runs as. The large forges must show a key that is pinned; the
 * key of another host is trusted when it is first seen in a run and may not change afterwards.
 */
export async function setUpSsh(key: string, directory: string): Promise<string> {
  const home = join(directory, '.ssh')
  const files = { key: join(home, 'id_rsa'), pinned: join(home, 'pinned_hosts'), config: join(home, 'config') }
  await mkdir(home, { recursive: true, mode: 0o700 })
  // It may have been there, or the umask may have had an opinion.
  await chmod(home, 0o700)
  // OpenSSH reads neither a key without a line end nor one with carriage returns.
  await write(files.key, `${key.replaceAll('\r\n', '\n').trimEnd()}\n`, 0o600)
  await write(files.pinned, pinnedHostKeys, 0o400)
  await write(files.config, configuration({ ...files, seen: join(home, 'known_hosts') }), 0o400)
  return `ssh -F ${shellQuoted(files.config)}`
}

/** `ssh` takes the first value it finds for a setting, so what is narrower comes first. */
const configuration = (files: { key: string; pinned: string; seen: string }) => `\
Host ${pinnedHosts.join(' ')}
  StrictHostKeyChecking yes
  UserKnownHostsFile ${configQuoted(files.pinned)}
Host *
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ${configQuoted(files.seen)} ${configQuoted(files.pinned)}
  UpdateHostKeys no
  IdentityFile ${configQuoted(files.key)}
  IdentitiesOnly yes
  IdentityAgent none
  BatchMode yes
  ConnectTimeout 30
`

async function write(path: string, content: string, mode: number): Promise<void> {
  // Never through a file that is there: it could be readable by others, or a link.
  await rm(path, { force: true })
  await writeFile(path, content, { flag: 'wx', mode })
  await chmod(path, mode)
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
/** `%` begins a token of ssh's own in the paths of its configuration. */
const configQuoted = (path: string) => `"${path.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`
