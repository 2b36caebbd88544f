import type { Model, mongo } from 'mongoose'
import { OPERATION } from './schema-options.ts'

/** Inserts a document that its schema accepts, in limited time: Mongoose's own insert sends no limit. */
export async function insertDocument<T>(model: Model<T>, members: T): Promise<void> {
  const document = new model(members)
  await document.validate()
  const stored: mongo.Document = document.toObject()
  await model.collection.insertOne(stored, { maxTimeMS: OPERATION })
}
