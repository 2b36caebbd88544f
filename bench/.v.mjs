import { createServer } from 'node:http'
import { compose } from '@keepsake/shared/compose'
import { readConfig } from '@keepsake/shared/config/config'
import { createApp } from '@keepsake/server/app'
import { createDelivery } from '@keepsake/server/dialects/delivery/dialect'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { logRequest } from '@keepsake/server/http/access-log'
import { requestId } from '@keepsake/server/http/request-id'
import { sendContent } from '@keepsake/server/http/send-content'
const cfg=readConfig()
const { context } = await compose(cfg, {secretKey:process.env.KEEPSAKE_SECRET_KEY})
const app = createApp(context, cfg)
const d = createDelivery(context)
const V = process.env.V
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Range, If-None-Match, If-Range', 'Access-Control-Expose-Headers': 'ETag, Content-Range, Content-Length, Accept-Ranges, Content-Disposition', 'Cache-Control': 'public, max-age=31536000, s-maxage=86400, immutable' , 'X-Request-Id': 'dafsdfa-adsfasdf'}
const h = (q,r) => app.server.emit('request',q,r)
const s = createServer((req,res)=>{
  if (!req.url.startsWith('/cdn/')) return h(req,res)
  if (V==='app') return h(req,res)
  if (V==='nolog') return d.handle(req,res)
  if (V==='fast') { deliverAsset(context,{key:req.url.slice(5)}).then(x=>sendContent(req,res,x,{headers:CORS,idleTimeout:60000,log:context.log})); return }
  if (V==='db') { deliverAsset(context,{key:req.url.slice(5)}).then(x=>{res.writeHead(304,{ETag:'"'+x.asset.content.sha256+'"'}).end()}); return }
  if (V==='bare') { res.writeHead(304,{ETag:'"x"'}).end(); return }
})
s.listen(Number(process.env.PORT),'127.0.0.1')
