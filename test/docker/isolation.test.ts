import { describe, expect, test } from 'vitest'
import { dockerProject } from './docker-project.ts'
import { findEngine } from './engine.ts'

const engine = await findEngine()

describe.skipIf(engine === undefined)('inside an agent’s container', { timeout: 240_000 }, () => {
  const secrets = [
    { type: 'github_token', field: 'token', value: 'ghp-first' },
    { type: 'git_ssh', field: 'id_rsa', value: 'two\nlines\n' },
  ]
  const inside = async (script: string, options = {}) => {
    if (engine === undefined) throw new Error('no engine')
    await using project = await dockerProject(engine, options)
    const order = project.order('prober', script)
    expect(await project.launcher.launch(order)).toEqual({ kind: 'started' })
    const end = await project.endOf(order)
    await project.emptied()
    return { end, lines: project.printed(order), text: project.printed(order).join('\n') }
  }

  test('everything that limits it is there', async () => {
    const { lines, text, end } = await inside(
      `id -u; id -g
       grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t '
       touch /here /app/here /etc/here /home/node/here /credentials/here /var/tmp/here 2>&1 | sed 's/.*: //'
       echo '#!/bin/sh' >/tmp/script && chmod +x /tmp/script && /tmp/script && echo /tmp is writable, and programs run there
       grep ' /tmp ' /proc/mounts | tr , ' '
       find / -xdev -writable -not -type l -not -path '/proc/*' 2>/dev/null | sort
       echo pids $(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null)
       echo memory $(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null)
       echo cpu $(cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)
       cd /credentials && find . -type f -exec stat -c '%a %u %g %n' {} + | sort -k 4; stat -c '%a %u' .
       cat git_ssh/default/id_rsa github_token/default/token; echo
       ls -la /var/run/docker.sock /run/docker.sock 2>&1 | sed 's/.*: //'
       env | grep -E '^(AL_|GATEWAY|SECRET|GITHUB)' | sed 's/=.*//' | sort
       exit 14`,
      { secrets, vcpus: 0.5 },
    )
    expect(end).toMatchObject({ agent: 'prober', attempt: 1, code: 14 })
    expect(lines.slice(0, 2)).toEqual(['1000', '1000'])
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(lines).toContain(`${set}:0000000000000000`)
    expect(lines).toContain('NoNewPrivs:1')
    expect(lines).toContain('Seccomp:2')
    expect(lines.filter((line) => line === 'Read-only file system')).toHaveLength(6)
    expect(text).toContain('/tmp is writable, and programs run there')
    expect(text).toMatch(/^tmpfs \/tmp tmpfs rw nosuid nodev(?!.*noexec).* size=2097152k mode=700 uid=1000 gid=1000/m)
    expect(lines).toContain('pids 1024')
    expect(lines).toContain(`memory ${256 * 1024 * 1024}`)
    expect(lines).toContain('cpu 50000 100000')
    expect(lines.filter((line) => line.startsWith('600 '))).toEqual([
      '600 1000 1000 ./git_ssh/default/id_rsa',
      '600 1000 1000 ./github_token/default/token',
    ])
    expect(lines).toContain('700 1000')
    expect(text).toContain('two\nlines\nghp-first')
    expect(lines.filter((line) => line === 'No such file or directory')).toHaveLength(2)
    expect(lines.slice(-4)).toEqual(['AL_ATTEMPT', 'AL_RUN_ID', 'AL_TICKET', 'GATEWAY_URL'])
    // No place but /tmp, and devices that hold nothing.
    const writable = lines.filter((line) => line.startsWith('/') && !line.startsWith('/tmp is'))
    expect(writable.filter((path) => !/^\/(tmp|dev)(\/|$)/.test(path))).toEqual([])
  })

  test('an agent without secrets has no place for them', async () => {
    const { lines } = await inside('ls /credentials 2>&1 | wc -l; grep -c /credentials /proc/mounts')
    expect(lines).toEqual(['1', '0'])
  })

  test('other containers cannot be reached, and this machine can', async () => {
    if (engine === undefined) throw new Error('no engine')
    await using project = await dockerProject(engine, { secrets })
    const server = project.order(
      'server',
      `node -e 'require("http").createServer((q, a) => a.end("hello")).listen(8000, () => console.log("at " + Object.values(require("os").networkInterfaces()).flat().find(i => !i.internal).address))'`,
    )
    await project.launcher.launch(server)
    const line = await project.until('the address', () => project.printed(server)[0])
    const address = line.slice('at '.length)
    const other = project.order(
      'client',
      `node -e 'fetch("http://${address}:8000", { signal: AbortSignal.timeout(2000) }).then(() => console.log("reached"), (e) => console.log("not reached"))'
       node -e 'fetch("${project.gatewayUrl}/script/hello").then((a) => console.log(a.status))'`,
    )
    await project.launcher.launch(other)
    await project.endOf(other)
    expect(project.printed(other)).toEqual(['not reached', '200'])
    await project.stopOf(server)
  })
})
