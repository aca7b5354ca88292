"""What servers and the resolver say, whoever asks them: patterns that several rows share.

None of them is looked for within the name of an image, which may hold any word. Case counts in
none; they stand in groups of their own, so that they can stand in any place of another pattern.
"""

# glibc, Go, git, apt and busybox.
UNRESOLVED = (
    r"(?i:temporary failure (?:in name resolution|resolving)|name or service not known|"
    r"no address associated with hostname|no such host|could not resolve host|server misbehaving|"
    r"bad address '|dial tcp: lookup )"
)
# Registries say it in words, in a status, or in the error codes of the distribution API.
DENIED = (
    r"(?i:401 unauthorized|403 forbidden|access denied|insufficient_scope|no basic auth|"
    r"(?:^|: |\n)(?:denied|unauthorized)\b)"
)
TOO_MANY = r"(?i:429 too many requests|toomanyrequests)"
# Whoever answers speaks no TLS.
PLAIN = (
    r"(?i:server gave http response to https client|wrong version number|"
    r"first record does not look like a tls handshake)"
)
UNTRUSTED = (
    r"(?i:x509: |tls: failed to verify certificate|remote error: tls|tls: handshake failure|"
    r"certificate verif|certificate_verify_failed|ssl certificate problem|"
    r"server verification failed)"
)
NOT_THERE = (
    r"(?i:connection refused|connection reset|i/o timeout|no route to host|unexpected eof|"
    r"(?:network|host) is unreachable|tls handshake timeout|client\.timeout|"
    r"context deadline exceeded|: 5\d\d [a-z]|: eof(?:\n|$)|connection timed out|broken pipe|"
    r"\bgoaway\b|stream error: )"
)
FULL = r"(?i:no space left on device|disk quota exceeded)"
