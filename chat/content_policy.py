"""What a page's own scripts may do, beside the site's policy."""

from csp.decorators import csp_update

#: Markup is made of text by the one cleaner only. The admin's forms have scripts of Django's own,
#: which break under this; the chat page's modules are made for it.
trusted_types = csp_update(
    {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify", "pages", "alerts"]}
)
