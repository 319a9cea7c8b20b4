# Tocsin in a container: one process, data in the volume /data, port 8080.
#
#   docker build -t tocsin .
#   docker run -p 8080:8080 -v tocsin-data:/data -e TOCSIN_ADMIN_TOKEN=change-me tocsin
#
# Without TOCSIN_ADMIN_TOKEN (or TOCSIN_ADMIN_TOKEN_FILE=/run/secrets/...) the server refuses to start, since
# it listens on every address of the container.

FROM denoland/deno:2.9.6 AS build
WORKDIR /app
COPY deno.json deno.lock ./
COPY main.ts ./
COPY src ./src
COPY actors ./actors
COPY routes ./routes
# Fills the cache with exactly what the lock file names, and compiles what the server and its workers load.
RUN deno cache --frozen main.ts actors/*_worker.ts actors/sql_child.ts src/sandbox/child.ts

FROM denoland/deno:2.9.6
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="Complex event processing and notifications, self-hosted"
RUN mkdir /data && chown deno:deno /data
WORKDIR /app
COPY --from=build --chown=deno:deno /deno-dir /deno-dir
COPY --from=build /app /app
ENV TOCSIN_HOST=0.0.0.0 \
    TOCSIN_DATA=/data \
    PORT=8080
USER deno
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
  CMD ["deno", "eval", "const answer = await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/healthz`); Deno.exit(answer.ok ? 0 : 1)"]
# SIGTERM reaches the server through the init process of the base image: it drains and exits within 5 s.
STOPSIGNAL SIGTERM
CMD ["run","--no-prompt","--allow-net","--allow-env","--allow-read=.,/data,/run/secrets","--allow-write=/data","--allow-run=deno","main.ts"]
