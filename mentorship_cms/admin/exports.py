"""What every export of the plugin's lists has in common."""

import re

#: How a cell begins that a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: Where a cell can begin inside a text: a country's spreadsheets may part cells by semicolons or
#: tabs, and take no notice of our quotation marks then.
INNER_FORMULA = re.compile(r'([;\t\r\n][\s"]*)(?=[=+\-@＝＋－＠])')


class PlainTextExportMixin:
    """For views with Wagtail's export: a text in it stays a text, whatever it begins with."""

    def preprocess_field_value(self, field, value, export_format):
        """Put an apostrophe before text that would run as a formula."""
        value = super().preprocess_field_value(field, value, export_format)
        if not isinstance(value, str):
            return value
        if export_format == "csv":
            value = INNER_FORMULA.sub(r"\1'", value)
        if value.lstrip().startswith(FORMULA_STARTS):
            return f"'{value}"
        return value
