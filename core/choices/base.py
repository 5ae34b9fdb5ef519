"""What every choice is: a frozen, strict piece of JSON that its form, its check and its builder all read."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

C = TypeVar("C", bound="Choice")


class Choice(BaseModel):
    """One thing a person chose. Unknown fields, NaN and infinity are refused; a saved choice never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def title(cls) -> str:
        """The name a person reads, from `model_config["title"]` or the class's own name."""
        return str(cls.model_config.get("title") or cls.__name__)

    @classmethod
    def summary(cls) -> str:
        """What it is in one sentence: the first line of the class's docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0] if cls.__doc__ else ""


def one_of(choices: Mapping[str, type[Choice]], usual: str | None = None) -> Any:
    """The type "one of these choices", told apart by `kind`. A bare name stands for the choice with its defaults;
    where the kind is left out, it is `usual`."""

    def spelled_out(value: Any) -> Any:
        if isinstance(value, dict) and usual is not None:
            return {"kind": usual, **value}
        return {"kind": value} if isinstance(value, str) else value

    union = cast(Any, Union)[tuple(choices.values())]
    return Annotated[union, Field(discriminator="kind"), BeforeValidator(spelled_out)]


def registry(*choices: type[C]) -> dict[str, type[C]]:
    """Choices by their `kind`, in the order in which a form offers them."""
    return {choice.model_fields["kind"].default: choice for choice in choices}
