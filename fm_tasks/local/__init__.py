"""PostgreSQL, an S3 server and Airflow on one machine, from packages, and the demo that runs on them."""
