import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { sourceFiles, type SourceFile } from './source-files.ts'

const PURE = ['src/planner', 'src/machine', 'src/rollout', 'src/picture', 'src/audit']

/** The clock, randomness, the process, the network, and what is no part of the language. */
const IMPURE = new Set([
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['crypto', 'process', 'Buffer', 'console', 'globalThis', 'fetch', 'URL', 'WebSocket'],
  ...['TextDecoder', 'TextEncoder', 'structuredClone'],
])

const BIT_OPERATORS = new Set([
  ...[
    ts.SyntaxKind.AmpersandToken,
    ts.SyntaxKind.BarToken,
    ts.SyntaxKind.CaretToken,
    ts.SyntaxKind.TildeToken,
  ],
  ...[ts.SyntaxKind.AmpersandEqualsToken, ts.SyntaxKind.BarEqualsToken, ts.SyntaxKind.CaretEqualsToken],
  ...[ts.SyntaxKind.LessThanLessThanToken, ts.SyntaxKind.LessThanLessThanEqualsToken],
  ...[ts.SyntaxKind.GreaterThanGreaterThanToken, ts.SyntaxKind.GreaterThanGreaterThanEqualsToken],
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken,
])

describe.each(PURE)('%s', (folder) => {
  const files = sourceFiles(folder, ['.ts', '.tsx'])

  test('knows no clock, no randomness, no process and no network', () => {
    expect(files.flatMap((file) => placesOf(file, isImpure))).toEqual([])
  })

  test('has no bit operators: they break above 2^31', () => {
    expect(files.flatMap((file) => placesOf(file, isBitOperation))).toEqual([])
  })
})

test.each<[why: string, text: string, impure: number, bits: number]>([
  ['the clock', 'const now = Date.now()', 1, 0],
  ['randomness', 'const n = Math.random()', 1, 0],
  ['a field that happens to be called so', 'const n = plan.process', 0, 0],
  ['text and comments', "// Date ^ 1\nconst text = 'Math.random() & 1'", 0, 0],
  ['every kind of bit operator', 'let n = ~a & b | c ^ d << e >> f >>> g; n |= 1', 0, 8],
  ['types', 'type A = B & C | D', 0, 0],
])('these tests can fail: %s', (_why, text, impure, bits) => {
  const file = { path: 'src/planner/x.ts', text }
  expect([placesOf(file, isImpure).length, placesOf(file, isBitOperation).length]).toEqual([impure, bits])
})

function isImpure(node: ts.Node): boolean {
  if (!ts.isIdentifier(node)) return false
  const { parent } = node
  const isField = ts.isPropertyAccessExpression(parent) && parent.name === node
  if (isField) return node.text === 'random' && parent.expression.getText() === 'Math'
  return IMPURE.has(node.text) && !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent)
}

function isBitOperation(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) return BIT_OPERATORS.has(node.operatorToken.kind)
  return ts.isPrefixUnaryExpression(node) && BIT_OPERATORS.has(node.operator)
}

function placesOf({ path, text }: SourceFile, wrong: (node: ts.Node) => boolean): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const places: string[] = []
  const visit = (node: ts.Node): void => {
    if (wrong(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      places.push(`${path}:${line + 1}: ${node.getText().slice(0, 80)}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return places
}
