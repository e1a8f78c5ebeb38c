"""Where Twilio's documentation is silent or contradicts itself: a switch each, so that both can be tried."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints


@dataclass(slots=True)
class Switches:
    """
    What this Twilio does in doubtful cases. The first value of each is the default.

    Attributes:
        direct_swap: Another address on a bound number, without unbinding it first.
        update_of_bound_address: Changing an address that numbers point at: its place or whether it is for
            emergencies, or anything.
        unfit_address: Binding an address that is not for emergencies, of another country, or of another kind
            than the number needs.
        unregistered_caller: Making a number without registered address a domain's emergency caller.
        enabling_with_unregistered_caller: Enabling emergency calling on a domain whose caller is no longer
            registered.
        delete_of_used_address: Deleting an address that a number points at: the documented code, a conflict,
            or no objection at all.
        case_only_difference: An address that differs from the known one in case and punctuation alone, sent
            with AutoCorrectAddress=false.
        cleared_sid: How EmergencyAddressSid reads after it was cleared.
        sid_while_unregistering: Whether the SID is cleared at once, or stays until the registration ended.
        status_after_clear: Whether the answer to the clearing shows the new status already.
        leaving_failure: What clearing a failed registration does: it runs as usual, ends at once, or the
            failure stays on the number.
        rebind_after_failure: Submitting an address while the last registration stands as failed.
        unregistration_failure: Whether a number whose unregistration failed still holds its address, or is
            free: for another address, to be released, and its address to be deleted.
        bind_while_unregistering: Submitting an address before the last one has ended.
        toll_free: Registering a toll-free number.
        other_update_of_bound_number: Changing another field of a number with an emergency address.
        never_bound_status: How the status of a number reads that never had an emergency address.
        emergency_status_write: What a written EmergencyStatus does (dead since 2021-10-06): nothing, or it is
            refused, always or together with an EmergencyAddressSid.
        foreign_account: What credentials get for an account that they do not reach.
        large_page: A PageSize above 1,000: refused with 20007, or taken as 1,000.

    """

    direct_swap: Literal["refused", "accepted"] = "refused"
    update_of_bound_address: Literal["place-refused", "refused", "accepted"] = "place-refused"
    unfit_address: Literal["refused", "registration-failure", "accepted"] = "refused"
    unregistered_caller: Literal["refused", "accepted"] = "refused"
    enabling_with_unregistered_caller: Literal["refused", "accepted"] = "refused"
    delete_of_used_address: Literal["21625", "20409", "deleted"] = "21625"
    case_only_difference: Literal["near", "exact"] = "near"
    cleared_sid: Literal["empty", "null"] = "empty"
    sid_while_unregistering: Literal["cleared", "kept"] = "cleared"
    status_after_clear: Literal["new", "old"] = "new"
    leaving_failure: Literal["as-usual", "at-once", "stays"] = "as-usual"
    rebind_after_failure: Literal["accepted", "refused"] = "accepted"
    unregistration_failure: Literal["holds", "free"] = "holds"
    bind_while_unregistering: Literal["refused", "accepted"] = "refused"
    toll_free: Literal["accepted", "registration-failure", "refused"] = "accepted"
    other_update_of_bound_number: Literal["accepted", "refused"] = "accepted"
    never_bound_status: Literal["unregistered", "null"] = "unregistered"
    emergency_status_write: Literal["ignored", "refused", "refused-with-address"] = "ignored"
    foreign_account: Literal["404", "401"] = "404"
    large_page: Literal["20007", "capped"] = "20007"

    def __setattr__(self, name: str, value: Any) -> None:
        """
        Turn one switch.

        Raises:
            ValueError: There is no such switch, or it has no such position.

        """
        positions = self.choices().get(name) if isinstance(name, str) else None
        if positions is None:
            raise ValueError(f"there is no switch {name!r}; there are: {', '.join(self.choices())}")
        if value not in positions:
            raise ValueError(f"switch {name} is one of {', '.join(positions)}, not {value!r}")
        object.__setattr__(self, name, value)

    def set(self, name: str, value: str) -> None:
        """
        Turn one switch by its name.

        Raises:
            ValueError: There is no such switch, or it has no such position.

        """
        self.__setattr__(name, value)

    def set_all(self, positions: dict[str, str]) -> None:
        """
        Turn several switches, or none if one of them cannot be turned.

        Raises:
            ValueError: There is no such switch, or it has no such position.

        """
        tried = dataclasses.replace(self)
        for switches in (tried, self):
            for name, value in positions.items():
                switches.set(name, value)

    def reset(self) -> None:
        """Turn all switches to their defaults."""
        for each in dataclasses.fields(self):
            self.set(each.name, each.default)  # type: ignore[arg-type] # every switch has a default

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Return every switch with its positions, the default first."""
        return _CHOICES


_CHOICES = {each.name: get_args(get_type_hints(Switches)[each.name]) for each in dataclasses.fields(Switches)}
