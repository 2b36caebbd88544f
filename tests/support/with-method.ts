/** The same port, but one of its methods is another; the real one is handed to it. */
export function withMethod<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  replace: (real: Port[Name]) => Port[Name],
): Port {
  const bound = (member: unknown) => (typeof member === 'function' ? member.bind(port) : member)
  const replaced = replace(bound(port[name]) as Port[Name])
  return new Proxy(port, {
    get: (target, member) => (member === name ? replaced : bound(Reflect.get(target, member))),
  })
}

/** A method that never answers: what a request that dies in the middle of a call looks like. */
export const hangs = () => () => new Promise<never>(() => {})
