"""What pyproject.toml cannot say: in a wheel, the folder ``sql`` stands within the package."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["fm_tasks*"]), "fm_tasks.sql"],
    package_dir={"fm_tasks.sql": "sql"},
)
