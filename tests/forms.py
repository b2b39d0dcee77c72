"""Reads a form from a page as a browser would, so that tests post what the page offers."""

from bs4 import BeautifulSoup


def form_data(response, selector="form[data-edit-form]"):
    """Return what the first form matching ``selector`` (Wagtail's edit form) would post."""
    soup = BeautifulSoup(response.content, "html.parser")
    form = soup.select_one(selector)
    data = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = field["name"]
        if field.name == "input":
            kind = field.get("type", "text")
            if kind in ("submit", "button", "file"):
                continue
            if kind in ("checkbox", "radio") and not field.has_attr("checked"):
                continue
            data[name] = field.get("value", "")
        elif field.name == "textarea":
            # A browser drops the line break that follows the opening tag.
            data[name] = field.get_text().removeprefix("\n")
        else:
            chosen = field.select_one("option[selected]") or field.select_one("option")
            data[name] = chosen.get("value", "") if chosen else ""
    return data


def publish_from_form(client, address, data):
    """Press "Publish" in the form at ``address``, and again where its consequences are shown."""
    response = client.post(address, data | {"action-publish": "1"}, follow=True)
    assert response.redirect_chain
    shown = response.request["PATH_INFO"]
    if shown.endswith("/publish/"):
        response = client.post(shown, form_data(response, "form[data-publish]"), follow=True)
        assert response.request["PATH_INFO"] != shown
    return response
