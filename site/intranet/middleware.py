"""The intranet's own middleware."""

from django.conf import settings

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
# The editing interfaces bring their own inline styles and scripts.
EXEMPT = ("/admin/", "/django-admin/")


class ContentSecurityPolicyMiddleware:
    """Let public pages load nothing but the intranet's own files, and nothing inline."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # Previews are drawn inside the admin, which adds its own tools to them.
        in_admin = request.path.startswith(EXEMPT) or getattr(request, "is_preview", False)
        # With DEBUG, these are Django's own explanations, styled inline.
        explained = settings.DEBUG and response.status_code in (404, 500)
        if not in_admin and not explained:
            response.headers["Content-Security-Policy"] = POLICY
        return response
