-- The database itself: the server, its tables, who may read its views.

-- name: server
-- Who we are, and where.
select current_user as role, current_database() as database, current_setting('server_version') as version,
       current_setting('server_version_num')::integer as number

-- name: tables
-- The product's tables.
select table_name from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name

-- name: view_grants
-- What roles other than the owner can do with the product's views, a statement that grants it again each; `column` is
-- null for a right to the whole view.
select c.relname as view, a.column,
       format('grant %s%s on %I to %s%s', g.privilege_type, ' (' || quote_ident(a.column) || ')', c.relname,
              case g.grantee when 0 then 'public' else g.grantee::regrole::text end,
              case when g.is_grantable then ' with grant option' else '' end) as statement
from view_digest d
join pg_class c on c.oid = to_regclass(d.name)
cross join lateral (
    select null as column, c.relacl as acl
    union all
    select attname, attacl from pg_attribute where attrelid = c.oid and attnum > 0) a
cross join aclexplode(a.acl) g
where g.grantee <> c.relowner

-- name: view_columns
-- The product's views, each with its columns and once with null.
select d.name as view, a.attname as column
from view_digest d
join pg_attribute a on a.attrelid = to_regclass(d.name) and a.attnum > 0
union
select name, null from view_digest
