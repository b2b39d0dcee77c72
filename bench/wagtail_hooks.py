"""A page of the admin with nothing of its own but a text, to compare others with."""

from django.shortcuts import render
from django.urls import path
from wagtail import hooks

from bench.models import BarePage


def bare_page(request, name=None):
    """Print a bare page in the frame of the admin."""
    page = BarePage.objects.get(slug=f"bare-admin-{name}" if name else "bare-admin")
    return render(request, "bench/bare_admin_page.html", {"page": page})


@hooks.register("register_admin_urls")
def bare_urls():
    return [
        path("bare-admin/", bare_page, name="bench_bare_page"),
        path("bare-admin/<slug:name>/", bare_page, name="bench_bare_page_of"),
    ]
