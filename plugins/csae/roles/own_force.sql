-- The forces of whoever asks. `current_user` in a view is who asks, and not who owns the view.
select right(r.rolname, 2) as force_code
from pg_catalog.pg_roles as r
where r.rolname ~ '^csae_force_[0-9][0-9]$' and pg_has_role(r.oid, 'usage')
