"""A page of the admin with nothing of its own but a text, to compare others with."""

from django.shortcuts import render
from django.urls import path
from wagtail import hooks

from bench.models import BarePage


def bare_page(request):
    """Print a bare page in the frame of the admin."""
    page = BarePage.objects.get(slug="bare-admin")
    return render(request, "bench/bare_admin_page.html", {"page": page})


@hooks.register("register_admin_urls")
def bare_urls():
    return [path("bare-admin/", bare_page, name="bench_bare_page")]
