// The usual way to take an upload: Express with multer's disk storage. It neither hashes nor flushes nor records anything.
// `node bench/peers/multer-disk.mjs <folder> <port>`
import express from 'express'
import multer from 'multer'

const [folder, port] = process.argv.slice(2)
const upload = multer({ storage: multer.diskStorage({ destination: folder }) })
const app = express()

app.post('/upload', upload.single('file'), (req, res) => {
  const { filename, originalname, size, mimetype } = req.file
  res.status(201).json({ id: filename, name: originalname, size, type: mimetype })
})

app.listen(Number(port), '127.0.0.1')
