# The image of every Airflow component: the platform's lock, the carriers of data, the package and the DAGs.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE}
# The two libraries OpenCV's wheel takes from the system; Debian's security updates decide their version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /opt/airflow --create-home foundry \
    && install --directory --owner foundry --group foundry /opt/airflow/logs /scratch /models
WORKDIR /opt/motion-foundry
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/motion-foundry/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/motion-foundry/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=False
COPY requirements/platform.txt requirements/assets.txt requirements/
# Compiled here, because the file system is read-only when it runs.
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --no-cache --compile-bytecode --no-deps --only-binary :all: -r requirements/platform.txt \
    && uv pip install --no-cache --no-deps --only-binary :all: -r requirements/assets.txt
COPY pyproject.toml setup.py ./
COPY requirements/platform.in requirements/
COPY fm_tasks fm_tasks
COPY sql sql
COPY plugins plugins
COPY dags dags
# Editable: the package finds sql/ beside itself, as in a checkout.
RUN uv pip install --no-cache --no-deps --no-build-isolation --editable . \
    && python -m compileall -q fm_tasks plugins dags
USER 10001:10001
CMD ["airflow", "version"]
