"""How CareOps finds out who somebody is and what they may do."""

from django.contrib.auth.backends import ModelBackend

from accounts.models import User

# Every request asks this, so it is one statement and spelled out: composing it by the ORM costs more than running it.
READ = """
SELECT person.*, ARRAY(
  SELECT type.app_label || '.' || permission.codename
  FROM auth_permission AS permission
  JOIN django_content_type AS type ON type.id = permission.content_type_id
  WHERE person.is_superuser OR permission.id IN (
    SELECT permission_id FROM auth_group_permissions
    JOIN accounts_user_groups USING (group_id) WHERE user_id = person.id
    UNION ALL
    SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = person.id
  )
) AS permission_names
FROM accounts_user AS person WHERE person.id = %s
"""


class RoleBackend(ModelBackend):
    """Django's own backend, reading a person together with their permissions."""

    def authenticate(self, request, **credentials):
        return None  # allauth's own looks at passwords: twice would cost twice

    def get_user(self, user_id):
        person = _read(user_id)
        return person if person and self.user_can_authenticate(person) else None

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):  # loaded by something else than get_user
            person = _read(user_obj.pk)
            user_obj._perm_cache = person._perm_cache if person else set()
        return user_obj._perm_cache


def _read(user_id: int) -> User | None:
    person = next(iter(User.objects.raw(READ, [user_id])), None)
    if person:
        person._perm_cache = set(person.permission_names)
    return person
