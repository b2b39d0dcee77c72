"""Blocks of the mentoring project page: each is a section that editors arrange."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

RICH_TEXT_FEATURES = ["h3", "bold", "italic", "ol", "ul", "link", "document-link"]
ANSWER_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]


class ItemKeyBlock(blocks.CharBlock):
    """The key of a starter item: kept with the item, never shown."""

    def __init__(self, **kwargs):
        super().__init__(required=False, max_length=50, label=" ", **kwargs)
        self.field.widget = forms.HiddenInput()

    def deconstruct(self):
        return "mentorship_cms.blocks.ItemKeyBlock", [], {}

    def get_translatable_segments(self, value):
        """Nothing to translate; wagtail-localize asks."""
        return []


class SectionBlock(blocks.StructBlock):
    """A section with a heading and an optional introduction."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    introduction = blocks.TextBlock(label=_("Introduction"), required=False, rows=2)

    class Meta:
        label_format = "{heading}"


class FactBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=120)
    text = blocks.TextBlock(label=_("Text"), rows=3)
    key = ItemKeyBlock()

    class Meta:
        icon = "info-circle"
        label_format = "{title} {text}"


class StageBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), rows=3)
    points = blocks.ListBlock(
        blocks.CharBlock(label=_("Point"), max_length=255), label=_("Points"), default=[]
    )
    key = ItemKeyBlock()

    class Meta:
        icon = "arrow-right"
        label_format = "{title}"


class ConditionBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Condition"), max_length=255)
    explanation = blocks.TextBlock(label=_("Explanation"), required=False, rows=2)
    key = ItemKeyBlock()

    class Meta:
        icon = "check"
        label_format = "{text}"


class GoalBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Goal"), max_length=255)
    key = ItemKeyBlock()

    class Meta:
        icon = "tick"
        label_format = "{text}"


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=255)
    answer = blocks.RichTextBlock(label=_("Answer"), features=ANSWER_FEATURES)

    class Meta:
        icon = "help"
        label_format = "{question}"


class ContactBlock(blocks.StructBlock):
    name = blocks.CharBlock(label=_("Name"), max_length=120)
    function = blocks.CharBlock(label=_("Function"), required=False, max_length=120)
    text = blocks.TextBlock(
        label=_("Text"), required=False, rows=2, help_text=_("What one can ask this person.")
    )
    email = blocks.EmailBlock(label=_("E-mail address"), required=False)
    phone = blocks.CharBlock(label=_("Telephone"), required=False, max_length=40)
    page = blocks.PageChooserBlock(label=_("Page of this person"), required=False)

    class Meta:
        icon = "user"
        label_format = "{name}"


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("Document"))
    title = blocks.CharBlock(
        label=_("Title"),
        required=False,
        max_length=120,
        help_text=_("Leave empty to show the document's own title."),
    )

    class Meta:
        icon = "doc-full"
        label_format = "{title}"


class RichTextSection(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    text = blocks.RichTextBlock(label=_("Text"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        label_format = "{heading}"
        template = "mentorship_cms/blocks/rich_text.html"


class KeyFactsSection(SectionBlock):
    items = blocks.ListBlock(FactBlock(), label=_("Facts"))

    class Meta:
        icon = "info-circle"
        label = _("Key facts")
        template = "mentorship_cms/blocks/key_facts.html"


class StagesSection(SectionBlock):
    items = blocks.ListBlock(StageBlock(), label=_("Stages"))

    class Meta:
        icon = "list-ol"
        label = _("Stages")
        template = "mentorship_cms/blocks/stages.html"


class ConditionsSection(SectionBlock):
    items = blocks.ListBlock(ConditionBlock(), label=_("Conditions"))

    class Meta:
        icon = "check"
        label = _("Conditions for success")
        template = "mentorship_cms/blocks/conditions.html"


class GoalsSection(SectionBlock):
    goals_heading = blocks.CharBlock(label=_("Heading of the goals"), max_length=120)
    goals = blocks.ListBlock(GoalBlock(), label=_("Goals"))
    contexts_heading = blocks.CharBlock(
        label=_("Heading of the contexts"), required=False, max_length=120
    )
    contexts = blocks.ListBlock(FactBlock(), label=_("Contexts"), default=[])

    class Meta:
        icon = "tasks"
        label = _("Goals and contexts")
        template = "mentorship_cms/blocks/goals.html"


class RoleCardsSection(SectionBlock):
    class Meta:
        icon = "group"
        label = _("Role cards")
        help_text = _("Shows the role pages beneath this page, each with its published summary.")
        template = "mentorship_cms/blocks/role_cards.html"


class FrameworkCardSection(SectionBlock):
    class Meta:
        icon = "clipboard-list"
        label = _("Framework card")
        help_text = _("Shows the framework pages beneath this page.")
        template = "mentorship_cms/blocks/framework_card.html"


class QuestionsSection(SectionBlock):
    items = blocks.ListBlock(QuestionBlock(), label=_("Questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        template = "mentorship_cms/blocks/questions.html"


class QuotationBlock(blocks.StructBlock):
    quote = blocks.TextBlock(label=_("Quotation"), rows=3)
    name = blocks.CharBlock(label=_("Name"), required=False, max_length=120)
    function = blocks.CharBlock(label=_("Function"), required=False, max_length=120)

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        label_format = "{quote}"
        template = "mentorship_cms/blocks/quotation.html"


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=255)

    class Meta:
        icon = "image"
        label = _("Picture")
        label_format = "{caption}"
        template = "mentorship_cms/blocks/picture.html"


class DocumentsSection(SectionBlock):
    items = blocks.ListBlock(DocumentBlock(), label=_("Documents"))

    class Meta:
        icon = "doc-full"
        label = _("Documents")
        template = "mentorship_cms/blocks/documents.html"


class ContactsSection(SectionBlock):
    items = blocks.ListBlock(ContactBlock(), label=_("Contacts"))

    class Meta:
        icon = "user"
        label = _("Contacts")
        template = "mentorship_cms/blocks/contacts.html"


class CallToActionBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, rows=2)
    label = blocks.CharBlock(label=_("Text of the link"), max_length=80)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    url = blocks.URLBlock(
        label=_("Address elsewhere"), required=False, help_text=_("Used when no page is chosen.")
    )

    class Meta:
        icon = "arrow-right"
        label = _("Call to action")
        label_format = "{heading}"
        template = "mentorship_cms/blocks/call_to_action.html"


class MentoringBodyBlock(blocks.StreamBlock):
    """The body of a mentoring project page."""

    rich_text = RichTextSection()
    key_facts = KeyFactsSection()
    stages = StagesSection()
    conditions = ConditionsSection()
    goals = GoalsSection()
    role_cards = RoleCardsSection()
    framework_card = FrameworkCardSection()
    questions = QuestionsSection()
    quotation = QuotationBlock()
    picture = PictureBlock()
    documents = DocumentsSection()
    contacts = ContactsSection()
    call_to_action = CallToActionBlock()
