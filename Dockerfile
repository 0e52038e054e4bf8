# The pipeline and Airflow in one image. docker-compose.yml runs every Airflow service, and `csae`, from it.
FROM python:3.12.15-slim-trixie AS build
WORKDIR /opt/csae
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy

# First what seldom changes. Every package is a wheel whose hash is in the lock, the tools of development among them:
# one lock for both is worth the few megabytes.
COPY requirements-bootstrap.txt requirements.txt ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-bootstrap.txt \
 && /opt/venv/bin/uv pip sync --quiet --compile-bytecode --python /opt/venv/bin/python \
      --require-hashes --only-binary :all: requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY plugins plugins
RUN /opt/venv/bin/uv pip install --quiet --python /opt/venv/bin/python --no-deps --no-build-isolation --editable . \
 && /opt/venv/bin/python -m compileall -q plugins
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY forces forces
COPY deploy/init.py deploy/init.py

FROM python:3.12.15-slim-trixie
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/csae /opt/csae
# Any user may own the folders of state: compose runs this as the owner of secrets/. Airflow asks for a user's name.
RUN mkdir -m 1777 /var/lib/csae /var/lib/airflow
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    USER=csae \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/csae
USER 50000:50000
