"""The rules for what a build is trusted with."""

from imagebuild.api.rules.rule import exactly_one

CA_REFERENCES = ("configMapKeyRef", "secretKeyRef")

CA_CERTIFICATE = (
    exactly_one(CA_REFERENCES, of="a certificate", mend="make several entries of it"),
)
