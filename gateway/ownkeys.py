"""Our own keys as the settings say: in the home's folder, and in a token that `[hsm]` names."""

from __future__ import annotations

from gateway.errors import TryLater
from gateway.logs import logger
from gateway.settings import Settings
from keys.errors import KeysError, TokenError
from keys.keyring import Keyring, folder_mark, load_keyring
from keys.token import TokenAt

_log = logger("keys")


def token_of(settings: Settings) -> TokenAt | None:
    """The token that the settings name."""
    hsm = settings.hsm
    return TokenAt(hsm.module, hsm.token, settings.path(hsm.pin_file)) if hsm else None


def open_keyring(settings: Settings) -> Keyring:
    """All own keys. Raises keys.errors.KeyFileError, and keys.token.TokenError for its token."""
    return load_keyring(settings.keys, token_of(settings))


def require_token(settings: Settings) -> None:
    """Raise TryLater where a token of ours does not answer: a process must not start without."""
    if settings.hsm is None:
        return
    try:
        open_keyring(settings)
    except TokenError as error:
        raise TryLater(str(error)) from None


class KeysInUse:
    """The folder as it was last found good: a running gateway takes up what changes in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen = self._good = folder_mark(settings.keys)

    def changed(self) -> bool:
        """Whether the keys are others than at the last call, and can all be loaded.

        Keys that cannot be loaded are told in the log, and the work goes on with those before.
        """
        mark = folder_mark(self._settings.keys)
        if mark == self._seen:
            return False
        self._seen = mark
        try:
            open_keyring(self._settings)
        except (KeysError, TokenError) as error:
            detail = getattr(error, "detail", "")
            _log.error("keys cannot be loaded", error=str(error), detail=detail)
            return False
        changed, self._good = mark != self._good, mark
        return changed
