import js from '@eslint/js'
import tseslint from 'typescript-eslint'

// Who may import whom; test/house/arrows.test.ts states the same rule by itself, so that neither can drift alone.
const PURE = ['planner', 'rollout', 'machine', 'picture', 'audit']
const SHELL = ['wire', 'client', 'store', 'http', 'web', 'agent', 'simulate', 'cli', 'config', 'server']
const MAY_IMPORT = {
  planner: [],
  rollout: [],
  machine: ['planner'],
  picture: ['planner'],
  audit: [],
  wire: PURE,
  client: [],
  store: PURE,
  web: ['picture', 'wire'],
  agent: ['planner', 'machine', 'wire', 'client'],
  http: ['planner', 'rollout', 'picture', 'audit', 'wire', 'client', 'store', 'web', 'config'],
}

const BANNED_SYNTAX = [
  {
    selector: 'TSEnumDeclaration',
    message: 'A union of literals, or an `as const` tuple, instead of an enum.',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
]

/** What makes a pure folder impure, beside imports: the clock, randomness, the process, the network. */
const IMPURE_GLOBALS = [
  'Date',
  'process',
  'fetch',
  'Buffer',
  'console',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'TextDecoder',
  'TextEncoder',
  'structuredClone',
  'URL',
]

function arrows(folder) {
  const foreign = [...PURE, ...SHELL].filter(
    (other) => other !== folder && !MAY_IMPORT[folder].includes(other),
  )
  const patterns = [
    {
      regex: `^(\\./)?(\\.\\./)+(${foreign.join('|')})(/|\\.ts$)`,
      message: `src/${folder} must not reach there.`,
    },
  ]
  if (PURE.includes(folder))
    patterns.push({ regex: '^[^.]', message: `src/${folder} is pure: no package, no node:*.` })
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

function purity(folder) {
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: {
      'no-bitwise': 'error',
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The same inputs give the same bytes.' },
      ],
    },
  }
}

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'src/*/generated/', 'test/hosts/', 'test/golden/', 'openapi/'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX],
      eqeqeq: 'error',
    },
  },
  { files: ['*.config.ts', 'test/global-setup.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'crypto', 'Buffer', 'URL', 'WebAssembly'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['src/web/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'EventSource',
          'DOMParser',
          'document',
          'location',
          'navigator',
          'fetch',
          'setTimeout',
          'addEventListener',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  ...Object.keys(MAY_IMPORT).map(arrows),
  ...PURE.map(purity),
)
