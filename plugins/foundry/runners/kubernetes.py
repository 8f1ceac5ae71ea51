"""A shard as a pod of a Kubernetes cluster."""

from __future__ import annotations

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from airflow.sdk.exceptions import AirflowException
from kubernetes.client import models as k8s

from fm_tasks.settings import SECRETS, load
from fm_tasks.step import STEPS
from foundry.runners import GRACE, WEIGHTS, Shard, arguments_of

USER = 10001
"""As in docker/airflow.Dockerfile."""
POD_SECURITY = k8s.V1PodSecurityContext(
    run_as_non_root=True,
    run_as_user=USER,
    run_as_group=USER,
    seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
)
CONTAINER_SECURITY = k8s.V1SecurityContext(
    read_only_root_filesystem=True, allow_privilege_escalation=False, capabilities=k8s.V1Capabilities(drop=["ALL"])
)
WRITABLE = {"tmp": "/tmp", "scratch": "/scratch"}
GPU = "nvidia.com/gpu"


class RunShard(Shard, KubernetesPodOperator):
    """Run one shard in a pod of its own, which is deleted however the task ends.

    Secrets are named, not carried: the cluster takes them, variable by variable, from one Secret of its own.
    """

    def __init__(self, *, step: str, shard: str, gpu: bool, **kwargs):
        settings = load()
        given = settings.for_step(STEPS[step].needs.settings)
        name = settings.kubernetes_weights if gpu else None
        claims = [k8s.V1PersistentVolumeClaimVolumeSource(claim_name=name, read_only=True)] if name else []
        super().__init__(
            step=step,
            shard=shard,
            gpu=gpu,
            name=f"fm-{step}",
            namespace=settings.kubernetes_namespace,
            image=settings.image_gpu if gpu else settings.image_cpu,
            cmds=["python"],
            arguments=arguments_of(step, shard),
            env_vars={name: value for name, value in given.items() if name not in SECRETS}
            | {"TMPDIR": "/scratch", "FM_WEIGHTS": WEIGHTS},
            secrets=[Secret("env", name, settings.kubernetes_secret, name) for name in sorted(given.keys() & SECRETS)],
            container_resources=k8s.V1ResourceRequirements(limits={GPU: "1"}) if gpu else None,
            tolerations=[k8s.V1Toleration(key=GPU, operator="Exists")] if gpu else None,
            security_context=POD_SECURITY,
            container_security_context=CONTAINER_SECURITY,
            automount_service_account_token=False,
            volumes=[k8s.V1Volume(name=name, empty_dir=k8s.V1EmptyDirVolumeSource()) for name in WRITABLE]
            + [k8s.V1Volume(name="weights", persistent_volume_claim=claim) for claim in claims],
            volume_mounts=[k8s.V1VolumeMount(name=name, mount_path=path) for name, path in WRITABLE.items()]
            + [k8s.V1VolumeMount(name="weights", mount_path=WEIGHTS, read_only=True) for _ in claims],
            termination_grace_period=GRACE,
            log_pod_spec_on_failure=False,
            **kwargs,
        )

    def run(self, context) -> tuple[int, list[str]]:
        try:
            KubernetesPodOperator.execute(self, context)
        except AirflowException:
            status = self.remote_pod.status if self.remote_pod else None
            statuses = (status and status.container_statuses) or []
            code = next((one.state.terminated.exit_code for one in statuses if one.state.terminated), 0)
            if not code:
                raise
            return code, ["the log above says why"]
        return 0, []
