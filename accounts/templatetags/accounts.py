"""How pages show the people who work here."""

from django import template

from accounts import looks

register = template.Library()
register.filter("user_look", looks.of_user)
