# The image of every Airflow component: the platform's lock, the carriers of data, the package and the DAGs.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS install
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/venv/bin:$PATH
WORKDIR /opt/motion-foundry
RUN python -m venv /opt/venv
COPY requirements/platform.txt requirements/assets.txt requirements/
RUN pip install --no-deps --only-binary :all: -r requirements/platform.txt \
    && pip install --no-deps --only-binary :all: -r requirements/assets.txt
COPY pyproject.toml ./
COPY requirements/platform.in requirements/
COPY fm_tasks fm_tasks
COPY sql sql
# Editable: the package finds sql/ beside itself, as in a checkout.
RUN pip install --no-deps --no-build-isolation --editable .
COPY plugins plugins
COPY dags dags
# The file system is read-only when it runs, and each task imports these anew.
RUN python -m compileall -q fm_tasks plugins dags

FROM ${BASE}
# The two libraries OpenCV's wheel takes from the system; Debian's security updates decide their version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /opt/airflow --create-home foundry \
    && install --directory --owner foundry --group foundry /opt/airflow/logs /scratch /models
COPY --from=install /opt/venv /opt/venv
COPY --from=install /opt/motion-foundry /opt/motion-foundry
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/motion-foundry/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/motion-foundry/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=False
WORKDIR /opt/motion-foundry
USER 10001:10001
CMD ["airflow", "version"]
