import type { Weakness } from '../register.ts'

export const secretsAndAccess: readonly Weakness[] = [
  {
    number: 1,
    there: 'A kill, and an agent’s own shutdown, were answered as done, and the run went on.',
    here: 'A run that is killed, or shuts itself down, ends within seconds, and its container with it.',
    shown: {
      'test/cli-client/commands.test.ts': [
        'stat, locks and kill: what runs, what it holds, and its end',
        'kill of an agent ends its runs, and says when there are none',
      ],
      'test/agent/interruptions.test.ts': [
        'a kill while the model is asked and a tool runs ends both',
        'al-shutdown ends the run as killed, and its container with it',
      ],
      'test/containers-e2e/kills.test.ts': [
        'ends it within 5 s during its launch, a sleeping preflight step and a command',
      ],
    },
  },
  {
    number: 2,
    there: 'Where no secret was stored, deliveries of anybody were taken, and doctor was silent about it.',
    here: 'A source that nobody signs is refused, unless the project says that it is meant.',
    shown: {
      'test/messages/credentials.test.ts': [
        'a source that nobody signs is told by doctor, with the command that helps',
      ],
      'test/doctor-local/doctor.test.ts': [
        'a source that nobody signs is refused, unless the project says that it is meant',
      ],
      'test/gateway/webhooks.test.ts': [
        'a secret that is not stored is 401; one that was replaced holds at once; a store that fails is 503',
      ],
    },
  },
  {
    number: 3,
    there: 'A reference such as x:.. led to the whole store of credentials, and removing it emptied the store.',
    here: 'References and environments are names, and no name leads out of its directory.',
    shown: {
      'test/messages/credentials.test.ts': ['no reference to a credential leads out of the store'],
      'functions/local/credential-store.test.ts': ['no name leads out of the store'],
      'test/project/environments.test.ts': ['is a name: no path leads out of the directory'],
    },
  },
  {
    number: 4,
    there: 'To deploy copied every credential of every project to the server, the keys of clouds among them.',
    here: 'What the project refers to is pushed, and nothing else; only what nobody else uses is removed.',
    shown: {
      'test/doctor/secrets.test.ts': [
        'before the first deploy: what is here is pushed, the rest is named, and the end is 4',
        'pruning removes what nothing refers to any more, and nothing that others use or have made',
      ],
      'core/plan/secrets.test.ts': ['are what signs deliveries, and its own key: nothing of an agent'],
    },
  },
  {
    number: 5,
    there: 'The cookie of the dashboard was the master key, which was the same everywhere and once stood in a log.',
    here: 'The cookie is random and ends with the day, and no key is logged; environments with one store of secrets share theirs.',
    shown: {
      'test/gateway/dashboard.test.ts': [
        'the cookie is random, for this host alone, out of reach of scripts, and over TLS bound to it',
        'a session ends with the logout, and when the key is replaced',
        'nothing in the log tells a key, a code or a session',
      ],
      'test/start/stop.test.ts': ['nothing that is printed or logged holds a key or a ticket, and logs are served'],
    },
  },
  {
    number: 6,
    there:
      'Credentials of a run lay in the shared temporary directory for all to read, and others saw its secret and prompt.',
    here: 'Only the agent can read its credentials; neither a command line nor the engine shows a secret or a prompt.',
    shown: {
      'test/process/launcher.test.ts': [
        'it has a private directory, its secrets, its name and no variable of the user’s; nothing is left of it',
      ],
      'test/docker/isolation.test.ts': ['everything that limits it is there'],
      'test/docker/launcher.test.ts': [
        'no secret and no ticket is in what the engine shows of a volume, an image or a name',
      ],
    },
  },
  {
    number: 7,
    there: 'Nearly every agent was given the key of Anthropic, whatever model it used.',
    here: 'An agent has what it lists and the key of its own model; tools do not see the latter.',
    shown: {
      'test/messages/credentials.test.ts': [
        'keys of other providers, and secrets of Linear and Mintlify, are asked for; the key of Anthropic is not',
      ],
      'docker/agent/credentials/agent-environment.test.ts': [
        'gives nothing to an agent that did not list it, though its model or a header uses it',
      ],
      'test/containers-e2e/inside.test.ts': [
        'it has its own credentials, all of them and no others, and only the rights of a plain user',
      ],
    },
  },
  {
    number: 8,
    there: 'On Linux containers reached the gateway only where it was open to the whole network, without TLS.',
    here: 'Containers reach a gateway that listens on this machine alone; other machines do after --expose.',
    shown: {
      'test/containers-e2e/inside.test.ts': ['--expose opens the gateway to other machines, and nothing else does'],
      'test/containers-e2e/acme.test.ts': [
        'a webhook starts dev, which locks, calls reviewer, is answered and returns; devops asks for a rerun',
      ],
      'test/docker/isolation.test.ts': ['other containers cannot be reached, and this machine can'],
    },
  },
  {
    number: 9,
    there: 'Requests were limited by a header that anybody can write, and all direct clients shared one count.',
    here: 'A sender is the address that the platform saw, and whoever proves himself is never turned away.',
    shown: {
      'test/gateway/webhooks.test.ts': [
        'whoever proves nothing gets 429 after a while, whatever it says of itself; whoever proves himself never',
      ],
      'test/local/host.test.ts': [
        'the gateway counts senders by the address of their socket, whatever their headers say',
      ],
      'test/launchers/gateway.test.ts': [
        'a sender is told apart by the address that the platform saw, whatever its headers claim',
      ],
    },
  },
]
