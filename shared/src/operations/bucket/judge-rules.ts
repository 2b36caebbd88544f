import { DAY } from '../../domain/transition-parts.ts'
import type { FoundRule } from '../../ports/bucket-setup.ts'
import { partsLifetime, type RuleBasis, temporaryLifetime } from './wanted-rules.ts'

/** A sentence for each rule that removes or hides what is still needed. */
export function judgeRules(rules: readonly FoundRule[], basis: RuleBasis): string[] {
  // Objects carry no tags.
  return rules.filter(({ isEnabled, needsTags }) => isEnabled && !needsTags).flatMap((rule) => judge(rule, basis))
}

/** Whether a rule removes temporary objects when they are no longer needed. */
export function removesTemporary(rules: readonly FoundRule[], { prefix }: RuleBasis): boolean {
  return rules.some(
    (rule) =>
      rule.isEnabled &&
      !rule.needsTags &&
      rule.expiresAfterDays !== undefined &&
      `${prefix}temp/`.startsWith(rule.prefix),
  )
}

function judge(rule: FoundRule, basis: RuleBasis): string[] {
  const { expiresAfterDays: days, abortsAfterDays, archives } = rule
  const temporary = `${basis.prefix}temp/`
  const name = rule.id === '' ? 'A lifecycle rule without an id' : `The lifecycle rule "${rule.id}"`
  const problems: string[] = []
  if (touchesPermanent(rule, basis.prefix)) {
    if (days !== undefined)
      problems.push(`${name} removes permanent files${afterDays(days)}; take it away or give it another prefix.`)
    if (archives) problems.push(`${name} archives files, which cannot be delivered then; take it away.`)
  }
  if (days !== undefined && overlap(rule.prefix, temporary) && days * DAY < temporaryLifetime(basis)) {
    problems.push(`${name} removes temporary files${afterDays(days)}, before TEMP_TTL + UPLOAD_TIMEOUT has passed.`)
  }
  if (
    abortsAfterDays !== undefined &&
    overlap(rule.prefix, basis.prefix) &&
    abortsAfterDays * DAY < partsLifetime(basis)
  ) {
    problems.push(`${name} aborts multipart uploads${afterDays(abortsAfterDays)}, before UPLOAD_TIMEOUT has passed.`)
  }
  return problems
}

/** Whether keys of the installation other than temporary ones may begin with the rule's prefix. */
function touchesPermanent(rule: FoundRule, prefix: string): boolean {
  return overlap(rule.prefix, prefix) && !rule.prefix.startsWith(`${prefix}temp/`)
}

/** Whether a key may begin with both. */
function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a)
}

function afterDays(days: number): string {
  if (days === 0) return ' on a fixed date'
  return days === 1 ? ' after a day' : ` after ${days} days`
}
