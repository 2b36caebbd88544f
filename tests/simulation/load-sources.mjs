import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from '@swc/core'

let mutation

/** Takes a mutation `{ file, find, replace }`: that one source is loaded with a mistake in it. */
export function initialize(data) {
  mutation = data?.mutation
}

/** Our packages are loaded from their sources. */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(specifier, { ...context, conditions: [...context.conditions, 'source'] })
}

/** Takes the types out of a module. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  const source = mutated(path, await readFile(path, 'utf8'))
  const jsc = { target: 'es2023', parser: { syntax: 'typescript' } }
  const { code } = await transform(source, { filename: path, jsc, module: { type: 'es6' }, sourceMaps: 'inline' })
  return { format: 'module', source: code, shortCircuit: true }
}

function mutated(path, source) {
  if (!mutation || !path.endsWith(`/${mutation.file}`)) return source
  if (source.split(mutation.find).length !== 2)
    throw new Error(`${mutation.file} does not have this once: ${mutation.find}`)
  return source.replace(mutation.find, () => mutation.replace)
}
