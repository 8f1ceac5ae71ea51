# The images that work through shards: `python -m fm_tasks run STEP --shard URI`.
#
#   cpu   the Airflow image itself with the steps' entry point, so a step gives the same answer wherever it runs
#   gpu   the models on top of it; torch's wheels bring CUDA, the host brings the driver
ARG BASE=motion-foundry/airflow:0.1.0

FROM ${BASE} AS cpu
WORKDIR /opt/motion-foundry
ENTRYPOINT ["python", "-m", "fm_tasks"]

FROM cpu AS gpu
USER 0
COPY requirements/models.txt requirements/
# sam2 is a source archive whose build needs torch to be there: last, by itself and without its CUDA extension.
RUN sed '/^sam2==/d' requirements/models.txt > /tmp/models.txt \
    && pip install --no-cache-dir -r /tmp/models.txt \
    && SAM2_BUILD_CUDA=0 pip install --no-cache-dir --no-deps --no-build-isolation "$(grep '^sam2==' requirements/models.txt)" \
    && rm /tmp/models.txt
# Weights are mounted; a step fetches nothing.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    FM_WEIGHTS=/models \
    HF_HUB_OFFLINE=1
USER 10001:10001
