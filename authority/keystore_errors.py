"""Why an authority does not open."""


class AuthorityMissing(Exception):
    """The folder holds no complete authority; the message names what is not there."""


class WrongPassphrase(Exception):
    """The passphrase does not open the authority's keys."""


class AuthorityDamaged(Exception):
    """The folder's files do not belong together or cannot be read; the message names the file."""


class TokenUnavailable(Exception):
    """The PKCS#11 token does not answer: no module was given, it is not plugged in, or its key is not there."""
