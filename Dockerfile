# The application, or one of its other programs: production dependencies only, no sandbox and no embedded PostgreSQL.
#
#   docker build -t tokenkeep .
#   docker run tokenkeep                                the application
#   docker run tokenkeep node dist/payments.main.js     payments alone
#   docker run tokenkeep node dist/cli.js migrate       the operator's commands

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && rm -r dist/sandbox

FROM node:24-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
# Optional packages are the builds of other tools and an adapter that only the bench uses.
RUN npm ci --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 SANDBOX_PORT=off
# Twice what the program needs at full load. Without it, V8 takes what the machine has before it collects.
ENV NODE_OPTIONS="--max-old-space-size=256 --max-semi-space-size=16"
WORKDIR /app
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json ./
# The text of the evidence that the command `evidence` writes.
COPY docs/compliance ./docs/compliance
# The image's own unprivileged user. Nothing is written below /app, so the file system may be read-only.
USER node
EXPOSE 3000
# Payments alone answer on PAYMENTS_PORT: give them a check of their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const { PORT = 3000, TLS_CERT_FILE } = process.env; process.env.NODE_TLS_REJECT_UNAUTHORIZED = TLS_CERT_FILE ? '0' : '1'; fetch(`http${TLS_CERT_FILE ? 's' : ''}://127.0.0.1:${PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
