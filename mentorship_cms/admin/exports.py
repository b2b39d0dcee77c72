"""What every export of the plugin's lists has in common."""

#: How a cell begins that a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class PlainTextExportMixin:
    """For views with Wagtail's export: a text in it stays a text, whatever it begins with."""

    def preprocess_field_value(self, field, value, export_format):
        """Put an apostrophe before text that would run as a formula."""
        value = super().preprocess_field_value(field, value, export_format)
        if isinstance(value, str) and value.lstrip().startswith(FORMULA_STARTS):
            return f"'{value}"
        return value
