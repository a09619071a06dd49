import { Option, type Command } from 'commander'
import { apiCommand, listCommand } from './api-command.ts'
import { explained } from './explained.ts'
import { positive } from './option-values.ts'
import type { Stage } from './remote-command.ts'

const KEY_ROLES = ['viewer', 'operator', 'admin'] as const

/** `berth key`, `berth token`: who may do what. */
export function addAccessCommands(program: Command, stage: Stage): void {
  const key = program.command('key').description('API keys')
  explained(key.command('create'), {
    description: 'make an API key directly in the database and print it, this once',
    examples: ['berth key create --role operator --name "kernel-team"'],
  })
    .addOption(new Option('--role <role>', 'what it may do').choices(KEY_ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'whose it is')
    .option('--expires-in <seconds>', 'when it ends; never when left out', positive)
    .action(async (options) =>
      stage.done(await (await import('./key-create.ts')).keyCreateCommand(options, stage.io)),
    )
  listCommand(key.command('list'), stage, '/v1/keys', {
    description: 'every API key, without its secret',
    examples: ['berth key list'],
    columns: {
      id: (k) => k.id,
      role: (k) => k.role,
      name: (k) => k.name,
      'last used': (k) => k.last_used_at,
      'ends at': (k) => k.expires_at,
      'revoked at': (k) => k.revoked_at,
    },
    none: 'there is none',
  })
  apiCommand(key.command('revoke'), stage, ['delete', '/v1/keys/{keyId}'], {
    description: 'take an API key back: within seconds it is worth nothing',
    examples: ['berth key revoke key_01j00000000000000000000000'],
    done: ({ 'key-id': key }: { 'key-id': string }) => `${key} is revoked`,
  })
  addTokenCommands(program.command('token').description('tokens by which hosts enrol'), stage)
}

function addTokenCommands(token: Command, stage: Stage): void {
  apiCommand(token.command('create'), stage, ['post', '/v1/enrollment-tokens'], {
    description: 'make a token by which hosts enrol, and print it, this once',
    examples: ['berth token create', 'berth token create --group web --uses 200 --expires-in 3600'],
    body: ({ uses, expiresIn: expires_in, group }: { uses?: number; expiresIn?: number; group?: string }) => {
      return { uses, expires_in, group }
    },
    text: ({ token }) => `${token}\n`,
  })
    .option('--uses <n>', 'so many hosts may enrol with it; 1 when left out', positive)
    .option('--expires-in <seconds>', 'when it ends; in a day when left out', positive)
    .option('--group <name>', 'hosts that enrol with it join this group')
  listCommand(token.command('list'), stage, '/v1/enrollment-tokens', {
    description: 'tokens that are still good, without their secret',
    examples: ['berth token list'],
    columns: {
      id: (t) => t.id,
      group: (t) => t.group,
      'uses left': (t) => `${t.uses_left} of ${t.uses}`,
      'ends at': (t) => t.expires_at,
    },
    none: 'there is none: `berth token create` makes one',
  })
  apiCommand(token.command('delete'), stage, ['delete', '/v1/enrollment-tokens/{tokenId}'], {
    description: 'take a token back: nobody enrols with it any more',
    examples: ['berth token delete enr_01j00000000000000000000000'],
    done: ({ token }: { token: string }) => `${token} is gone`,
  })
}
