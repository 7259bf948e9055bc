"""The rules of automation, and the switch that stops all of them. For admins."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView, UpdateView

from careops.core.numbers import plural
from careops.core.versions import ChangedMeanwhile, VersionMixin
from messaging.models import Automation, Rule
from messaging.rules import overview, services
from messaging.rules.forms import RuleForm, SettingsForm
from messaging.words.rules import STANDARDS, RuleCode


class RuleListView(PermissionRequiredMixin, TemplateView):
    permission_required = "messaging.view_rule"
    template_name = "messaging/rules/rule_list.html"

    def get_context_data(self, **kwargs):
        lines, automation = overview.lines(), Automation.objects.current()
        return super().get_context_data(
            automation=automation,
            alerts=overview.alerts(automation),
            for_contacts=[line for line in lines if not line.rule.is_for_staff],
            for_staff=[line for line in lines if line.rule.is_for_staff],
            on=sum(line.rule.enabled for line in lines),
            total=len(lines),
            planned=sum(line.planned for line in lines),
            has_fired=any(line.last for line in lines),
            **kwargs,
        )


class RuleMixin(PermissionRequiredMixin):
    """For a page about the rule whose code the address names."""

    permission_required = "messaging.change_rule"

    @cached_property
    def code(self) -> RuleCode:
        if self.kwargs["code"] not in STANDARDS:
            raise Http404("There is no such rule.")
        return RuleCode(self.kwargs["code"])

    @cached_property
    def rule(self) -> Rule:
        return Rule.objects.current(self.code)

    @cached_property
    def planned(self) -> int:
        return overview.planned(self.code)

    @property
    def by_and_now(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}


class RuleEditView(RuleMixin, VersionMixin, UpdateView):
    form_class = RuleForm
    template_name = "messaging/rules/rule_form.html"

    def get_object(self, queryset=None):
        # As it is saved: the form writes what was typed into the rule that it is given.
        names = ("sentence", "enabled", "has_standard_words")
        self.saved = {name: getattr(self.rule, name) for name in names}
        return self.rule

    def get_context_data(self, **kwargs):
        history = overview.history(self.rule)
        return super().get_context_data(saved=self.saved, planned=self.planned, history=history, **kwargs)

    def form_valid(self, form):
        try:
            rule = services.change_rule(code=self.code, **form.cleaned_data, **self.by_and_now)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        messages.success(self.request, f"Saved the rule “{rule}”.")
        return redirect("messaging:rules")


class RuleSwitchView(RuleMixin, TemplateView):
    """Asks first; a switch that changes nothing about planned messages comes here by POST at once."""

    template_name = "messaging/rules/rule_confirm.html"
    enabled = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            title=f"Switch “{self.rule}” {'on' if self.enabled else 'off'}?",
            verb="Switch on" if self.enabled else "Switch off",
            consequences=list(self.consequences()),
            back_url=reverse("messaging:rules"),
            **kwargs,
        )

    def consequences(self):
        if self.planned:
            will = "will go out when due" if self.enabled else "will be skipped when due"
            yield ("calendar-clock", f"{plural(self.planned, 'planned message')} {will}.")
        if self.enabled:
            yield ("history", "Nothing is sent about what is past.")
            yield ("calendar-x", "For visits booked while it was off nothing is planned.")
        else:
            yield ("history", "Switched on again, it does not make up for what was skipped.")

    def post(self, request, *args, **kwargs):
        rule = services.switch_rule(code=self.code, enabled=self.enabled, **self.by_and_now)
        messages.success(request, f"“{rule}” is {'on' if self.enabled else 'off'}.")
        return redirect("messaging:rules")


class RuleRestoreView(RuleMixin, TemplateView):
    template_name = "messaging/rules/rule_confirm.html"

    def get_context_data(self, **kwargs):
        consequences = [
            ("file-pen-line", "Subject, email and SMS become what they were when CareOps was new."),
            ("history", "Your words stay in the history of the rule. Planned messages keep theirs."),
        ]
        title = f"Back to the standard words of “{self.rule}”?"
        return super().get_context_data(
            title=title, verb="Restore", consequences=consequences, back_url=self.rule.get_absolute_url()
        )

    def post(self, request, *args, **kwargs):
        rule = services.restore_standard(code=self.code, **self.by_and_now)
        messages.success(request, f"“{rule}” has its standard words again.")
        return redirect(rule)


class AutomationStopView(PermissionRequiredMixin, TemplateView):
    permission_required = "messaging.change_automation"
    template_name = "messaging/rules/rule_confirm.html"

    def get_context_data(self, **kwargs):
        waiting = overview.stoppable()
        what = f"{plural(waiting, 'planned message')} will wait" if waiting else "Nothing is planned"
        consequences = [
            ("calendar-clock", f"{what}. What falls due before you start automation again is skipped."),
            ("hand", "What people type, and reminders that they ask for, still leave."),
            ("users", "Notices to admins and the answer to STOP still leave."),
        ]
        return super().get_context_data(
            title="Stop automation for everybody?",
            verb="Stop automation",
            danger=True,
            consequences=consequences,
            back_url=reverse("messaging:rules"),
        )

    def post(self, request, *args, **kwargs):
        services.stop_automation(by=request.user, now=timezone.now())
        return redirect("messaging:rules")  # where a banner says it


class AutomationStartView(PermissionRequiredMixin, TemplateView):
    permission_required = "messaging.change_automation"
    template_name = "messaging/rules/rule_confirm.html"

    def get_context_data(self, **kwargs):
        waiting = overview.stoppable()
        what = (
            f"{plural(waiting, 'planned message')} will go out when due" if waiting else "Nothing is planned"
        )
        consequences = [
            ("calendar-clock", f"{what}."),
            ("history", "What fell due in the meantime was skipped and is not sent afterwards."),
        ]
        return super().get_context_data(
            title="Start automation again?",
            verb="Start automation",
            consequences=consequences,
            back_url=reverse("messaging:rules"),
        )

    def post(self, request, *args, **kwargs):
        services.start_automation(by=request.user, now=timezone.now())
        messages.success(request, "Automation runs again.")
        return redirect("messaging:rules")


class SettingsView(PermissionRequiredMixin, VersionMixin, UpdateView):
    permission_required = "messaging.change_automation"
    form_class = SettingsForm
    template_name = "messaging/rules/rule_settings.html"

    def get_object(self, queryset=None):
        return Automation.objects.current()

    def form_valid(self, form):
        try:
            services.change_settings(**form.cleaned_data, by=self.request.user)
        except ChangedMeanwhile as refusal:
            return self.changed_meanwhile(form, refusal)
        messages.success(self.request, "Saved the settings of automation.")
        return redirect("messaging:rules")
