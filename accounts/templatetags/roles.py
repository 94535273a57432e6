"""What a page may ask about the person who reads it."""

from django import template

from accounts import roles

register = template.Library()

register.filter("works_here", roles.works_here)
register.filter("is_owner", roles.is_owner)
register.filter("is_lead", roles.is_lead)
register.filter("is_reviewer", roles.is_reviewer)
register.filter("is_auditor", roles.is_auditor)
