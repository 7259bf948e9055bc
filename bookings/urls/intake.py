"""The intake forms, for the people who work here: /bookings/intake-forms/"""

from django.urls import path

from bookings.views import asked, intake

FORM, ASKED = "intake-forms/<int:pk>", "intake-forms/requests/<int:pk>"
PAPER = "bookings/intake/paper.html"
PRINT = "bookings/intake/request_paper.html"
urlpatterns = [
    path("intake-forms/", intake.IntakeFormListView.as_view(), name="intake_forms"),
    path("intake-forms/new/", intake.IntakeFormCreateView.as_view(), name="intake_form_create"),
    path(f"{FORM}/", intake.IntakeFormView.as_view(), name="intake_form"),
    path(f"{FORM}/edit/", intake.IntakeFormEditView.as_view(), name="intake_form_edit"),
    path(f"{FORM}/introduction/", intake.IntroductionView.as_view(), name="intake_introduction"),
    path(f"{FORM}/add/<slug:kind>/", intake.QuestionView.as_view(), name="intake_question_create"),
    path(f"{FORM}/questions/<slug:key>/", intake.QuestionView.as_view(), name="intake_question"),
    path(
        f"{FORM}/questions/<slug:key>/move/", intake.QuestionMoveView.as_view(), name="intake_question_move"
    ),
    path(
        f"{FORM}/questions/<slug:key>/remove/",
        intake.QuestionRemoveView.as_view(),
        name="intake_question_remove",
    ),
    path(f"{FORM}/publish/", intake.PublishView.as_view(), name="intake_publish"),
    path(f"{FORM}/discard/", intake.DiscardView.as_view(), name="intake_discard"),
    path(f"{FORM}/preview/", intake.PreviewView.as_view(), name="intake_preview"),
    path(f"{FORM}/paper/", intake.PreviewView.as_view(template_name=PAPER), name="intake_paper"),
    path(f"{FORM}/answers.csv", intake.ExportView.as_view(), name="intake_export"),
    path("intake-forms/requests/", asked.IntakeRequestListView.as_view(), name="intake_requests"),
    path(f"{ASKED}/", asked.IntakeRequestView.as_view(), name="intake_request"),
    path(f"{ASKED}/paper/", asked.IntakeRequestView.as_view(template_name=PRINT), name="intake_print"),
    path(f"{ASKED}/fill/", asked.FillView.as_view(), name="intake_fill"),
    path(f"{ASKED}/review/", asked.ReviewView.as_view(), name="intake_review"),
    path(f"{ASKED}/waive/", asked.WaiveView.as_view(), name="intake_waive"),
    path(f"{ASKED}/resend/", asked.ResendView.as_view(), name="intake_resend"),
    path(f"{ASKED}/ask-again/", asked.AskAgainView.as_view(), name="intake_ask_again"),
    path(f"{ASKED}/new-link/", asked.RenewLinkView.as_view(), name="intake_new_link"),
    path(f"{ASKED}/files/<int:file>/", asked.FileView.as_view(), name="intake_file"),
]
