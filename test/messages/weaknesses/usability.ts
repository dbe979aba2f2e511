import type { Weakness } from '../register.ts'

export const usability: readonly Weakness[] = [
  {
    number: 30,
    there:
      'Configuration was hardly checked: a missing part ended in a crash, and doctor stopped at the first bad agent.',
    here: 'Every value is checked, and all mistakes of all agents are told at once.',
    shown: {
      'test/messages/project.test.ts': [
        'an agent without `credentials` is no crash: it has none',
        'no [model] anywhere names both files it could stand in',
        'wrong cron, provider, authType and types of values are told of all agents at once',
        'a misspelt key says which one was meant',
      ],
      'test/project/all-at-once.test.ts': ['no mistake hides another: of any of them together, each is named'],
    },
  },
  {
    number: 31,
    there: 'Keys of other providers than Anthropic, and secrets of Linear and Mintlify, were not asked for.',
    here: 'Whatever the project needs is asked for, with the command that stores it.',
    shown: {
      'test/messages/credentials.test.ts': [
        'keys of other providers, and secrets of Linear and Mintlify, are asked for; the key of Anthropic is not',
      ],
      'test/doctor-local/doctor.test.ts': ['the secret of %s is asked for'],
    },
  },
  {
    number: 32,
    there: 'Filters on conclusions and projects stood in the manual and were refused.',
    here: 'Both are taken, and a filter that a provider does not have is told with those that it has.',
    shown: {
      'test/messages/project.test.ts': [
        'filters on conclusions and on projects of Mintlify are taken',
        'a filter of another provider says which ones this one has',
      ],
    },
  },
  {
    number: 33,
    there: 'The first choice that was offered made a project that would not start, with advice that could not help.',
    here: 'A login that agents cannot use is refused where it is written, and `al start` names commands that help.',
    shown: {
      'test/messages/project.test.ts': ["a person's own login is refused for agents, with what to do that helps"],
      'test/messages/credentials.test.ts': [
        '`al start` names every credential that is missing, and never the command that has just failed',
        'an OAuth token of Anthropic is as good as a key',
      ],
    },
  },
  {
    number: 34,
    there:
      'Models were offered that did not exist, `custom` could not work, and sources of Mintlify could not be made.',
    here: 'Every model that is offered is known, `custom` says what it needs, and every kind of source can be made.',
    shown: {
      'test/new/new.test.ts': ['every model that is offered for %s is known', 'a server of its own takes any key'],
      'test/messages/project.test.ts': [
        'a model nobody knows is named with its nearest relative',
        'a custom provider without an address says what it needs',
      ],
      'test/messages/making.test.ts': ['a source of Mintlify can be made'],
    },
  },
  {
    number: 35,
    there: 'Where nothing ran, commands failed with the words of a network library.',
    here: 'Every command that needs a host says that none runs, and how to start one.',
    shown: {
      'test/cli-client/commands.test.ts': [
        '%j says that nothing runs, and what starts it',
        'an address that a killed host left behind is no host',
      ],
      'test/messages/making.test.ts': ['what needs a host says how to start one'],
    },
  },
  {
    number: 36,
    there: '`al run` did not wait for its run, and the manual taught options that were not there.',
    here: '`al run` waits and ends with the code of its run; what the manual types can be typed.',
    shown: {
      'test/cli-client/run.test.ts': [
        'a run that completes ends in 0: what it said is shown, then how it ended and what it cost',
        'a busy agent is refused with what keeps it busy',
      ],
      'test/docs/pages.test.ts': [
        'its commands of al can be typed',
        'its prose names commands and options of al that there are',
      ],
      'test/messages/making.test.ts': ['an option that is not there is named, with where those that are can be seen'],
    },
  },
  {
    number: 37,
    there: 'Templates were missing from the package, and one of them everywhere.',
    here: 'Every template is in the package, and makes an agent that compiles.',
    shown: {
      'test/package/package.test.ts': ['holds what it needs and nothing else'],
      'test/new/new.test.ts': ['template %s compiles everywhere, and doctor names what is truly missing'],
      'test/messages/making.test.ts': ['the template devops is there, and makes an agent that compiles'],
    },
  },
  {
    number: 38,
    there:
      'A change of an agent lost comments, instances and types; optional fields and keys of several lines could not be typed.',
    here: 'A change touches what it says and nothing else; optional fields are skipped, and keys come from their file.',
    shown: {
      'test/new/agent.test.ts': [
        'adds and removes credentials; instances, comments and the rest stay as they are',
        'an inherited model is not frozen by another change, and can be inherited again',
        'types of values stay, and what is typed as TOML is TOML',
      ],
      'test/new/keyboard.test.ts': ['al creds add asks for every field; a key of several lines comes from its file'],
      'test/messages/credentials.test.ts': ['optional fields may be left out'],
    },
  },
  {
    number: 39,
    there: 'New projects and images asked for the latest release of everything.',
    here: 'A new project has no packages, and al brings none; what it asks for later are the releases that were tested.',
    shown: {
      'test/messages/making.test.ts': [
        'a new project needs no terminal, and no package of a version that nobody chose',
      ],
      'test/package/package.test.ts': [
        'the releases that it asks for are those that were tested',
        'installed alone it brings no other package, and takes at most 60 MB',
      ],
    },
  },
  {
    number: 40,
    there: 'Every start and every deploy ran all agents with a schedule, whose time was that of the machine.',
    here: 'Nothing runs before its minute unless asked for, and that minute is in UTC or the zone that is named.',
    shown: {
      'test/local/schedules.test.ts': [
        'however often a host starts, nothing runs before its minute',
        'initial runs start what has a schedule, once, and leave alone what runs',
      ],
      'test/control-plane/misfires.test.ts': [
        'once: a schedule that is new, or was changed, begins now: a deploy starts nothing',
      ],
      'test/messages/project.test.ts': [
        'a schedule without a zone is in UTC, whatever the clock of this machine shows',
      ],
    },
  },
  {
    number: 41,
    there: 'New projects needed a terminal, nothing printed JSON, and every failure ended in 1.',
    here: 'Questions have flags, results are there as JSON, and codes tell failures apart.',
    shown: {
      'test/new/new.test.ts': [
        'with --yes makes a project that compiles, and ends with the one next command',
        '--json says what was made',
        'without a terminal each question is refused with the flag that answers it',
      ],
      'test/cli/cli.test.ts': ['help lists the commands and the exit codes, on standard output'],
      'cli/commands/run-exit-code.test.ts': ['%j ends in %i'],
    },
  },
]
