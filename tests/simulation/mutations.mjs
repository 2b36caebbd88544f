const operations = 'shared/src/operations'
const transitions = 'shared/src/domain/transitions.ts'
const parts = 'shared/src/domain/transition-parts.ts'
const entries = 'shared/src/domain/entry-transitions.ts'

/** Rules of the design, each broken on purpose by a small change of a source: the simulation must notice every one of them. */
export const MUTATIONS = [
  {
    rule: 'a record announces its bytes before they are written',
    file: `${operations}/uploads/begin-upload.ts`,
    find: 'await insertAsset(context, asset)',
    replace: 'void insertAsset(context, asset).catch(() => undefined)',
  },
  {
    rule: 'the claim announces the permanent key',
    file: transitions,
    find: 'keys: [...asset.keys, target.key],',
    replace: 'keys: asset.keys,',
  },
  {
    rule: 'a dead record remembers its keys',
    file: parts,
    find: '    place: undefined,\n',
    replace: '    place: undefined,\n    keys: [],\n',
  },
  {
    rule: 'a transition is judged on a fresh record',
    file: `${operations}/change-asset.ts`,
    find: 'const changed = await judge(fresh, transition, context.now(), inFlight)',
    replace:
      'const changed = { ...(await judge(asset, transition, context.now(), inFlight)), version: fresh.version + 1 }',
  },
  {
    rule: 'a copy that is not used is owed',
    file: `${operations}/assets/finish-persist.ts`,
    find: 'return transitions.owe(fresh, key, now)\n  })\n  if',
    replace: 'return fresh\n  })\n  if',
  },
  {
    rule: 'an upload that is refused is garbage at once',
    file: `${operations}/uploads/abandon-upload.ts`,
    find: "if (fresh.state === 'uploading') return transitions.refuseUpload(fresh, now)",
    replace: "if (fresh.state === 'uploading') return fresh",
  },
  {
    rule: 'a debt raises the version also when its key is garbage already',
    file: transitions,
    find: '  const isTemporary = asset.tempId',
    replace:
      '  if (asset.garbage.some((garbage) => garbage.key === key)) return asset\n  const isTemporary = asset.tempId',
  },
  {
    rule: 'a debt is none while the record uses the key',
    file: transitions,
    find: 'if (!isDead(asset) && ownKeys(asset).includes(key)) return asset',
    replace: '',
  },
  {
    rule: 'temporary keys are deleted first',
    file: `${operations}/upkeep/delete-objects.ts`,
    find: 'of [temporary, permanent]',
    replace: 'of [permanent, temporary]',
  },
  {
    rule: 'a purge takes off only what it has deleted',
    file: `${operations}/upkeep/purge-assets.ts`,
    find: 'fresh.version === asset.version ? purge(fresh, keys) : fresh',
    replace: 'purge(fresh, fresh.garbage.map(({ key }) => key))',
  },
  {
    rule: 'a purge takes off only from the version it has read',
    file: `${operations}/upkeep/purge-assets.ts`,
    find: 'fresh.version === asset.version ? purge(fresh, keys) : fresh',
    replace: 'purge(fresh, keys)',
  },
  {
    rule: 'garbage waits for its delay',
    file: `${operations}/upkeep/purge-assets.ts`,
    find: 'after <= now',
    replace: 'after <= now || true',
  },
  {
    rule: 'everything is deleted once more before a record is forgotten',
    file: `${operations}/upkeep/forget-assets.ts`,
    find: 'keys: keysOf(asset)',
    replace: 'keys: []',
  },
  {
    rule: 'a record is remembered as long as a writer may wake up',
    file: parts,
    find: "'uploading' ? DAY : 7 * DAY",
    replace: "'uploading' ? DAY : 0",
  },
  {
    rule: 'a persist that is late writes expired before it says not found',
    file: `${operations}/assets/claim-asset.ts`,
    find: 'return transitions.expire(fresh, now, settings)',
    replace: 'throw assetNotFound()',
  },
  {
    rule: 'a batch that was committed holds its members: expiry',
    file: `${operations}/upkeep/advance-asset.ts`,
    find: ' || (await isHeld(context, fresh))',
    replace: '',
  },
  {
    rule: 'a batch that was committed holds its members: drop',
    file: `${operations}/uploads/drop-upload.ts`,
    find: ' || (await isHeld(context, fresh))',
    replace: '',
  },
  {
    rule: 'a batch that was committed holds its members: delete',
    file: `${operations}/assets/delete-asset.ts`,
    find: 'await isHeld(context, fresh)',
    replace: 'false',
  },
  {
    rule: 'a batch that was committed holds its members: late persist',
    file: `${operations}/assets/claim-asset.ts`,
    find: ' && !(await isHeld(context, fresh))',
    replace: '',
  },
  {
    rule: 'whoever ends a member aborts its open batches first',
    file: `${operations}/assets/is-held.ts`,
    find: "batch?.state === 'open' ? await moveBatchOn(context, batch, 'aborted') : batch",
    replace: 'batch',
  },
  {
    rule: 'a batch is decided by one compare-and-set',
    file: `${operations}/assets/move-batch-on.ts`,
    find: 'if (fresh?.state !== batch.state) return fresh',
    replace: 'if (fresh?.state !== batch.state) return moved',
  },
  {
    rule: 'a batch marks its members before it is decided',
    file: `${operations}/assets/persist-batch.ts`,
    find: 'const marked = await markMembers(context, batch, members)',
    replace: 'const marked = members.map(({ tempId }) => tempId)',
  },
  {
    rule: 'the worker goes by the earlier of two clocks',
    file: `${operations}/upkeep/decide-now.ts`,
    find: 'Math.min',
    replace: 'Math.max',
  },
  {
    rule: 'the date is fixed at the claim',
    file: transitions,
    find: "    state: 'persisted',\n",
    replace: "    state: 'persisted',\n    createdAt: now,\n",
  },
  {
    rule: 'a persist is committed when its copy is there',
    file: `${operations}/assets/finish-persist.ts`,
    find: 'await context.storage.copy(temporaryKey(tempId), key)',
    replace: 'context.storage.copy(temporaryKey(tempId), key).catch(() => undefined)',
  },
  {
    rule: 'a delete waits for a persist under way',
    file: transitions,
    find: "if (asset.state === 'persisting') throw assetBusy()\n  expectState(asset, 'persisted')",
    replace: '',
  },
  {
    rule: 'a reader that finds no object reads the record again',
    file: `${operations}/assets/deliver-asset.ts`,
    find: 'if (!now) throw assetNotFound()',
    replace: "if (!now) throw new Error('The object is missing.')",
  },
  {
    rule: 'a lost answer is read again',
    file: `${operations}/change-asset.ts`,
    find: "if (!isCode(error, 'OUTCOME_UNKNOWN')) throw error",
    replace: "if (isCode(error, 'OUTCOME_UNKNOWN')) return changed\n      throw error",
  },
  {
    rule: 'replaced content never gets a key twice',
    file: `${operations}/assets/update-asset.ts`,
    find: 'replacementSuffix(context.randomBytes)',
    replace: "'samesamesame'",
  },
  {
    rule: 'a key is refused that any record ever claimed',
    file: entries,
    find: '    keys: [...asset.keys, key],',
    replace: '    keys: asset.keys,',
  },
  {
    rule: 'a flip is legal only while its key is incoming',
    file: `${operations}/assets/update-asset.ts`,
    find: 'if (!fresh.incoming.some((incoming) => incoming.key === key)) throw uploadTooSlow()',
    replace:
      'if (!fresh.incoming.some((incoming) => incoming.key === key)) return { ...fresh, key, content: received, version: fresh.version + 1 }',
  },
  {
    rule: 'content that does not come is owed',
    file: `${operations}/assets/update-asset.ts`,
    find: '    await withdrawContent(context, replacement)\n',
    replace: '',
  },
  {
    rule: 'the old content becomes garbage by the flip',
    file: entries,
    find: 'const old = asset.key ? [asset.key] : []\n  const fresh',
    replace: 'const old = []\n  const fresh',
  },
  {
    rule: 'a hotlink leaves incoming alone',
    file: entries,
    find: '    content: undefined,\n',
    replace: '    content: undefined,\n    incoming: [],\n',
  },
  {
    rule: 'a delete leaves incoming alone',
    file: parts,
    find: '    place: undefined,\n',
    replace: '    place: undefined,\n    incoming: [],\n',
  },
  {
    rule: 'retired keys are deleted once more before they are forgotten',
    file: `${operations}/upkeep/prune-assets.ts`,
    find: 'of await deleteObjects(context, doomed, fail)',
    replace: 'of doomed',
  },
  {
    rule: 'incoming content is given up at its deadline',
    file: transitions,
    find: 'deadline <= now).map(({ key }) => key)',
    replace: 'false).map(({ key }) => key)',
  },
  {
    rule: 'a created asset that is refused is garbage',
    file: `${operations}/assets/create-asset.ts`,
    find: '    await abandonUpload(context, begun)\n',
    replace: '',
  },
  {
    rule: 'a folder is looked at after the asset was put into it',
    file: `${operations}/upkeep/make-folders.ts`,
    find: 'for (const { projectId, path } of missing)',
    replace: 'for (const { projectId, path } of [])',
  },
  {
    rule: 'a reader of what was replaced finds it again',
    file: `${operations}/assets/deliver-asset.ts`,
    find: 'if (now.key !== found.key)',
    replace: 'if (false)',
  },
]
