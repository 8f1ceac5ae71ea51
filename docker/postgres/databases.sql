-- Run once, by the image, when the volume is new: one role and one database each, closed to the other.
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv fm_password FM_DB_PASSWORD

create role airflow login password :'airflow_password';
create database airflow owner airflow;
revoke connect, temporary on database airflow from public;

create role fm login password :'fm_password';
create database fm owner fm;
revoke connect, temporary on database fm from public;
