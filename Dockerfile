# One image for all processes: the server unless another command is given; `node workers/dist/main.js`; `node cli/dist/main.js …`.

FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY server/package.json server/
COPY workers/package.json workers/
COPY cli/package.json cli/

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY shared shared
COPY server server
COPY workers workers
COPY cli cli
# Of the sources only the API descriptions are read at run time; by a user who is not the owner, whatever mode the checkout gave them.
RUN npx tsc -b \
  && find shared server workers cli -name '*.map' -delete -o -name '*.d.ts' -delete -o -name '.tsbuildinfo' -delete \
  && find server/src -type f ! -name '*.yaml' -delete \
  && find server/src -type d -empty -delete \
  && chmod -R a+rX server/src

FROM manifests AS packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund \
  && rm package-lock.json \
  && chmod -R a+rX .

FROM node:24-slim
ENV NODE_ENV=production BIND=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# A volume that is mounted here takes its owner.
RUN install --directory --owner=node --group=node --mode=700 /data
COPY --from=packages /app ./
COPY --from=build /app/shared/dist shared/dist
COPY --from=build /app/server/src server/src
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/workers/dist workers/dist
COPY --from=build /app/cli/dist cli/dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/dist/main.js"]
