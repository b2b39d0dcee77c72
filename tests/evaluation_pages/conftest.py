"""Fixtures of the tests of the evaluation's pages."""

import pytest

from tests.evaluation_pages.helpers import address, messages


@pytest.fixture
def visit(client):
    """Open a page about an evaluation as somebody."""

    def get(user, evaluation, name="evaluation", status=200, query=""):
        client.force_login(user)
        response = client.get(address(evaluation, name) + query)
        assert response.status_code == status, (user, name)
        return response

    return get


@pytest.fixture
def send(client):
    """Post to a page about an evaluation as somebody."""

    def post(user, evaluation, name, status=302, **data):
        client.force_login(user)
        response = client.post(address(evaluation, name), data)
        assert response.status_code == status, (user, name, messages(response))
        return response

    return post
