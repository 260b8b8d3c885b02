# One image for every part of Dripcourse: web, worker, beat and the commands. docker-compose.yml says which runs what.

FROM python:3.13-slim AS build
# A mirror to install from, if yours is a closed network; it does not reach the final image.
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/build && python -m venv --without-pip /opt/dripcourse
COPY requirements/build.lock requirements/run.lock requirements/
RUN /opt/build/bin/python -m pip install --require-hashes -r requirements/build.lock
RUN /opt/build/bin/python -m pip --python /opt/dripcourse/bin/python install --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY email_templates email_templates
COPY lessons lessons
COPY workers workers
COPY dripcourse dripcourse
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel .
RUN /opt/build/bin/python -m pip --python /opt/dripcourse/bin/python install --no-deps /tmp/wheel/*.whl

FROM python:3.13-slim
RUN groupadd --gid 10001 dripcourse \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/dripcourse --shell /usr/sbin/nologin dripcourse \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/dripcourse
COPY --from=build /opt/dripcourse /opt/dripcourse
ENV PATH=/opt/dripcourse/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DRIPCOURSE_STATE_DIR=/var/lib/dripcourse
WORKDIR /var/lib/dripcourse
USER 10001:10001
EXPOSE 8000
# For the web part; the worker and the beat bring their own in docker-compose.yml.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["dripcourse"]
CMD ["--help"]
