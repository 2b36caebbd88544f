import { spawn } from 'node:child_process'
import { readFileSync, rmSync, mkdirSync, writeFileSync } from 'node:fs'
const cpu=(pid)=>{const s=readFileSync(`/proc/${pid}/stat`,'utf8');return s.slice(s.lastIndexOf(')')+2).split(' ').slice(11,13).map(Number)}
const port=18765, base=`http://127.0.0.1:${port}`, key='sk_'+'a'.repeat(30)
rmSync('/tmp/prof/data',{recursive:true,force:true})
const flags=process.env.NF?.split(' ')??[]
const A=spawn(process.execPath,[...flags,process.env.MAIN??'server/dist/main.js'],{env:{...process.env,PORT:String(port),PUBLIC_URL:base,DATA_DIR:'/tmp/prof/data',KEEPSAKE_SECRET_KEY:key,LOG_LEVEL:process.env.LL??'warn'},stdio:'ignore'})
mkdirSync('/tmp/prof/files',{recursive:true}); writeFileSync('/tmp/prof/files/x.bin',Buffer.alloc(10000,'q\0'))
const B=spawn(process.execPath,['--input-type=module','-e',`import send from 'send'; import { createServer } from 'node:http'
createServer((req, res) => send(req, req.url, { root: '/tmp/prof/files' }).pipe(res)).listen(18766, '127.0.0.1')`],{stdio:'ignore'})
for(let i=0;i<100;i++){ if(await fetch(base).catch(()=>0)) break; await new Promise(r=>setTimeout(r,100)) }
const h={Authorization:`Bearer ${key}`}
const up=await (await fetch(`${base}/asset/upload/temp?name=x.bin`,{method:'POST',headers:h,body:Buffer.alloc(10000,'q\0')})).json()
const a=(await (await fetch(`${base}/asset/upload/persist`,{method:'POST',headers:h,body:JSON.stringify({tempAssetId:up.tempAssetId})})).json()).asset
async function run(pid,url,args,d){ const w=spawn('wrk',['-t1','-c32',`-d${d}s`,...args,url]); let o='';w.stdout.on('data',x=>o+=x); const b=cpu(pid); await new Promise(r=>w.once('close',r)); const e=cpu(pid); const n=Number(/(\d+) requests in/.exec(o)[1]); return [(e[0]-b[0])*10/n,(e[1]-b[1])*10/n,n/d] }
for (const kind of ['10k','304']) { const ra=[],rb=[];
 const aa=kind==='304'?['-H','If-None-Match: '+(await fetch(a.url)).headers.get('etag')]:[]
 const ub='http://127.0.0.1:18766/x.bin'; const ab=kind==='304'?['-H','If-None-Match: '+(await fetch(ub)).headers.get('etag')]:[]
 await run(A.pid,a.url,aa,2); await run(B.pid,ub,ab,1)
 for(let i=0;i<3;i++){ ra.push(await run(A.pid,a.url,aa,2)); rb.push(await run(B.pid,ub,ab,2)) }
 const m=(r,i)=>r.map(x=>x[i]).sort((x,y)=>x-y)[1].toFixed(3)
 console.log(kind,'ours usr',m(ra,0),'sys',m(ra,1),'rps',m(ra,2),'| send usr',m(rb,0),'sys',m(rb,1),'rps',m(rb,2)) }
A.kill();B.kill()
